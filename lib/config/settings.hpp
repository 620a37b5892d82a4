// Settings: the table of settings.inc and one set of values over it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gatelet {

enum class SettingId {
#define GATELET_SETTING(id, name, type, fallback, since, meaning) id,
#include "config/settings.inc"
#undef GATELET_SETTING
};

struct SettingType {
  std::string_view name;
  std::string_view type;
  std::string_view default_value;
  std::string_view since;
  std::string_view meaning;
};
std::span<const SettingType> setting_types();

class Settings {
 public:
  Settings();
  // `name` is dotted, or in the upper-case form with underscores; the error names the nearest setting or the allowed values.
  Result<> set(std::string_view name, std::string_view value, std::string_view origin);
  std::string_view get(SettingId id) const { return values_[static_cast<size_t>(id)].text; }
  bool is_set(SettingId id) const { return values_[static_cast<size_t>(id)].is_set; }
  // The table's index of a name in either form; -1 when there is none.
  static int find(std::string_view name);

 private:
  struct Value {
    std::string text;
    bool is_set = false;
  };
  std::vector<Value> values_;
};

}  // namespace gatelet
