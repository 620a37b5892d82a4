// read_properties: what a client wrote, checked against the table of its kind.
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/json_members.hpp"
#include "config/resource.hpp"
#include "manage/manage/kinds.hpp"

namespace gatelet::manage {

namespace properties_reading {

class Reader {
 public:
  Reader(std::vector<ErrorDetail>& details) : details_(details) {}

  // The value as it is kept; null where it is wrong.
  Json read(const Field& field, const Json& value) {
    switch (field.type) {
      case FieldType::text: return read_text(field, value);
      case FieldType::id: return read_id(field, value);
      case FieldType::date: return read_date(field, value);
      case FieldType::boolean: return read_boolean(field, value);
      case FieldType::integer: return read_integer(field, value);
      case FieldType::array: return value.is_array() ? checked_count(field, value) : wrong(field, "is a list");
      case FieldType::object: return value.is_object() ? value : wrong(field, "is an object");
    }
    return {};
  }

  void problem(const Field& field, std::string text) { details_.push_back({std::string(field.name), std::move(text)}); }

 private:
  Json wrong(const Field& field, std::string_view what) {
    problem(field, "'" + std::string(field.name) + "' " + std::string(what) + "; correct it");
    return {};
  }

  Json checked_count(const Field& field, const Json& value) {
    if (field.max && value.size() > field.max) return wrong(field, "has at most " + std::to_string(field.max) + " entries");
    if (field.choices.empty()) return value;
    std::vector<Json> items;
    for (const Json& item : value.items()) items.push_back(read_choice(field, item.scalar_text()));
    return Json::array(std::move(items));
  }

  Json read_text(const Field& field, const Json& value) {
    if (!value.is_string() && !value.is_number()) return wrong(field, "is a text");
    const std::string text = value.scalar_text();
    if (!field.choices.empty()) return read_choice(field, text);
    if ((field.flags & field_flags::not_blank) && trim(text).empty()) return wrong(field, "must not be blank");
    if (text.size() < field.min) return wrong(field, "has at least " + std::to_string(field.min) + " characters");
    if (field.max && text.size() > field.max) return wrong(field, "has at most " + std::to_string(field.max) + " characters");
    return Json::from(text);
  }

  Json read_choice(const Field& field, std::string_view text) {
    for (const std::string_view choice : split(field.choices, '|'))
      if (equal_ignoring_case(choice, text)) return Json::from(choice);
    std::string known(field.choices);
    for (size_t at = known.find('|'); at != known.npos; at = known.find('|', at)) known.replace(at, 1, ", ");
    return wrong(field, "is one of " + known + ", not '" + std::string(text) + "'");
  }

  Json read_id(const Field& field, const Json& value) {
    if (!value.is_string()) return wrong(field, "is the id of a resource");
    if (value.string().empty()) return {};
    const std::string_view name = name_in_id(value.string(), field.choices);
    if (name.empty() && value.string().find('/') != std::string_view::npos)
      return wrong(field, "does not name anything of " + std::string(field.choices));
    return Json::from("/" + std::string(field.choices) + "/" + std::string(name.empty() ? value.string() : name));
  }

  Json read_date(const Field& field, const Json& value) {
    if (!value.is_string() || !parse_iso_timestamp(value.string())) return wrong(field, "is a time such as 2026-01-31T08:00:00Z");
    return value;
  }

  Json read_boolean(const Field& field, const Json& value) {
    if (value.is_boolean()) return value;
    if (const auto parsed = parse_bool(value.string()); value.is_string() && parsed) return Json::from(*parsed);
    return wrong(field, "is true or false");
  }

  Json read_integer(const Field& field, const Json& value) {
    const auto number = parse_signed(value.scalar_text());
    if (!number) return wrong(field, "is a whole number");
    if (*number < static_cast<int64_t>(field.min)) return wrong(field, "is at least " + std::to_string(field.min));
    return Json::from(static_cast<double>(*number));
  }

  std::vector<ErrorDetail>& details_;
};

Json fallback_of(const Field& field) {
  if (field.fallback.empty()) return {};
  const auto read = Json::parse(field.fallback);
  return read ? *read : Json();
}

// Members are found whatever the case of their names, as Azure does.
const Json::Member* find_member(const Json& object, std::string_view name) {
  if (const Json::Member* member = object.find(name)) return member;
  for (const Json::Member& member : object.members())
    if (equal_ignoring_case(member.name, name)) return &member;
  return nullptr;
}

}  // namespace properties_reading

using namespace properties_reading;

ReadProperties read_properties(const Kind& kind, const Json& given, const Json* before, const Json* secrets_before, bool is_patch,
                               std::vector<ErrorDetail>& details) {
  Reader reader(details);
  JsonMembers shown, secrets;
  for (const Field& field : kind.fields) {
    const bool is_secret = field.flags & field_flags::secret;
    const Json* const source = is_secret ? secrets_before : before;
    const Json kept = source ? (*source)[field.name] : Json();
    const Json::Member* const member = field.flags & field_flags::read_only ? nullptr : find_member(given, field.name);
    const bool is_kept = !member && (is_patch || is_secret || (field.flags & field_flags::read_only));
    Json value = is_kept ? kept : member && !member->value.is_null() ? reader.read(field, member->value) : fallback_of(field);
    if (is_patch && member && member->value.is_object() && kept.is_object() && value.is_object()) value = kept.merged_with(value);
    const bool is_missing = (!member || member->value.is_null()) && value.is_null();
    if (is_missing && (field.flags & field_flags::required)) reader.problem(field, "'" + std::string(field.name) + "' is required; add it");
    if (value.is_null()) continue;
    (is_secret ? secrets : shown).add(field.name, std::move(value));
  }
  return {shown.object(), secrets.object()};
}

}  // namespace gatelet::manage
