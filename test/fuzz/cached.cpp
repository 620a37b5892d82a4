// What an external cache holds may be anybody's bytes: a response and a value made of them are clean, and kept and read again the same.
// A response is head and body with a line of three hyphens between them.
#include "expr/registry.hpp"
#include "fake_context.hpp"
#include "policies/cached_response.hpp"
#include "policies/cached_value.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

constexpr std::string_view line = "\n---\n";

void require_clean(const Response& response) {
  require(response.status >= 200 && response.status <= 999 && is_line_clean(response.reason.value_or("")));
  for (const HeaderField& field : response.headers.fields()) require(is_token(field.name) && is_line_clean(field.value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cs::registry();
  const std::string_view bytes = text_of(data, size);
  const std::string_view head = bytes.substr(0, bytes.find(line));
  const std::string_view body = head.size() == bytes.size() ? std::string_view() : bytes.substr(head.size() + line.size());
  test::FakeContext context;
  CachedResponseAge age;
  if (decode_response(context, {Buffer::copy(head), Buffer::copy(body)}, age)) require_clean(context.response);
  test::FakeContext other;
  (void)decode_into_variable(other, "v", bytes);
  return 0;
}
