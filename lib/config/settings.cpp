#include "config/settings.hpp"

#include "base/diagnostics.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace gatelet {

static constexpr SettingType setting_table[] = {
#define GATELET_SETTING(id, name, type, fallback, since, meaning) {name, type, fallback, since, meaning},
#include "config/settings.inc"
#undef GATELET_SETTING
};

std::span<const SettingType> setting_types() { return setting_table; }

Settings::Settings() {
  for (const SettingType& type : setting_table) values_.push_back({std::string(type.default_value), false});
}

// CONFIG_SERVICE_ENDPOINT stands for config.service.endpoint; dots and hyphens are both underscores there.
static bool is_environment_form(std::string_view dotted, std::string_view name) {
  if (dotted.size() != name.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char wanted = dotted[i] == '.' || dotted[i] == '-' ? '_' : to_upper(dotted[i]);
    if (name[i] != wanted) return false;
  }
  return true;
}

int Settings::find(std::string_view name) {
  for (size_t i = 0; i < std::size(setting_table); ++i)
    if (setting_table[i].name == name || is_environment_form(setting_table[i].name, name)) return static_cast<int>(i);
  return -1;
}

// The bounds of "int 1..64" and "int 1..".
struct IntegerBounds {
  uint64_t least = 0;
  std::optional<uint64_t> most;
};
static std::optional<IntegerBounds> bounds_of(std::string_view type) {
  const size_t dots = type.find("..");
  if (!type.starts_with("int ") || dots == std::string_view::npos) return std::nullopt;
  return IntegerBounds{parse_unsigned(type.substr(4, dots - 4)).value_or(0), parse_unsigned(type.substr(dots + 2))};
}

static bool fits(std::string_view type, std::string_view value) {
  if (type == "text" || type == "reserved") return true;
  if (type == "bool") return parse_bool(value).has_value();
  if (type == "int") return parse_unsigned(value).has_value();
  if (type == "time span") return parse_time_span(value).has_value();
  if (const auto bounds = bounds_of(type)) {
    const auto number = parse_unsigned(value);
    return number && *number >= bounds->least && *number <= bounds->most.value_or(UINT64_MAX);
  }
  for (std::string_view allowed : split(type, '|'))
    if (allowed == value) return true;
  return false;
}

static std::string form_of(std::string_view type) {
  if (type == "bool") return "true or false";
  if (type == "int") return "a number without sign";
  if (type == "time span") return "hh:mm:ss";
  if (const auto bounds = bounds_of(type))
    return "a number from " + std::to_string(bounds->least) + (bounds->most ? " to " + std::to_string(*bounds->most) : " on");
  std::string text = "one of ";
  for (char c : type) text += c == '|' ? std::string(", ") : std::string(1, c);
  return text;
}

Result<> Settings::set(std::string_view name, std::string_view value, std::string_view origin) {
  const int index = find(name);
  if (index < 0) {
    std::vector<std::string_view> names;
    for (const SettingType& type : setting_table) names.push_back(type.name);
    std::string message = "unknown setting '" + std::string(name) + "'";
    const std::string_view near = nearest(lower(name), names);
    message += near.empty() ? "; --help-settings lists them" : "; did you mean '" + std::string(near) + "'?";
    return Error{Code::argument, std::move(message), {}, std::string(origin)};
  }
  const SettingType& type = setting_table[index];
  if (!fits(type.type, value))
    return Error{Code::argument,
                 "setting '" + std::string(type.name) + "': '" + std::string(value) + "' is not " + form_of(type.type),
                 {},
                 std::string(origin)};
  values_[static_cast<size_t>(index)] = {std::string(value), true};
  return Done{};
}

}  // namespace gatelet
