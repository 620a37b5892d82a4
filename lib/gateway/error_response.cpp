#include "gateway/error_response.hpp"

#include <charconv>

#include "base/text.hpp"

namespace gatelet {

static std::string_view number_text(char (&digits)[12], int number) {
  return {digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)};
}

Buffer built_in_body(const Failure& failure, int status, std::string_view request_id) {
  char digits[12];
  std::string body = R"({ "statusCode": )";
  body += number_text(digits, status);
  body += R"(, "message": ")";
  if (failure.public_message.empty()) {
    ((body += R"(Internal server error", "activityId": ")") += request_id) += R"(" })";
  } else {
    (body += json_escape(failure.public_message)) += R"(" })";
  }
  return Buffer::copy(body);
}

void add_key_challenge(Headers& headers, std::string_view host, const Api& api, Arena& arena) {
  // A realm is a name, not an address: "https" also where the listener is plain HTTP, as observed.
  headers.add_received({"WWW-Authenticate",
                        arena.concat("AzureApiManagementKey realm=\"https://", host, "/", api.facts.path, "\",name=\"", api.key_header,
                                     "\",type=\"header\""),
                        HeaderId::www_authenticate});
}

}  // namespace gatelet
