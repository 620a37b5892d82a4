// Validation. The words of problems are those of Newtonsoft's validator, which API Management uses.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "policy/json_schema_node.hpp"

namespace gatelet {

namespace {

constexpr uint64_t pattern_steps_max = 100'000;  // of one search
constexpr size_t items_compared_max = 16;        // one with another; more are compared by their texts

size_t length_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string written(double number) {
  const Json json = Json::from(number);
  return json.text();
}

SchemaType type_of(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null: return schema_null;
    case Json::Kind::boolean: return schema_boolean;
    case Json::Kind::number: return value.number() == std::floor(value.number()) ? schema_integer : schema_number;
    case Json::Kind::string: return schema_string;
    case Json::Kind::array: return schema_array;
    case Json::Kind::object: return schema_object;
  }
  return schema_null;
}

std::string names_of(uint8_t types) {
  static constexpr std::pair<uint8_t, std::string_view> names[] = {
      {schema_string, "String"}, {schema_number, "Number"}, {schema_integer, "Integer"}, {schema_boolean, "Boolean"},
      {schema_object, "Object"}, {schema_array, "Array"},   {schema_null, "Null"}};
  std::string list;
  for (const auto& [bit, name] : names) {
    const bool is_implied = bit == schema_integer && types & schema_number && types != schema_integer;
    if (types & bit && !is_implied) list.append(list.empty() ? "" : ", ").append(name);
  }
  return list;
}

bool is_multiple(double value, double divisor) {
  if (divisor == 0) return true;
  const double ratio = value / divisor;
  if (!std::isfinite(ratio)) return false;
  return std::abs(ratio - std::round(ratio)) <= 1e-9 * std::max(1.0, std::abs(ratio) * 1e-6);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : hex_value(text[i]) < 0) return false;
  }
  return true;
}

bool has_format(SchemaFormat format, const Json& value) {
  const std::string_view text = value.string();
  switch (format) {
    case SchemaFormat::none: return true;
    case SchemaFormat::date_time: return !value.is_string() || (text.size() > 19 && parse_iso_timestamp(text));
    case SchemaFormat::date: return !value.is_string() || (text.size() == 10 && parse_iso_timestamp(std::string(text) + "T00:00:00Z"));
    case SchemaFormat::uuid: return !value.is_string() || is_uuid(text);
    case SchemaFormat::int32: return !value.is_number() || (value.number() >= INT32_MIN && value.number() <= INT32_MAX);
    case SchemaFormat::int64: return !value.is_number() || std::abs(value.number()) <= 9'223'372'036'854'775'808.0;
  }
  return true;
}

// What of one value schemas have looked at, for those that say what becomes of the rest.
struct Evaluated {
  std::set<std::string_view> members;
  std::set<size_t> items;
  size_t first_items = 0;
  bool has_all_members = false;
  bool has_all_items = false;

  void add(const Evaluated& other) {
    members.insert(other.members.begin(), other.members.end());
    items.insert(other.items.begin(), other.items.end());
    first_items = std::max(first_items, other.first_items);
    has_all_members |= other.has_all_members;
    has_all_items |= other.has_all_items;
  }
  bool has_item(size_t index) const { return has_all_items || index < first_items || items.contains(index); }
};

class Checker {
 public:
  explicit Checker(const SchemaOverrides& overrides) : overrides_(overrides) {}

  // `problems`: null when only the answer is wanted.
  bool check(const SchemaNode& schema, const Json& value, std::vector<SchemaProblem>* problems) {
    if (depth_ == schema_depth_max || ++steps_ > schema_steps_max)
      return give_up("The value is too complex to be compared with its schema.");
    if (!schema.broken.empty()) return give_up(schema.broken);
    ++depth_;
    const bool is_entered = scope_.empty() || scope_.back() != schema.base;
    if (is_entered) scope_.push_back(schema.base);
    std::vector<SchemaProblem>* const outer = std::exchange(problems_, problems);
    const bool is_reference = schema.target && schema.is_reference_alone;
    const bool conforms = is_reference ? check(target_of(schema), value, problems) : check_collecting(schema, value);
    problems_ = outer;
    if (is_entered) scope_.pop_back();
    --depth_;
    return conforms;
  }
  const std::string& obstacle() const { return obstacle_; }

 private:
  bool give_up(std::string_view why) {
    if (obstacle_.empty()) obstacle_ = why;
    return false;
  }
  // False, for the caller to hand on.
  bool differs(const Json& value, std::string message) {
    if (problems_ && problems_->size() < schema_problems_max) problems_->push_back({std::move(message), value.at()});
    return false;
  }
  bool goes_on(bool conforms) const { return obstacle_.empty() && (conforms || problems_); }
  // Of a member or an item.
  bool check_child(const SchemaNode& schema, const Json& value, std::vector<SchemaProblem>* problems) {
    Evaluated* const outer = std::exchange(collected_, nullptr);
    const bool conforms = check(schema, value, problems);
    collected_ = outer;
    return conforms;
  }
  bool part(const SchemaNode& schema, const Json& value) { return check_child(schema, value, problems_); }
  bool matches(const SchemaNode& schema, const Json& value) { return check_child(schema, value, nullptr); }
  // Of the value itself: what the schema has looked at counts where the value conforms.
  bool check_same(const SchemaNode& schema, const Json& value, std::vector<SchemaProblem>* problems) {
    if (!collected_) return check(schema, value, problems);
    Evaluated own;
    Evaluated* const outer = std::exchange(collected_, &own);
    const bool conforms = check(schema, value, problems);
    collected_ = outer;
    if (conforms) outer->add(own);
    return conforms;
  }
  bool same(const SchemaNode& schema, const Json& value) { return check_same(schema, value, problems_); }
  bool same_matches(const SchemaNode& schema, const Json& value) { return check_same(schema, value, nullptr); }

  const SchemaNode& target_of(const SchemaNode& schema) const {
    for (std::string_view base : scope_)
      for (const auto& [of, target] : schema.dynamic_targets)
        if (of == base) return *target;
    return *schema.target;
  }

  bool check_collecting(const SchemaNode& schema, const Json& value) {
    if (!schema.left_over_members && !schema.left_over_items) return check_here(schema, value);
    Evaluated own;
    Evaluated* const outer = std::exchange(collected_, &own);
    bool conforms = check_here(schema, value);
    if (goes_on(conforms)) conforms &= check_left_over(schema, value, own);
    collected_ = outer;
    if (conforms && outer) outer->add(own);
    return conforms;
  }

  bool check_left_over(const SchemaNode& schema, const Json& value, Evaluated& evaluated) {
    bool conforms = true;
    if (schema.left_over_members && value.is_object()) {
      for (const Json::Member& member : value.members())
        if (!evaluated.has_all_members && !evaluated.members.contains(member.name))
          conforms &= part(*schema.left_over_members, member.value);
      evaluated.has_all_members = true;
    }
    if (schema.left_over_items && value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i)
        if (!evaluated.has_item(i)) conforms &= part(*schema.left_over_items, value[i]);
      evaluated.has_all_items = true;
    }
    return conforms;
  }

  bool check_here(const SchemaNode& schema, const Json& value) {
    if (schema.is_refused) return differs(value, "Schema always fails validation.");
    if (schema.is_nullable && value.is_null()) return true;
    const SchemaType type = type_of(value);
    if (!(schema.types & type))
      return differs(value, "Invalid type. Expected " + names_of(schema.types) + " but got " + names_of(type) + ".");
    bool conforms = check_values(schema, value);
    const auto step = [&](bool (Checker::*what)(const SchemaNode&, const Json&)) {
      if (goes_on(conforms)) conforms &= (this->*what)(schema, value);
    };
    if (value.is_number()) step(&Checker::check_number);
    if (value.is_string()) step(&Checker::check_text);
    if (value.is_array()) step(&Checker::check_items);
    if (value.is_object()) step(&Checker::check_counts), step(&Checker::check_members), step(&Checker::check_dependencies);
    step(&Checker::check_parts);
    if (schema.target && goes_on(conforms)) conforms &= same(*schema.target, value);
    return conforms;
  }

  bool check_values(const SchemaNode& schema, const Json& value) {
    if (schema.has_values && std::ranges::find(schema.values, value) == schema.values.end())
      return differs(value, "Value " + value.text() + " is not defined in enum.");
    return has_format(schema.format, value) || differs(value, "Value " + value.text() + " does not have the format of the schema.");
  }

  bool check_number(const SchemaNode& schema, const Json& value) {
    const double number = value.number();
    const std::string name = (type_of(value) == schema_integer ? "Integer " : "Float ") + value.scalar_text();
    bool conforms = true;
    if (schema.minimum && number < *schema.minimum)
      conforms = differs(value, name + " is less than minimum value of " + written(*schema.minimum) + ".");
    if (schema.maximum && number > *schema.maximum)
      conforms = differs(value, name + " exceeds maximum value of " + written(*schema.maximum) + ".");
    if (schema.above && number <= *schema.above)
      conforms = differs(value, name + " is less than or equals exclusive minimum value of " + written(*schema.above) + ".");
    if (schema.below && number >= *schema.below)
      conforms = differs(value, name + " exceeds or equals exclusive maximum value of " + written(*schema.below) + ".");
    if (schema.multiple_of && !is_multiple(number, *schema.multiple_of))
      conforms = differs(value, name + " is not a multiple of " + written(*schema.multiple_of) + ".");
    return conforms;
  }

  bool check_text(const SchemaNode& schema, const Json& value) {
    const std::string text(value.string());
    const size_t length = length_of(text);
    bool conforms = true;
    if (length < schema.length_min)
      conforms = differs(value, "String '" + text + "' is less than minimum length of " + std::to_string(schema.length_min) + ".");
    if (length > schema.length_max)
      conforms = differs(value, "String '" + text + "' exceeds maximum length of " + std::to_string(schema.length_max) + ".");
    if (schema.pattern && !is_match(*schema.pattern, text))
      conforms = differs(value, "String '" + text + "' does not match regex pattern '" + schema.pattern_text + "'.");
    return conforms;
  }

  bool is_match(const cs::RegexProgram& pattern, std::string_view text) {
    const std::u16string units = utf16_of(text);
    cs::RegexSearch search(pattern, units, pattern_steps_max);
    const auto outcome = search.find(0);
    steps_ += search.steps_used() / 64;
    if (outcome == cs::RegexSearch::Outcome::exhausted) return give_up("A pattern takes too long.");
    return outcome == cs::RegexSearch::Outcome::found;
  }

  bool check_items(const SchemaNode& schema, const Json& value) {
    bool conforms = true;
    const std::string count = "Array item count " + std::to_string(value.size());
    if (value.size() < schema.items_min)
      conforms = differs(value, count + " is less than minimum count of " + std::to_string(schema.items_min) + ".");
    if (value.size() > schema.items_max)
      conforms = differs(value, count + " exceeds maximum count of " + std::to_string(schema.items_max) + ".");
    if (schema.has_unique_items && !has_unique_items(value)) conforms = differs(value, "Non-unique array items were found.");
    for (size_t i = 0; i < value.size() && goes_on(conforms); ++i) {
      const SchemaNode* item = i < schema.first_items.size() ? schema.first_items[i] : schema.items;
      if (item) conforms &= part(*item, value[i]);
    }
    if (collected_) {
      collected_->first_items = std::max(collected_->first_items, schema.first_items.size());
      collected_->has_all_items |= schema.items != nullptr;
    }
    return schema.contains && goes_on(conforms) ? conforms & check_contains(schema, value) : conforms;
  }

  bool check_contains(const SchemaNode& schema, const Json& value) {
    uint64_t count = 0;
    const bool must_count = schema.contains_max != UINT64_MAX || (collected_ && schema.contains_evaluates);
    for (size_t i = 0; i < value.size() && (must_count || count < schema.contains_min); ++i) {
      if (!matches(*schema.contains, value[i])) continue;
      ++count;
      if (collected_ && schema.contains_evaluates) collected_->items.insert(i);
    }
    if (count < schema.contains_min) return differs(value, "No items match contains.");
    return count <= schema.contains_max || differs(value, "More items match contains than the schema allows.");
  }

  bool has_unique_items(const Json& value) {
    const std::vector<Json>& items = value.items();
    steps_ += items.size();
    if (items.size() > items_compared_max) {
      std::set<std::string> texts;
      return std::ranges::all_of(items, [&](const Json& item) { return texts.insert(item.canonical()).second; });
    }
    for (size_t i = 1; i < items.size(); ++i)
      if (std::find(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i), items[i]) !=
          items.begin() + static_cast<std::ptrdiff_t>(i))
        return false;
    return true;
  }

  bool check_counts(const SchemaNode& schema, const Json& value) {
    bool conforms = true;
    const std::string count = "Object property count " + std::to_string(value.size());
    if (value.size() < schema.members_min)
      conforms = differs(value, count + " is less than minimum count of " + std::to_string(schema.members_min) + ".");
    if (value.size() > schema.members_max)
      conforms = differs(value, count + " exceeds maximum count of " + std::to_string(schema.members_max) + ".");
    std::string missing;
    for (const std::string& name : schema.required)
      if (!has_member(value, name)) missing += (missing.empty() ? "" : ", ") + name;
    return missing.empty() ? conforms : differs(value, "Required properties are missing from object: " + missing + ".");
  }

  bool has_member(const Json& value, std::string_view name) const {
    return value.has(name) || (overrides_.ignores_case && std::ranges::any_of(value.members(), [&](const Json::Member& member) {
                                 return equal_ignoring_case(member.name, name);
                               }));
  }

  bool check_members(const SchemaNode& schema, const Json& value) {
    bool conforms = true;
    for (const Json::Member& member : value.members()) {
      if (!goes_on(conforms)) break;
      bool is_known = false;
      if (const SchemaNode* own = schema.member(member.name, overrides_.ignores_case))
        is_known = true, conforms &= part(*own, member.value);
      for (const SchemaNode::PatternMember& pattern : schema.pattern_members) {
        if (!is_match(*pattern.pattern, member.name)) continue;
        is_known = true;
        conforms &= part(*pattern.schema, member.value);
      }
      if (!is_known) conforms &= check_additional(schema, member);
      if (collected_ && (is_known || schema.additional)) collected_->members.insert(member.name);
      if (schema.names) conforms &= part(*schema.names, Json::from(std::string_view(member.name)).placed_at(member.at));
    }
    return conforms;
  }

  bool check_additional(const SchemaNode& schema, const Json::Member& member) {
    const auto refuse = [&] {
      return differs(member.value,
                     "Property '" + member.name + "' has not been defined and the schema does not allow additional properties.");
    };
    if (overrides_.allows_additional) return *overrides_.allows_additional || schema.members.empty() || refuse();
    if (!schema.additional) return true;
    return schema.additional->is_refused ? refuse() : part(*schema.additional, member.value);
  }

  bool check_dependencies(const SchemaNode& schema, const Json& value) {
    bool conforms = true;
    for (const SchemaNode::Dependency& dependency : schema.dependencies) {
      if (!has_member(value, dependency.name) || !goes_on(conforms)) continue;
      for (const std::string& name : dependency.names)
        if (!has_member(value, name))
          conforms = differs(value, "Dependencies for property '" + dependency.name + "' failed. Missing required keys: " + name + ".");
      if (dependency.schema) conforms &= same(*dependency.schema, value);
    }
    return conforms;
  }

  size_t match_count(const std::vector<const SchemaNode*>& parts, const Json& value) {
    return static_cast<size_t>(std::ranges::count_if(parts, [&](const SchemaNode* one) { return same_matches(*one, value); }));
  }

  // The first one settles it, unless what each has looked at counts.
  bool matches_any(const std::vector<const SchemaNode*>& parts, const Json& value) {
    if (collected_) return match_count(parts, value) != 0;
    return std::ranges::any_of(parts, [&](const SchemaNode* one) { return same_matches(*one, value); });
  }

  bool check_parts(const SchemaNode& schema, const Json& value) {
    bool conforms = true;
    for (const SchemaNode* one : schema.all_of)
      if (goes_on(conforms)) conforms &= same(*one, value);
    if (!schema.any_of.empty() && goes_on(conforms) && !matches_any(schema.any_of, value))
      conforms = differs(value, "JSON does not match any schemas from 'anyOf'.");
    if (!schema.one_of.empty() && goes_on(conforms) && match_count(schema.one_of, value) != 1)
      conforms = differs(value, "JSON is valid against no or more than one schemas from 'oneOf'.");
    if (schema.not_ && goes_on(conforms) && matches(*schema.not_, value))
      conforms = differs(value, "JSON is valid against schema from 'not'.");
    if (!schema.if_ || !goes_on(conforms)) return conforms;
    const SchemaNode* branch = same_matches(*schema.if_, value) ? schema.then : schema.otherwise;
    return branch ? conforms & same(*branch, value) : conforms;
  }

  const SchemaOverrides& overrides_;
  std::vector<SchemaProblem>* problems_ = nullptr;
  Evaluated* collected_ = nullptr;       // null: nobody wants to know
  std::vector<std::string_view> scope_;  // bases of the resources that were entered, the first one first
  std::string obstacle_;
  uint64_t steps_ = 0;
  uint32_t depth_ = 0;
};

// What a reference leads to, through others; null: a circle.
const SchemaNode* final_target(const SchemaNode& schema) {
  const SchemaNode* at = &schema;
  for (uint32_t i = 0; at && at->target; ++i) at = i == schema_depth_max ? nullptr : at->target;
  return at;
}

}  // namespace

SchemaCheck JsonSchema::check(const Json& value, const SchemaOverrides& overrides) const {
  SchemaCheck result;
  Checker checker(overrides);
  if (!checker.check(root_, value, &result.problems)) result.outcome = SchemaCheck::Outcome::differs;
  if (!checker.obstacle().empty()) result = {SchemaCheck::Outcome::impossible, {{checker.obstacle(), value.at()}}};
  return result;
}

std::string_view JsonSchema::type() const {
  static constexpr std::pair<uint8_t, std::string_view> names[] = {{schema_string, "string"},   {schema_number, "number"},
                                                                   {schema_integer, "integer"}, {schema_boolean, "boolean"},
                                                                   {schema_array, "array"},     {schema_object, "object"}};
  const SchemaNode* node = final_target(root_);
  for (const auto& [bit, name] : names)
    if (node && node->types != schema_any && node->types & bit) return name;
  return {};
}

std::string_view JsonSchema::item_type() const {
  const SchemaNode* node = final_target(root_);
  return node && node->items ? JsonSchema(*node->items).type() : std::string_view();
}

}  // namespace gatelet
