#include <algorithm>

#include "expr/json.hpp"

namespace gatelet::cs {

static constexpr uint32_t linear_properties_max = 8;  // fewer are found faster without slots

std::span<JToken* const> children(const JToken& token) {
  if (is_container(token)) return {as_container(token).items, as_container(token).count};
  if (token.kind == JKind::property) return {&as_property(token).content, 1};
  return {};
}

bool is_token(Value value) { return is_instance(value, json_token_type); }

const Type& type_of(const JToken& token) {
  switch (token.kind) {
    case JKind::object: return json_object_type;
    case JKind::array: return json_array_type;
    case JKind::constructor: return json_constructor_type;
    case JKind::property: return json_property_type;
    case JKind::raw: return json_raw_type;
    default: return json_value_type;
  }
}

JToken* make_value(Evaluation& run, JKind kind, Value value) { return run.make<JValue>(JToken{kind, 0, nullptr}, value); }

JContainer* make_container(Evaluation& run, JKind kind) { return run.make<JContainer>(JToken{kind, 0, nullptr}); }

JProperty* make_property(Evaluation& run, const String* name, JToken* content) {
  auto* property = run.make<JProperty>(JToken{JKind::property, 0, nullptr}, name, content);
  if (content) {
    content->parent = property;
    content->index = 0;
  }
  return property;
}

static void place_slot(JContainer& object, uint32_t index) {
  const auto hash = static_cast<uint32_t>(hash_of(*as_property(*object.items[index]).name));
  uint32_t at = hash & (object.slot_count - 1);
  while (object.slots[at]) at = (at + 1) & (object.slot_count - 1);
  object.slots[at] = index + 1;
}

// Slots for twice as many properties as there is room for.
static bool fill_slots(Evaluation& run, JContainer& object) {
  uint32_t wanted = 2 * linear_properties_max;
  while (wanted < 2 * object.capacity) wanted *= 2;
  if (wanted > object.slot_capacity) {
    const std::span<uint32_t> slots = run.try_array<uint32_t>(wanted);
    if (!slots.data()) return false;
    object.slots = slots.data();
    object.slot_capacity = wanted;
  }
  if (!run.charge(object.count)) return false;
  object.slot_count = object.slot_capacity;
  std::fill(object.slots, object.slots + object.slot_count, 0u);
  for (uint32_t i = 0; i < object.count; ++i) place_slot(object, i);
  return true;
}

JProperty* find_property(Evaluation& run, const JContainer& object, const String& name) {
  if (object.count <= linear_properties_max) {
    for (uint32_t i = 0; i < object.count; ++i) {
      JProperty& property = as_property(*object.items[i]);
      if (property.name == &name || equal(*property.name, name)) return &property;
    }
    return nullptr;
  }
  auto& indexed = const_cast<JContainer&>(object);
  if (object.slot_count == 0 && !fill_slots(run, indexed)) return nullptr;
  uint32_t at = static_cast<uint32_t>(hash_of(name)) & (object.slot_count - 1);
  for (; object.slots[at]; at = (at + 1) & (object.slot_count - 1)) {
    JProperty& property = as_property(*object.items[object.slots[at] - 1]);
    if (equal(*property.name, name)) return &property;
  }
  return nullptr;
}

JProperty* find_property_ignoring_case(Evaluation& run, const JContainer& object, const String& name) {
  if (JProperty* same = find_property(run, object, name)) return same;
  for (uint32_t i = 0; i < object.count && run.charge(1); ++i)
    if (equal_ignoring_case(*as_property(*object.items[i]).name, name)) return &as_property(*object.items[i]);
  return nullptr;
}

static bool make_room(Evaluation& run, JContainer& parent) {
  if (parent.count < parent.capacity) return true;
  const std::span<JToken*> room = run.try_array<JToken*>(std::max<size_t>(4, parent.capacity * 2ul));
  if (!room.data() || !run.charge(parent.count)) return false;
  std::copy(parent.items, parent.items + parent.count, room.begin());
  parent.items = room.data();
  parent.capacity = static_cast<uint32_t>(room.size());
  parent.slot_count = 0;
  return true;
}

bool append_new(Evaluation& run, JContainer& parent, JToken* item) {
  if (!make_room(run, parent)) return false;
  item->parent = &parent;
  item->index = parent.count;
  parent.items[parent.count++] = item;
  if (parent.slot_count) place_slot(parent, item->index);
  return true;
}

static void renumber(JContainer& parent, uint32_t from) {
  for (uint32_t i = from; i < parent.count; ++i) parent.items[i]->index = i;
  parent.slot_count = 0;
  ++parent.version;
}

const JToken& root_of(Evaluation& run, const JToken& token) {
  const JToken* at = &token;
  while (at->parent && run.charge(1)) at = at->parent;
  return *at;
}

// What may be put into `parent`: a clone of what stands elsewhere, or would contain itself.
static JToken* adopted(Evaluation& run, JToken& parent, JToken* item) {
  if (!item) return make_value(run, JKind::null);
  const bool is_own_root = item == &parent || (!children(*item).empty() && &root_of(run, parent) == item);
  return item->parent || is_own_root ? clone(run, *item) : item;
}

static bool refuse_kind(Evaluation& run, const JToken& parent, const JToken& item) {
  run.fail(types::argument_exception, "Can not add " + full_name(type_of(item)) + " to " + full_name(type_of(parent)) + ".");
  return false;
}

static bool refuse_duplicate(Evaluation& run, const String& name) {
  run.fail(types::argument_exception, "Can not add property " + utf8(name) +
                                          " to Newtonsoft.Json.Linq.JObject. Property with the same name already exists on object.");
  return false;
}

static bool refuse_property(Evaluation& run, std::string_view what) {
  run.fail(types::json_exception, what);
  return false;
}

// `existing` is what `item` takes the place of.
static bool may_hold(Evaluation& run, const JToken& parent, const JToken& item, const JToken* existing) {
  const bool is_property = item.kind == JKind::property;
  if (is_property != (parent.kind == JKind::object)) return refuse_kind(run, parent, item);
  if (!is_property) return true;
  const JProperty* same = find_property(run, as_container(parent), *as_property(item).name);
  if (same && same != existing) return refuse_duplicate(run, *same->name);
  return !run.failed();
}

bool insert_token(Evaluation& run, JToken& parent, size_t at, JToken* item) {
  if (parent.kind == JKind::property) return refuse_property(run, "Newtonsoft.Json.Linq.JProperty cannot have multiple values.");
  item = adopted(run, parent, item);
  if (!item || !may_hold(run, parent, *item, nullptr)) return false;
  auto& container = as_container(parent);
  ++container.version;
  if (at == container.count) return append_new(run, container, item);
  if (!make_room(run, container) || !run.charge(container.count)) return false;
  std::copy_backward(container.items + at, container.items + container.count, container.items + container.count + 1);
  ++container.count;
  container.items[at] = item;
  item->parent = &container;
  renumber(container, static_cast<uint32_t>(at));
  return true;
}

static bool is_unchanged(Evaluation& run, const JToken& existing, const JToken* item) {
  if (!is_value(existing)) return false;
  if (!item) return existing.kind == JKind::null;
  return is_value(*item) && values_equal(run, existing, *item);
}

static bool refuse_parentless(Evaluation& run) {
  run.fail(types::invalid_operation_exception, "The parent is missing.");
  return false;
}

bool replace_token(Evaluation& run, JToken& existing, JToken* item) {
  JToken* parent = existing.parent;
  if (!parent) return refuse_parentless(run);
  if (is_unchanged(run, existing, item)) return true;
  item = adopted(run, *parent, item);
  if (!item || !may_hold(run, *parent, *item, &existing)) return false;
  item->parent = parent;
  item->index = existing.index;
  existing.parent = nullptr;
  if (parent->kind == JKind::property) {
    as_property(*parent).content = item;
    return true;
  }
  auto& container = as_container(*parent);
  container.items[item->index] = item;
  container.slot_count = 0;
  ++container.version;
  return true;
}

bool remove_token(Evaluation& run, JToken& token) {
  if (!token.parent) return refuse_parentless(run);
  if (token.parent->kind == JKind::property) return refuse_property(run, "Cannot add or remove items from Newtonsoft.Json.Linq.JProperty.");
  auto& parent = as_container(*token.parent);
  if (!run.charge(parent.count - token.index)) return false;
  std::copy(parent.items + token.index + 1, parent.items + parent.count, parent.items + token.index);
  --parent.count;
  renumber(parent, token.index);
  token.parent = nullptr;
  token.index = 0;
  return true;
}

bool clear_tokens(Evaluation& run, JToken& parent) {
  if (parent.kind == JKind::property) return refuse_property(run, "Cannot add or remove items from Newtonsoft.Json.Linq.JProperty.");
  auto& container = as_container(parent);
  if (!run.charge(container.count)) return false;
  for (uint32_t i = 0; i < container.count; ++i) container.items[i]->parent = nullptr;
  container.count = 0;
  renumber(container, 0);
  return true;
}

bool add_named(Evaluation& run, JContainer& object, const String* name, JToken* value) {
  JProperty* property = make_property(run, name, nullptr);
  property->content = adopted(run, *property, value);
  if (!property->content) return false;
  property->content->parent = property;
  property->content->index = 0;
  return insert_token(run, object, object.count, property);
}

bool set_named(Evaluation& run, JContainer& object, const String* name, JToken* value) {
  const JProperty* existing = find_property(run, object, *name);
  if (run.failed()) return false;
  return existing ? replace_token(run, *existing->content, value) : add_named(run, object, name, value);
}

const JToken* next_below(const JToken& root, const JToken& at) {
  if (const auto below = children(at); !below.empty()) return below[0];
  for (const JToken* token = &at; token != &root; token = token->parent) {
    const auto siblings = children(*token->parent);
    if (token->index + 1 < siblings.size()) return siblings[token->index + 1];
  }
  return nullptr;
}

// A copy without children.
static JToken* clone_one(Evaluation& run, const JToken& token) {
  if (token.kind == JKind::property) return make_property(run, as_property(token).name, nullptr);
  if (!is_container(token)) return make_value(run, token.kind, held(token));
  const auto& from = as_container(token);
  JContainer* made = make_container(run, token.kind);
  made->name = from.name;
  if (from.count == 0) return made;
  const std::span<JToken*> room = run.try_array<JToken*>(from.count);
  if (!room.data()) return nullptr;
  made->items = room.data();
  made->capacity = from.count;
  return made;
}

static void attach_copy(JToken& parent, JToken& item) {
  item.parent = &parent;
  if (parent.kind == JKind::property) {
    as_property(parent).content = &item;
  } else {
    item.index = as_container(parent).count;
    as_container(parent).items[as_container(parent).count++] = &item;
  }
}

JToken* clone(Evaluation& run, const JToken& token) {
  JToken* made = clone_one(run, token);
  JToken* last = made;  // the copy of `at`
  const JToken* at = &token;
  while (made) {
    const JToken* next = next_below(token, *at);
    if (!next) return made;
    JToken* copy = run.charge(1) ? clone_one(run, *next) : nullptr;
    if (!copy) return nullptr;
    for (; at != next->parent; at = at->parent) last = last->parent;
    attach_copy(*last, *copy);
    last = copy;
    at = next;
  }
  return nullptr;
}

// The node of `other` where `at` stands in its own tree; null: there is none. `pair` is the node that at.parent was compared with.
static const JToken* counterpart(Evaluation& run, const JToken& at, const JToken& pair) {
  if (pair.kind == JKind::object) return find_property(run, as_container(pair), *as_property(at).name);
  const auto others = children(pair);
  return at.index < others.size() ? others[at.index] : nullptr;
}

static bool equal_without_children(Evaluation& run, const JToken& a, const JToken& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == JKind::property) return equal(*as_property(a).name, *as_property(b).name);
  if (!is_container(a)) return values_equal(run, a, b);
  const String *name = as_container(a).name, *other_name = as_container(b).name;
  return as_container(a).count == as_container(b).count && (!name || !other_name || equal(*name, *other_name));
}

bool deep_equals(Evaluation& run, const JToken* a, const JToken* b) {
  if (!a || !b || a == b) return a == b;
  const JToken *at = a, *pair = b;
  while (pair && run.charge(1) && equal_without_children(run, *at, *pair)) {
    const JToken* next = next_below(*a, *at);
    if (!next) return true;
    for (; at != next->parent; at = at->parent) pair = pair->parent;
    pair = counterpart(run, *next, *pair);
    at = next;
  }
  return false;
}

// Names with these characters stand in ['…'].
static bool is_special_in_path(char16_t unit) {
  return std::u16string_view(u". '/\"[]()\t\n\r\f\b\\\u0085\u2028\u2029").find(unit) != npos;
}

void append_path_name(std::string& path, const String& name) {
  bool is_plain = true;
  for (size_t i = 0; i < name.length; ++i) is_plain &= !is_special_in_path(name[i]);
  if (is_plain) {
    if (!path.empty()) path += '.';
    path += utf8(name);
    return;
  }
  path += "['";
  for (char c : utf8(name)) {
    static constexpr std::string_view plain = "\t\n\r\f\b\\'", letters = "tnrfb\\'";
    const size_t at = plain.find(c);
    if (at != npos) path += '\\';
    path += at == npos ? c : letters[at];
  }
  path += "']";
}

std::string token_path(const JToken& token) {
  std::vector<const JToken*> steps;
  for (const JToken* at = &token; at; at = at->parent) steps.push_back(at);
  std::string path;
  for (size_t i = steps.size(); i-- > 0;) {
    const JToken& step = *steps[i];
    if (step.kind == JKind::property)
      append_path_name(path, *as_property(step).name);
    else if (step.parent && (step.parent->kind == JKind::array || step.parent->kind == JKind::constructor))
      path += "[" + std::to_string(step.index) + "]";
  }
  return path;
}

}  // namespace gatelet::cs
