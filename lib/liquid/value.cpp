// What becomes of the values of requests, and of numbers and texts, in a template.
#include "liquid/value.hpp"

#include <algorithm>
#include <cmath>

#include "base/limits.hpp"
#include "expr/context_model.hpp"
#include "expr/context_objects.hpp"
#include "expr/cryptography.hpp"
#include "expr/dates.hpp"
#include "expr/format.hpp"
#include "expr/numbers.hpp"

namespace gatelet::liquid {

namespace value_rows {

// 2012-03-21T05:40Z and its like without seconds, which the reader of JSON leaves as they are.
static bool has_short_date_form(const cs::String& text) {
  return !text.is_wide && text.length >= 16 && text.length <= 22 && text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
         text[13] == ':' && (text.length == 16 || text[16] == 'Z' || text[16] == '+' || text[16] == '-');
}

static bool read_date(const cs::String& text, cs::DateTime& out) {
  if (text.is_wide || text.length < 16 || text.length > 40 || text[4] != '-' || text[10] != 'T') return false;
  std::string whole(text.ascii());
  if (has_short_date_form(text)) whole.insert(16, ":00");
  cs::ParsedDate parsed;
  if (!cs::parse_iso_date(whole, parsed)) return false;
  out = {parsed.ticks - parsed.offset_minutes * cs::ticks_per_minute,
         parsed.has_offset ? cs::DateTimeKind::utc : cs::DateTimeKind::unspecified};
  return true;
}

// Texts of JSON in the long form are dates already.
static Value value_of_text(const Scene& scene, const cs::String* value) {
  cs::DateTime found;
  if (scene.conversion.reads_dates && has_short_date_form(*value) && read_date(*value, found)) return date(found);
  return text_value(value);
}

static Value value_of_leaf(const Scene& scene, const cs::String* value) {
  cs::DateTime found;
  return scene.conversion.reads_dates && read_date(*value, found) ? date(found) : text_value(value);
}

constexpr std::string_view instance_space_uri = "http://www.w3.org/2001/XMLSchema-instance";

static bool is_nil_element(const cs::XNode& element) {
  for (const cs::XNode* at = element.first_attribute; at; at = at->next)
    if (equal(*at->name, "nil") && equal(*at->space, instance_space_uri)) return equal(*at->value, "true") || equal(*at->value, "1");
  return false;
}

static bool has_members(const cs::XNode& element) {
  for (const cs::XNode* at = element.first; at; at = at->next)
    if (at->kind == cs::XNode::Kind::element) return true;
  for (const cs::XNode* at = element.first_attribute; at; at = at->next)
    if (!cs::is_namespace_declaration(*at)) return true;
  return false;
}

static Value value_of_held(const Scene& scene, cs::Value held) {
  switch (held.type ? held.type->basic : cs::Basic::none) {
    case cs::Basic::boolean: return boolean(held.boolean());
    case cs::Basic::character: return text_value(cs::unit_string(scene.run, held.character()));
    case cs::Basic::int8:
    case cs::Basic::uint8:
    case cs::Basic::int16:
    case cs::Basic::uint16:
    case cs::Basic::int32:
    case cs::Basic::uint32:
    case cs::Basic::int64: return integer(held.bits);
    case cs::Basic::uint64: return decimal(scene, cs::decimal_of_unsigned(held.uint64()));
    case cs::Basic::single:
    case cs::Basic::real: return real(held.real());
    case cs::Basic::decimal: return object(Kind::decimal, held.object<const cs::Decimal>());
    case cs::Basic::text: return text_value(held.text());
    default: break;
  }
  if (held.is_null()) return {};
  if (held.is(cs::types::date_time)) return {Kind::date, held.bits};
  return text_value(cs::to_string(scene.run, held));
}

// Lists in lists are joined, as deep as data can be.
static void append_text(const Scene& scene, cs::TextBuilder& out, Value value, uint32_t depth) {
  const Sequence items(scene, value);
  if (value.kind == Kind::text || !items.is_sequence()) return out.append(text_of(scene, value), 0, text_of(scene, value).length);
  if (depth > liquid_depth_max) return void(scene.run.abort("The values of the template are nested too deeply."));
  for (size_t i = 0; i < items.size() && scene.run.charge(1); ++i) append_text(scene, out, items.at(i), depth + 1);
}

static const cs::String* joined(const Scene& scene, Value value) {
  cs::TextBuilder out(scene.run);
  append_text(scene, out, value, 0);
  return out.finish();
}

static const cs::String* pair_text(const Scene& scene, const Pair& pair) {
  cs::TextBuilder out(scene.run);
  out.append(u'[');
  out.append(&text_of(scene, pair.key));
  out.append(std::string_view(", "));
  out.append(&text_of(scene, pair.value));
  out.append(u']');
  return out.finish();
}

static const cs::String* url_text(const Scene& scene, bool as_received) {
  const cs::UrlView url = scene.run.context.url(as_received);
  const bool is_default = url.port == 0 || url.port == (url.scheme == "https" || url.scheme == "wss" ? 443 : 80);
  const std::string port = is_default ? "" : ":" + std::to_string(url.port);
  return cs::view_of(scene.run,
                     scene.run.arena.concat(url.scheme, "://", url.host, port, url.path, url.query.empty() ? "" : "?", url.query));
}

static const cs::String* any_text(const Scene& scene, Value value) {
  switch (value.kind) {
    case Kind::boolean: return cs::view_of(scene.run, value.bits ? "true" : "false");
    case Kind::integer: return cs::integer_text(scene.run, value.bits);
    case Kind::real: return cs::real_text(scene.run, value.real());
    case Kind::decimal: return cs::decimal_text(scene.run, value.as<cs::Decimal>());
    case Kind::text: return &value.text();
    case Kind::date: return cs::format_date(scene.run, cs::DateTime::from_bits(value.bits), nullptr);
    case Kind::element: return cs::text_of_tree(scene.run, value.as<cs::XNode>());
    case Kind::certificate: return cs::to_string(scene.run, cs::certificate_value(&value.as<crypto::Certificate>()));
    case Kind::pair: return pair_text(scene, value.as<Pair>());
    case Kind::part:
      if (value.bits == static_cast<int64_t>(Part::url) || value.bits == static_cast<int64_t>(Part::original_url))
        return url_text(scene, value.bits == static_cast<int64_t>(Part::original_url));
      return &cs::empty_string;
    case Kind::tree:
    case Kind::list:
    case Kind::range:
    case Kind::dictionary:
    case Kind::sequence: return joined(scene, value);
    case Kind::nil:
    case Kind::loop:
    case Kind::response:
    case Kind::empty: break;
  }
  return &cs::empty_string;
}

// Texts and booleans as the other side's kind, as Convert.ChangeType does.
static bool equals_text(const Scene& scene, Value text, Value other) {
  double a = 0, b = 0;
  if (other.is_number() && real_of(scene, text, a) && real_of(scene, other, b)) return a == b;
  return other.kind != Kind::nil && cs::equal(text.text(), text_of(scene, other));
}

static bool equal_sequences(const Scene& scene, const Sequence& a, const Sequence& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size() && scene.run.charge(1); ++i)
    if (!equals(scene, a.at(i), b.at(i))) return false;
  return true;
}

static bool equal_numbers(const Scene& scene, Value a, Value b) {
  if (a.kind == Kind::integer && b.kind == Kind::integer) return a.bits == b.bits;
  cs::Decimal exact_a, exact_b;
  if (a.kind != Kind::real && b.kind != Kind::real && decimal_of(scene, a, exact_a) && decimal_of(scene, b, exact_b))
    return cs::compare(exact_a, exact_b) == 0;
  double real_a = 0, real_b = 0;
  return real_of(scene, a, real_a) && real_of(scene, b, real_b) && real_a == real_b;
}

static bool is_list(Kind kind) { return kind == Kind::list || kind == Kind::tree || kind == Kind::sequence; }

static bool date_of(Value value, int64_t& ticks) {
  if (value.kind == Kind::date) return ticks = cs::DateTime::from_bits(value.bits).ticks, true;
  cs::ParsedDate parsed;
  if (value.kind != Kind::text || !cs::parse_date(value.text(), 0, parsed)) return false;
  return ticks = parsed.ticks - parsed.offset_minutes * cs::ticks_per_minute, true;
}

template <class T>
static int order_of(T a, T b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

}  // namespace value_rows

Value value_of(const Scene& scene, const cs::JToken& token) {
  switch (token.kind) {
    case cs::JKind::object:
    case cs::JKind::array: return object(Kind::tree, &token);
    case cs::JKind::property: return value_of(scene, *cs::as_property(const_cast<cs::JToken&>(token)).content);
    case cs::JKind::none:
    case cs::JKind::constructor:
    case cs::JKind::null:
    case cs::JKind::undefined: return {};
    case cs::JKind::text: return value_rows::value_of_text(scene, cs::held(token).text());
    case cs::JKind::integer:
      if (cs::held(token).is(cs::big_integer_type)) return text_value(cs::held(token).text());
      [[fallthrough]];
    default: return value_rows::value_of_held(scene, cs::held(token));
  }
}

Value value_of(const Scene& scene, const cs::XNode& node) {
  if (!node.is_container()) return value_rows::value_of_leaf(scene, node.value);
  if (node.kind == cs::XNode::Kind::document) return object(Kind::element, &node);
  if (value_rows::is_nil_element(node)) return scene.conversion.is_nil_null ? Value{} : text_value(&cs::empty_string);
  if (value_rows::has_members(node)) return object(Kind::element, &node);
  const bool has_one_text = node.first && node.first == node.last && node.first->is_text();
  return value_rows::value_of_leaf(scene, has_one_text ? node.first->value : cs::text_of_tree(scene.run, node));
}

Value value_of(const Scene& scene, cs::Value value) {
  if (value.is_null()) return {};
  if (cs::is_token(value)) return value_of(scene, *value.object<const cs::JToken>());
  if (value.is(cs::response_type)) return object(Kind::response, value.object<const Response>());
  if (value.is(cs::certificate_type)) return object(Kind::certificate, value.object<const crypto::Certificate>());
  if (value.is(cs::x_element_type) || value.is(cs::x_document_type) || value.is(cs::x_attribute_type))
    return value_of(scene, *value.object<const cs::XNode>());
  const cs::TypeOps& operations = value.type->operations();
  if (value.type->basic == cs::Basic::text || value.type->basic != cs::Basic::none) return value_rows::value_of_held(scene, value);
  if (operations.dictionary) return object(Kind::dictionary, scene.run.make<cs::Value>(value));
  if (operations.iterate) return object(Kind::sequence, scene.run.make<cs::Value>(value));
  return value_rows::value_of_held(scene, value);
}

Value scalar(const Scene& scene, Value value) {
  return value.kind == Kind::element ? text_value(cs::text_of_tree(scene.run, value.as<cs::XNode>())) : value;
}

const cs::String& text_of(const Scene& scene, Value value) {
  if (value.kind == Kind::text) return value.text();
  const cs::String* made = value_rows::any_text(scene, value);
  return made ? *made : cs::empty_string;
}

const cs::String& printed(const Scene& scene, Value value) {
  const cs::String& plain = text_of(scene, value);
  if (value.kind != Kind::decimal || plain.is_wide) return plain;
  const std::string_view digits = plain.ascii();
  if (digits.find('.') == std::string_view::npos) return plain;
  const size_t last = digits.find_last_not_of('0');
  return *cs::view_of(scene.run, digits.substr(0, digits[last] == '.' ? last : last + 1));
}

bool is_true(Value value) { return value.kind != Kind::nil && (value.kind != Kind::boolean || value.bits != 0); }

bool is_empty(const Scene& scene, Value value) {
  if (value.kind == Kind::text) return value.text().empty();
  const Sequence items(scene, value);
  return items.is_sequence() && items.size() == 0;
}

bool equals(const Scene& scene, Value a, Value b) {
  a = scalar(scene, a);
  b = scalar(scene, b);
  if (a.kind == Kind::empty || b.kind == Kind::empty) return a.kind == b.kind || is_empty(scene, a.kind == Kind::empty ? b : a);
  if (a.is_number() && b.is_number()) return value_rows::equal_numbers(scene, a, b);
  if (a.kind == Kind::tree && b.kind == Kind::tree) return cs::deep_equals(scene.run, &a.as<cs::JToken>(), &b.as<cs::JToken>());
  if (value_rows::is_list(a.kind) && value_rows::is_list(b.kind))
    return value_rows::equal_sequences(scene, Sequence(scene, a), Sequence(scene, b));
  if (a.kind == Kind::text && b.kind == Kind::text)
    return a.text().length == b.text().length && scene.run.charge_text(a.text().length) && cs::equal(a.text(), b.text());
  if (a.kind == Kind::text) return value_rows::equals_text(scene, a, b);
  if (b.kind == Kind::text) return value_rows::equals_text(scene, b, a);
  if (a.kind == Kind::boolean && b.is_number()) return equals(scene, integer(a.bits), b);
  if (b.kind == Kind::boolean && a.is_number()) return equals(scene, a, integer(b.bits));
  if (a.kind == Kind::range && b.kind == Kind::range)
    return a.as<Range>().first == b.as<Range>().first && a.as<Range>().last == b.as<Range>().last;
  if (a.kind == Kind::pair && b.kind == Kind::pair)
    return equals(scene, a.as<Pair>().key, b.as<Pair>().key) && equals(scene, a.as<Pair>().value, b.as<Pair>().value);
  return a.kind == b.kind && a.bits == b.bits;
}

bool compare(const Scene& scene, Value a, Value b, int& order) {
  a = scalar(scene, a);
  b = scalar(scene, b);
  if (a.kind == Kind::text && b.kind == Kind::text)
    return scene.run.charge_text(std::min(a.text().length, b.text().length)) && (order = cs::compare_ordinal(a.text(), b.text()), true);
  int64_t ticks_a = 0, ticks_b = 0;
  if (a.kind == Kind::date || b.kind == Kind::date)
    return value_rows::date_of(a, ticks_a) && value_rows::date_of(b, ticks_b) && (order = value_rows::order_of(ticks_a, ticks_b), true);
  if (a.kind == Kind::integer && b.kind == Kind::integer) return order = value_rows::order_of(a.bits, b.bits), true;
  if (a.kind == Kind::boolean && b.kind == Kind::boolean) return order = value_rows::order_of(a.bits, b.bits), true;
  if (!a.is_number() && !b.is_number()) return false;
  double real_a = 0, real_b = 0;
  if (!real_of(scene, a, real_a) || !real_of(scene, b, real_b) || std::isnan(real_a) || std::isnan(real_b)) return false;
  return order = value_rows::order_of(real_a, real_b), true;
}

bool decimal_of(const Scene& scene, Value value, cs::Decimal& out) {
  value = scalar(scene, value);
  switch (value.kind) {
    case Kind::integer: return out = cs::decimal_of(value.bits), true;
    case Kind::decimal: return out = value.as<cs::Decimal>(), true;
    case Kind::text: return cs::parse_decimal(value.text(), out) == cs::NumberFault::none;
    case Kind::boolean: return out = cs::decimal_of(value.bits), true;
    case Kind::real: break;
    default: return false;
  }
  if (!(std::fabs(value.real()) < 7.9e28)) return false;  // decimal's range; NaN too
  return cs::decimal_of_real(scene.run, value.real(), 15, out);
}

bool real_of(const Scene& scene, Value value, double& out) {
  value = scalar(scene, value);
  switch (value.kind) {
    case Kind::integer: return out = static_cast<double>(value.bits), true;
    case Kind::decimal: return out = cs::real_of(value.as<cs::Decimal>()), true;
    case Kind::real: return out = value.real(), true;
    case Kind::text: return cs::parse_real(value.text(), out) == cs::NumberFault::none;
    case Kind::boolean: return out = static_cast<double>(value.bits), true;
    default: return false;
  }
}

bool integer_of(const Scene& scene, Value value, int64_t& out) {
  value = scalar(scene, value);
  if (value.is_nil()) return out = 0, true;
  if (value.kind == Kind::integer) return out = value.bits, true;
  if (value.kind == Kind::text) return cs::parse_integer(value.text(), cs::types::int64, out) == cs::NumberFault::none;
  cs::Decimal exact;
  return decimal_of(scene, value, exact) && cs::integer_of(cs::rounded(exact, 0, cs::Rounding::half_even), out);
}

Value decimal(const Scene& scene, const cs::Decimal& value) { return object(Kind::decimal, scene.run.make<cs::Decimal>(value)); }

bool ListBuilder::add(Value value) {
  if (count_ == items_.size()) {
    const std::span<Value> more = run_.try_array<Value>(std::max<size_t>(4, count_ * 2));
    if (!more.data() || !run_.charge(count_)) return false;
    std::copy(items_.begin(), items_.end(), more.begin());
    items_ = more;
  }
  items_[count_++] = value;
  return true;
}

Value ListBuilder::finish() { return object(Kind::list, run_.make<List>(items_.data(), static_cast<uint32_t>(count_))); }

}  // namespace gatelet::liquid
