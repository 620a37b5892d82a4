#include "gatelet/settings.h"

#include "capi/guard.hpp"
#include "config/settings.hpp"

using namespace gatelet;

struct gatelet_settings {
  HandleMark<0x73657431> mark;
  Settings values;
};

extern "C" {

size_t gatelet_setting_count(void) { return setting_types().size(); }

gatelet_status gatelet_setting_get(size_t index, gatelet_setting* out) {
  return guarded(nullptr, [&]() -> Result<> {
    if (index >= setting_types().size()) return bad_argument("index is out of range; gatelet_setting_count() says how many there are");
    const SettingType& type = setting_types()[index];
    gatelet_setting value = GATELET_SETTING_INIT;
    value.name = borrow(type.name);
    value.type = borrow(type.type);
    value.default_value = borrow(type.default_value);
    value.since = borrow(type.since);
    value.meaning = borrow(type.meaning);
    return write_struct(value, out, "out");
  });
}

gatelet_status gatelet_settings_create(gatelet_settings** out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_settings pointer");
    *out = new gatelet_settings;
    return Done{};
  });
}

void gatelet_settings_destroy(gatelet_settings* settings) {
  if (is_live(settings)) delete settings;
}

gatelet_status gatelet_settings_set(gatelet_settings* settings, gatelet_str name, gatelet_str value, gatelet_str origin,
                                    gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(settings)) return bad_argument("settings is NULL or no settings that live; pass what gatelet_settings_create() made");
    if (is_bad(name) || is_bad(value) || is_bad(origin))
      return bad_argument("name, value or origin is NULL although its size is not 0; set both members");
    return settings->values.set(view(name), view(value), view(origin));
  });
}

gatelet_str gatelet_settings_get(const gatelet_settings* settings, gatelet_str name) {
  const int index = is_live(settings) && !is_bad(name) ? Settings::find(view(name)) : -1;
  return index < 0 ? gatelet_str{nullptr, 0} : borrow(settings->values.get(static_cast<SettingId>(index)));
}

int32_t gatelet_settings_is_set(const gatelet_settings* settings, gatelet_str name) {
  const int index = is_live(settings) && !is_bad(name) ? Settings::find(view(name)) : -1;
  return index >= 0 && settings->values.is_set(static_cast<SettingId>(index)) ? 1 : 0;
}

}  // extern "C"
