#include "net/response_head.hpp"

#include "net/framing_fields.hpp"
#include "net/refusal.hpp"

namespace gatelet {
namespace {

// True when a hop-by-hop line is among them.
bool collect_response_lines(const MessageParser& parser, std::string_view head, Headers& headers, FramingFields& framing) {
  bool has_hop_by_hop = false;
  const RawHead& raw = parser.lines();
  for (uint32_t i = 0; i < raw.field_count; ++i) {
    const RawField& field = raw.fields[i];
    const std::string_view name = field.name(head);
    std::string_view value = field.value(head);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    const HeaderId id = header_id(name);
    headers.add_received({name, value, id});
    if (id == HeaderId::other) continue;
    if (id == HeaderId::content_length) framing.add_length(value);
    if (id == HeaderId::transfer_encoding) framing.add_coding(value);
    has_hop_by_hop |= (flags_of(id) & header_hop) != 0;
  }
  return has_hop_by_hop;
}

std::string_view fault_of_framing(const FramingFields& framing, uint8_t version_minor) {
  if (framing.length_count > 1) return "the answer has two Content-Length lines";
  if (!framing.is_length_valid) return "the Content-Length of the answer is not a decimal number";
  if (framing.coding_count == 0) return {};
  if (framing.length_count != 0) return "the answer has both Content-Length and Transfer-Encoding";
  if (framing.coding_count > 1 || !framing.is_chunked) return "the answer has a transfer coding other than 'chunked'";
  if (version_minor == 0) return "the answer has a Transfer-Encoding in HTTP/1.0";
  return {};
}

}  // namespace

std::string_view read_response_head(const MessageParser& parser, std::string_view head, bool is_answer_to_head_request, Response& response,
                                    ResponseHead& out) {
  const int status = parser.status();
  if (parser.version_major() != 1 || parser.version_minor() > 1) return response_fault_text(ParseFault::bad_version, {});
  if (status < 100 || status > 599) return "the status code of the answer is not in the range 100 to 599";
  const std::string_view reason = head.substr(parser.lines().text_at, parser.lines().text_size);
  if (!is_field_value(reason)) return "the reason phrase of the answer has a control character";
  if (status == 101) return "the answer switches protocols, which was not asked for";

  FramingFields framing;
  const bool has_hop_by_hop = collect_response_lines(parser, head, response.headers, framing);
  if (const std::string_view fault = fault_of_framing(framing, parser.version_minor()); !fault.empty()) return fault;
  out.is_interim = status < 200;
  out.keep_alive =
      parser.version_minor() == 1 ? !response.headers.has_connection_option("close") : response.headers.has_connection_option("keep-alive");
  if (has_hop_by_hop) response.headers.remove_hop_by_hop();

  response.status = status;
  response.reason = reason;
  const bool may_have_body = !out.is_interim && status != 204 && status != 304;
  const uint64_t size = framing.length_count != 0 ? framing.length : body_size_unknown;
  out.has_body = may_have_body && !is_answer_to_head_request && size != 0;
  response.body = {out.has_body ? Body::Kind::stream : Body::Kind::none, may_have_body ? size : 0, {}};
  // Without a length or chunks the end of the body is the end of the connection.
  if (out.has_body && size == body_size_unknown && framing.coding_count == 0) out.keep_alive = false;
  return {};
}

}  // namespace gatelet
