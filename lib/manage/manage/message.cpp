#include "manage/manage/message.hpp"

#include "base/text.hpp"

namespace gatelet::manage {

namespace manage_message {

Json error_body(std::string_view code, std::string_view message, std::vector<Json> details) {
  Json error =
      Json::object({{"code", Json::from(code), {}}, {"message", Json::from(message), {}}, {"target", Json(), {}}, {"details", Json(), {}}});
  if (!details.empty()) error = error.with("details", Json::array(std::move(details)));
  return Json::object({{"error", error, {}}});
}

}  // namespace manage_message

using namespace manage_message;

std::string_view ManageRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name)) return value;
  return {};
}

ManageAnswer json_answer(int status, const Json& body) {
  ManageAnswer out;
  out.status = status;
  out.add("Content-Type", "application/json; charset=utf-8");
  out.body = std::make_shared<const std::string>(body.text());
  return out;
}

ManageAnswer error_answer(int status, std::string_view code, std::string_view message) {
  return json_answer(status, error_body(code, message, {}));
}

ManageAnswer validation_answer(const std::vector<ErrorDetail>& details) {
  std::string message = "One or more fields contain incorrect values:";
  if (!details.empty()) message += "\n" + details.front().message;
  std::vector<Json> items;
  for (const ErrorDetail& detail : details)
    items.push_back(Json::object({{"code", Json::from("ValidationError"), {}},
                                  {"target", Json::from(detail.target), {}},
                                  {"message", Json::from(detail.message), {}}}));
  return json_answer(400, error_body("ValidationError", message, std::move(items)));
}

ManageAnswer too_many_failures() {
  ManageAnswer out = error_answer(429, "TooManyRequests", "Credentials from this address were wrong too often; wait a second.");
  out.add("Retry-After", "1");
  return out;
}

ManageAnswer not_found(std::string_view noun) { return error_answer(404, "ResourceNotFound", std::string(noun) + " not found."); }

std::map<std::string, std::string> query_of(std::string_view query) {
  std::map<std::string, std::string> out;
  const auto decoded = [](std::string_view text) {
    std::string plain(text);
    for (char& c : plain)
      if (c == '+') c = ' ';
    return percent_decode(plain);
  };
  for (const std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    out.emplace(lower(decoded(part.substr(0, equals))), equals == part.npos ? std::string() : decoded(part.substr(equals + 1)));
  }
  return out;
}

}  // namespace gatelet::manage
