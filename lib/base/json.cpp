// The Json tree: making, looking up, merging and printing values. Reading is json_parse.cpp's and yaml.cpp's work.
#include "base/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json_node.hpp"
#include "base/text.hpp"

namespace gatelet {

namespace {

constexpr size_t indexed_members_min = 9;  // fewer are found faster by looking at each

std::vector<uint32_t> order_by_name(const std::vector<Json::Member>& members) {
  std::vector<uint32_t> order(members.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint32_t>(i);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return members[a].name < members[b].name; });
  return order;
}

const Json::Member* duplicate_in(const std::vector<Json::Member>& members, const std::vector<uint32_t>& order) {
  const Json::Member* first = nullptr;  // the one that comes first in the text
  for (size_t i = 1; i < order.size(); ++i) {
    const Json::Member& later = members[order[i]];
    if (later.name == members[order[i - 1]].name && (!first || &later < first)) first = &later;
  }
  return first;
}

const Json null_json;

}  // namespace

Json JsonBuilder::object(SourcePos at, std::vector<Json::Member> members, const Json::Member** duplicate) {
  JsonObject object{std::move(members), {}};
  const bool indexed = object.members.size() >= indexed_members_min;
  if (indexed || (duplicate && object.members.size() > 1)) object.by_name = order_by_name(object.members);
  const bool has_duplicate = duplicate && duplicate_in(object.members, object.by_name);
  if (!indexed) object.by_name = {};
  Json made = make(at, std::move(object));
  if (has_duplicate) *duplicate = duplicate_in(made.members(), order_by_name(made.members()));
  return made;
}

Json Json::from(bool value) { return JsonBuilder::make({}, value); }
Json Json::from(double value) { return JsonBuilder::make({}, JsonNumber{value, {}}); }
Json Json::from(int value) { return from(static_cast<double>(value)); }
Json Json::from(std::string_view value) { return JsonBuilder::make({}, std::string(value)); }
Json Json::from(const char* value) { return from(std::string_view(value)); }
Json Json::array(std::vector<Json> items) { return JsonBuilder::make({}, std::move(items)); }
Json Json::object(std::vector<Member> members) { return JsonBuilder::object({}, std::move(members), nullptr); }

Json::Kind Json::kind() const { return node_ ? static_cast<Kind>(node_->value.index()) : Kind::null; }

bool Json::boolean() const { return is_boolean() && std::get<bool>(node_->value); }

double Json::number() const { return is_number() ? std::get<JsonNumber>(node_->value).value : 0; }

std::string_view Json::string() const { return is_string() ? std::get<std::string>(node_->value) : std::string_view(); }

SourcePos Json::at() const { return node_ ? node_->at : SourcePos(); }

Json Json::placed_at(SourcePos at) const {
  return node_ ? Json(std::make_shared<const Node>(Node{at, node_->value})) : JsonBuilder::null(at);
}

size_t Json::size() const { return is_array() ? items().size() : members().size(); }

const std::vector<Json>& Json::items() const {
  static const std::vector<Json> none;
  return is_array() ? std::get<std::vector<Json>>(node_->value) : none;
}

const std::vector<Json::Member>& Json::members() const {
  static const std::vector<Member> none;
  return is_object() ? std::get<JsonObject>(node_->value).members : none;
}

const Json& Json::operator[](size_t index) const { return index < items().size() ? items()[index] : null_json; }

const Json& Json::operator[](std::string_view name) const {
  const Member* member = find(name);
  return member ? member->value : null_json;
}

const Json::Member* Json::find(std::string_view name) const {
  if (!is_object()) return nullptr;
  const JsonObject& object = std::get<JsonObject>(node_->value);
  if (object.by_name.empty()) {
    for (const Member& member : object.members)
      if (member.name == name) return &member;
    return nullptr;
  }
  const auto found = std::lower_bound(object.by_name.begin(), object.by_name.end(), name,
                                      [&](uint32_t index, std::string_view wanted) { return object.members[index].name < wanted; });
  return found != object.by_name.end() && object.members[*found].name == name ? &object.members[*found] : nullptr;
}

bool Json::operator==(const Json& other) const {
  if (node_ == other.node_) return true;
  if (kind() != other.kind() || size() != other.size()) return false;
  if (is_array()) return items() == other.items();
  if (is_object())
    return std::all_of(members().begin(), members().end(), [&](const Member& member) {
      const Member* twin = other.find(member.name);
      return twin && member.value == twin->value;
    });
  return is_boolean() ? boolean() == other.boolean() : is_number() ? number() == other.number() : string() == other.string();
}

Json Json::merged_with(const Json& overlay) const {
  if (!is_object() || !overlay.is_object()) return overlay;
  std::vector<Member> merged = members();
  for (const Member& member : overlay.members()) {
    const Member* own = find(member.name);
    if (own)
      merged[static_cast<size_t>(own - members().data())].value = own->value.merged_with(member.value);
    else
      merged.push_back(member);
  }
  return JsonBuilder::object(at(), std::move(merged), nullptr);
}

Json Json::with(std::string_view name, Json value) const {
  std::vector<Member> changed = members();
  if (const Member* own = find(name))
    changed[static_cast<size_t>(own - members().data())].value = std::move(value);
  else
    changed.push_back({std::string(name), std::move(value), {}});
  return JsonBuilder::object(at(), std::move(changed), nullptr);
}

Json Json::without(std::string_view name) const {
  if (!has(name)) return *this;
  std::vector<Member> changed;
  for (const Member& member : members())
    if (member.name != name) changed.push_back(member);
  return JsonBuilder::object(at(), std::move(changed), nullptr);
}

// Printing ----------------------------------------------------------------------------------------------------------------------------

namespace {

// As ECMAScript prints numbers, which is what RFC 8785 asks for.
void append_number(std::string& out, double value) {
  if (value == 0 || !std::isfinite(value)) {  // only built values can be not finite
    out += value == 0 ? "0" : "null";
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific).ptr;
  const std::string_view printed(buffer, static_cast<size_t>(end - buffer));
  const size_t e = printed.find('e');
  std::string digits(printed.substr(0, e));
  std::erase(digits, '.');
  int exponent = 0;
  std::from_chars(printed.data() + e + (printed[e + 1] == '+' ? 2 : 1), end, exponent);
  const int point = exponent + 1;  // digits before the decimal point
  const int count = static_cast<int>(digits.size());
  if (value < 0) out += '-';
  if (point > 21 || point <= -6) {
    out += digits[0];
    if (count > 1) out.append(".").append(digits, 1);
    out.append(exponent < 0 ? "e" : "e+").append(std::to_string(exponent));
  } else if (point <= 0) {
    out.append("0.").append(static_cast<size_t>(-point), '0').append(digits);
  } else if (count <= point) {
    out.append(digits).append(static_cast<size_t>(point - count), '0');
  } else {
    out.append(digits, 0, static_cast<size_t>(point)).append(".").append(digits, static_cast<size_t>(point));
  }
}

void append_string(std::string& out, std::string_view text) {
  static constexpr std::string_view plain = "btnufr";  // the short escapes of 0x08 to 0x0D; 0x0B has none
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append("\\").push_back(c);
    } else if (byte >= 0x20) {
      out += c;
    } else if (byte >= 0x08 && byte <= 0x0D && byte != 0x0B) {
      out.append("\\").push_back(plain[byte - 0x08]);
    } else {
      out.append("\\u00").push_back(byte < 0x10 ? '0' : '1');
      out += "0123456789abcdef"[byte & 15];
    }
  }
  out += '"';
}

// RFC 8785 sorts names by their UTF-16 units: that differs from byte order only where U+E000..U+FFFF meets U+10000 and above.
bool before_in_utf16(std::string_view a, std::string_view b) {
  const auto difference = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (difference.first == a.end() || difference.second == b.end()) return a.size() < b.size();
  const auto x = static_cast<unsigned char>(*difference.first), y = static_cast<unsigned char>(*difference.second);
  const bool x_is_astral = x >= 0xF0, y_is_astral = y >= 0xF0;
  if (x_is_astral != y_is_astral && std::min(x, y) >= 0xEE) return x_is_astral;
  return x < y;
}

void append_json(std::string& out, const Json& json, bool canonical);

void append_members(std::string& out, const std::vector<Json::Member>& members, bool canonical) {
  std::vector<const Json::Member*> sorted;
  sorted.reserve(members.size());
  for (const Json::Member& member : members) sorted.push_back(&member);
  if (canonical) std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return before_in_utf16(a->name, b->name); });
  out += '{';
  for (const Json::Member* member : sorted) {
    if (member != sorted.front()) out += ',';
    append_string(out, member->name);
    out += ':';
    append_json(out, member->value, canonical);
  }
  out += '}';
}

void append_json(std::string& out, const Json& json, bool canonical) {
  switch (json.kind()) {
    case Json::Kind::null: out += "null"; return;
    case Json::Kind::boolean: out += json.boolean() ? "true" : "false"; return;
    case Json::Kind::number: return append_number(out, json.number());
    case Json::Kind::string: return append_string(out, json.string());
    case Json::Kind::object: return append_members(out, json.members(), canonical);
    case Json::Kind::array: break;
  }
  out += '[';
  for (const Json& item : json.items()) {
    if (&item != json.items().data()) out += ',';
    append_json(out, item, canonical);
  }
  out += ']';
}

}  // namespace

std::string Json::scalar_text() const {
  if (is_string()) return std::string(string());
  if (is_boolean()) return boolean() ? "true" : "false";
  if (!is_number()) return {};
  const JsonNumber& number = std::get<JsonNumber>(node_->value);
  return number.written.empty() ? text() : number.written;
}

std::string Json::text() const {
  std::string out;
  append_json(out, *this, false);
  return out;
}

std::string Json::canonical() const {
  std::string out;
  append_json(out, *this, true);
  return out;
}

}  // namespace gatelet
