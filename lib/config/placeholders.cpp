#include "config/placeholders.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {

namespace {

bool is_placeholder_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; });
}

class PlaceholderWriter {
 public:
  PlaceholderWriter(const EnvironmentLookup& environment, const std::string& file, const std::string& scope, Diagnostics& diagnostics)
      : environment_(environment), file_(file), scope_(scope), diagnostics_(diagnostics) {}

  Json replaced(const Json& json) {
    if (json.is_string()) return replaced_string(json);
    if (json.is_array()) {
      std::vector<Json> items;
      for (const Json& item : json.items()) items.push_back(replaced(item));
      return Json::array(std::move(items)).placed_at(json.at());
    }
    if (!json.is_object()) return json;
    std::vector<Json::Member> members;
    for (const Json::Member& member : json.members()) members.push_back({member.name, replaced(member.value), member.at});
    return Json::object(std::move(members)).placed_at(json.at());
  }

 private:
  // Null when one is unset: neither a part of the text nor the placeholder itself may pass for the value, least of all as a key.
  Json replaced_string(const Json& json) {
    const std::string_view text = json.string();
    std::string out;
    size_t at = 0;
    bool is_complete = true;
    for (size_t open = text.find("{#"); open != std::string_view::npos; open = text.find("{#", open + 1)) {
      const size_t close = text.find("#}", open + 2);
      if (close == std::string_view::npos) break;
      const std::string_view name = text.substr(open + 2, close - open - 2);
      if (open < at || !is_placeholder_name(name)) continue;
      const std::optional<std::string> value = value_of(name, json.at());
      is_complete = is_complete && value;
      out += text.substr(at, open - at);
      out += value.value_or("");
      at = close + 2;
    }
    if (at == 0) return json;
    out += text.substr(at);
    return (is_complete ? Json::from(out) : Json()).placed_at(json.at());
  }

  std::optional<std::string> value_of(std::string_view name, SourcePos at) {
    std::optional<std::string> value = environment_ ? environment_(name) : std::nullopt;
    if (!value)
      diagnostics_.error(
          DiagnosticCode::missing_value,
          "the placeholder {#" + std::string(name) + "#} has no value; set the environment variable '" + std::string(name) + "'", file_, at,
          scope_);
    return value;
  }

  const EnvironmentLookup& environment_;
  const std::string& file_;
  const std::string& scope_;
  Diagnostics& diagnostics_;
};

}  // namespace

Json with_placeholders_replaced(const Json& json, const EnvironmentLookup& environment, const std::string& file, const std::string& scope,
                                Diagnostics& diagnostics) {
  return PlaceholderWriter(environment, file, scope, diagnostics).replaced(json);
}

std::string placeholder_hint(std::string_view text) {
  return text.find("{#") == std::string_view::npos ? std::string() : "; a {#placeholder#} stands inside quotes";
}

}  // namespace gatelet
