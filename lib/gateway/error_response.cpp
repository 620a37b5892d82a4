#include "gateway/error_response.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace gatelet {

static bool needs_escapes(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c == '"' || c == '\\' || c < ' ' || c > '~'; });
}

Buffer built_in_body(const Failure& failure, int status, std::string_view request_id, Arena& arena) {
  char digits[12];
  const std::string_view code(digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, status).ptr - digits));
  const std::string_view message = failure.public_message;
  constexpr std::string_view begin = R"({ "statusCode": )", middle = R"(, "message": ")", end = R"(" })";
  if (message.empty())
    return Buffer::copy(arena.concat(begin, code, middle, R"(Internal server error", "activityId": ")", request_id, end));
  return Buffer::copy(arena.concat(begin, code, middle, needs_escapes(message) ? std::string_view(json_escape(message)) : message, end));
}

void add_key_challenge(Headers& headers, std::string_view host, const Api& api, Arena& arena) {
  // A realm is a name, not an address: "https" also where the listener is plain HTTP, as observed.
  headers.add_received({"WWW-Authenticate",
                        arena.concat("AzureApiManagementKey realm=\"https://", host, "/", api.facts.path, "\",name=\"",
                                     api.facts.key_header, "\",type=\"header\""),
                        HeaderId::www_authenticate});
}

}  // namespace gatelet
