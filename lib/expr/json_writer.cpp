// JSON as Newtonsoft's JsonTextWriter writes it.
#include "expr/base64.hpp"
#include "expr/dates.hpp"
#include "expr/format.hpp"
#include "expr/json.hpp"
#include "expr/uris.hpp"

namespace gatelet::cs {

namespace {

class JsonWriter {
 public:
  JsonWriter(Evaluation& run, bool is_indented) : run_(run), out_(run), is_indented_(is_indented) {}
  const String* write(const JToken& root);

 private:
  void begin(const JToken& token);
  void end(const JToken& token);
  void separate(const JToken& token);
  void new_line();
  void value(const JToken& token);
  void number(const Value& value);
  void real_number(Value value);
  void quoted(const String& text);
  void quoted(std::string_view ascii);

  Evaluation& run_;
  TextBuilder out_;
  bool is_indented_;
  size_t level_ = 0;
};

const String* JsonWriter::write(const JToken& root) {
  const JToken* at = &root;
  begin(root);
  while (run_.charge(1)) {
    const auto below = children(*at);
    if (!below.empty()) {
      at = below[0];
    } else {
      for (; at != &root && at->index + 1 == children(*at->parent).size(); at = at->parent) end(*at->parent);
      if (at == &root) break;
      at = children(*at->parent)[at->index + 1];
      out_.append(u',');
    }
    separate(*at);
    begin(*at);
  }
  return out_.finish();
}

void JsonWriter::new_line() {
  out_.append(u'\n');
  out_.append(u' ', 2 * level_);
}

// Items of constructors and a property's value stay on their line.
void JsonWriter::separate(const JToken& token) {
  if (is_indented_ && (token.parent->kind == JKind::object || token.parent->kind == JKind::array)) new_line();
}

void JsonWriter::begin(const JToken& token) {
  switch (token.kind) {
    case JKind::object: out_.append(std::string_view(as_container(token).count ? "{" : "{}")); break;
    case JKind::array: out_.append(std::string_view(as_container(token).count ? "[" : "[]")); break;
    case JKind::constructor:
      out_.append(std::string_view("new "));
      out_.append(as_container(token).name);
      out_.append(std::string_view(as_container(token).count ? "(" : "()"));
      break;
    case JKind::property:
      quoted(*as_property(token).name);
      out_.append(std::string_view(is_indented_ ? ": " : ":"));
      return;
    default: return value(token);
  }
  if (as_container(token).count) ++level_;
}

void JsonWriter::end(const JToken& token) {
  if (token.kind == JKind::property) return;
  --level_;
  if (is_indented_ && token.kind != JKind::constructor) new_line();
  out_.append(token.kind == JKind::object ? u'}' : token.kind == JKind::array ? u']' : u')');
}

void JsonWriter::quoted(std::string_view ascii) {
  out_.append(u'"');
  out_.append(ascii);
  out_.append(u'"');
}

bool needs_json_escape(char16_t unit) {
  return unit < ' ' || unit == '"' || unit == '\\' || unit == 0x85 || unit == 0x2028 || unit == 0x2029;
}

void JsonWriter::quoted(const String& text) {
  out_.append(u'"');
  size_t start = 0;
  for (size_t i = 0; i < text.length; ++i) {
    const char16_t unit = text[i];
    if (!needs_json_escape(unit)) continue;
    out_.append(text, start, i - start);
    start = i + 1;
    static constexpr std::string_view plain = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    const size_t at = unit < 0x80 ? plain.find(static_cast<char>(unit)) : npos;
    out_.append(u'\\');
    if (at != npos) {
      out_.append(static_cast<char16_t>(letters[at]));
    } else {
      out_.append(u'u');
      for (int shift = 12; shift >= 0; shift -= 4) out_.append(static_cast<char16_t>("0123456789abcdef"[unit >> shift & 15]));
    }
  }
  out_.append(text, start, text.length - start);
  out_.append(u'"');
}

void JsonWriter::real_number(Value value) {
  const String* text = to_string(run_, value);
  const std::string_view digits = text->ascii();
  if (digits.ends_with('y') || digits == "NaN") return quoted(digits);
  out_.append(digits);
  if (digits.find_first_of(".E") == std::string_view::npos) out_.append(std::string_view(".0"));
}

void JsonWriter::number(const Value& value) {
  if (value.type->kind == TypeKind::enumeration) return out_.append(integer_text(run_, value.bits));
  const Basic basic = value.type->basic;
  if (basic == Basic::single || basic == Basic::real || basic == Basic::decimal) return real_number(value);
  out_.append(to_string(run_, value));
}

void JsonWriter::value(const JToken& token) {
  const Value value = held(token);
  if (token.kind == JKind::undefined) return out_.append(std::string_view("undefined"));
  if (value.is_null()) return out_.append(std::string_view("null"));
  switch (token.kind) {
    case JKind::raw: return out_.append(to_string(run_, value));
    case JKind::comment:
      out_.append(std::string_view("/*"));
      out_.append(to_string(run_, value));
      return out_.append(std::string_view("*/"));
    case JKind::boolean: return out_.append(std::string_view(value.boolean() ? "true" : "false"));
    case JKind::integer:
    case JKind::real: return number(value);
    case JKind::date:
      return quoted(value.is(types::date_time) ? iso_text(DateTime::from_bits(value.bits))
                                               : iso_text(*value.object<const DateTimeOffset>()));
    case JKind::bytes: {
      const std::string_view bytes = value.object<const Bytes>()->view();
      if (run_.charge_text(bytes.size())) quoted(base64_text(bytes));
      return;
    }
    case JKind::uri: return quoted(*original_text(value));
    default: return quoted(*to_string(run_, value));
  }
}

}  // namespace

const String* json_text(Evaluation& run, const JToken& token, bool is_indented) { return JsonWriter(run, is_indented).write(token); }

}  // namespace gatelet::cs
