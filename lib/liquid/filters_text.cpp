// Filters of texts. A filter of nil gives nil, except those that add to it.
#include <algorithm>

#include "expr/base64.hpp"
#include "expr/text_search.hpp"
#include "expr/web_texts.hpp"
#include "liquid/filters.hpp"

namespace gatelet::liquid {
namespace text_filter_rows {

using cs::String;
using cs::TextBuilder;

static bool is_blank(const String& text) {
  for (size_t i = 0; i < text.length; ++i)
    if (!cs::is_white_space(text[i])) return false;
  return true;
}

static Value part_of(FilterCall& call, const String& text, size_t from, size_t to) {
  return text_value(cs::substring(call.run, text, from, to - from));
}

template <char16_t (*map)(char16_t)>
static Value mapped(FilterCall& call) {
  if (call.input.is_nil()) return {};
  const String& plain = call.input_text();
  TextBuilder out(call.run);
  if (!call.run.charge_text(plain.length * 2ul)) return {};
  for (size_t i = 0; i < plain.length; ++i) out.append(map(plain[i]));
  return text_value(out.finish());
}

// The first letter large, the others small; DotLiquid before 2.1 did so with each word.
static Value capitalize(FilterCall& call) {
  if (call.input.is_nil()) return {};
  const String& plain = call.input_text();
  TextBuilder out(call.run);
  bool is_first = true;
  if (!call.run.charge_text(plain.length * 2ul)) return {};
  for (size_t i = 0; i < plain.length; ++i) {
    const bool is_space = cs::is_white_space(plain[i]);
    out.append(is_space ? plain[i] : is_first ? cs::upper_unit(plain[i]) : cs::lower_unit(plain[i]));
    is_first = is_first && is_space;
  }
  return text_value(out.finish());
}

template <const String* (*convert)(cs::Evaluation&, const String&)>
static Value converted(FilterCall& call) {
  return call.input.is_nil() ? Value{} : text_value(convert(call.run, call.input_text()));
}

static const String* escape_once(cs::Evaluation& run, const String& text) { return cs::html_encode(run, *cs::html_decode(run, text)); }

static Value append(FilterCall& call) { return text_value(cs::concat(call.run, &call.input_text(), &call.text(0))); }
static Value prepend(FilterCall& call) { return text_value(cs::concat(call.run, &call.text(0), &call.input_text())); }

enum class Which : uint8_t { all, first, last };

static size_t find_last(cs::Evaluation& run, const String& text, const String& part) {
  size_t found = cs::npos;
  for (size_t at = cs::find_charged(run, text, part, 0); at != cs::npos && run.charge(1); at = cs::find_charged(run, text, part, at + 1))
    found = at;
  return found;
}

static Value replaced(FilterCall& call, const String& wanted, const String& replacement, Which which) {
  if (call.input.is_nil()) return {};
  const String& plain = call.input_text();
  if (plain.empty() || wanted.empty()) return text_value(&plain);
  size_t at = which == Which::last ? find_last(call.run, plain, wanted) : cs::find_charged(call.run, plain, wanted, 0);
  if (at == cs::npos) return text_value(&plain);
  TextBuilder out(call.run);
  size_t from = 0;
  for (; at != cs::npos && !call.run.failed(); at = which == Which::all ? cs::find_charged(call.run, plain, wanted, from) : cs::npos) {
    out.append(plain, from, at - from);
    out.append(&replacement);
    from = at + wanted.length;
    if (!call.run.charge(1)) return {};
  }
  out.append(plain, from, plain.length - from);
  return text_value(out.finish());
}

template <Which which>
static Value replace(FilterCall& call) {
  return replaced(call, call.text(0), call.text(1), which);
}
template <Which which>
static Value remove(FilterCall& call) {
  return replaced(call, call.text(0), cs::empty_string, which);
}

template <bool is_left, bool is_right>
static Value strip(FilterCall& call) {
  if (call.input.is_nil()) return {};
  const String& plain = call.input_text();
  size_t from = 0, to = plain.length;
  if (!call.run.charge_text(plain.length)) return {};
  while (is_left && from < to && cs::is_white_space(plain[from])) ++from;
  while (is_right && to > from && cs::is_white_space(plain[to - 1])) --to;
  return part_of(call, plain, from, to);
}

// "\n" and "\r\n": `mark` before each of them, or instead of it.
static Value with_lines(FilterCall& call, std::string_view mark, bool keeps_line) {
  if (call.input.is_nil()) return {};
  const String& plain = call.input_text();
  TextBuilder out(call.run);
  if (!call.run.charge_text(plain.length * 2ul)) return {};
  for (size_t i = 0; i < plain.length && !call.run.failed(); ++i) {
    const bool is_pair = plain[i] == '\r' && i + 1 < plain.length && plain[i + 1] == '\n';
    if (plain[i] != '\n' && !is_pair) {
      out.append(plain[i]);
      continue;
    }
    out.append(mark);
    if (keeps_line) out.append(plain, i, is_pair ? 2 : 1);
    i += is_pair;
  }
  return text_value(out.finish());
}
static Value newline_to_br(FilterCall& call) { return with_lines(call, "<br />", true); }
static Value strip_newlines(FilterCall& call) { return with_lines(call, "", false); }

// What begins here, ignoring case.
static bool begins(const String& text, size_t at, std::string_view wanted) {
  if (text.length - at < wanted.size()) return false;
  for (size_t i = 0; i < wanted.size(); ++i)
    if (cs::lower_unit(text[at + i]) != static_cast<char16_t>(wanted[i])) return false;
  return true;
}

// Elements whose content is no text, and comments.
struct HiddenBlock {
  std::string_view begin, end;
};
constexpr HiddenBlock hidden_blocks[] = {{"<script", "</script>"}, {"<!--", "-->"}, {"<style", "</style>"}};

// Finds ends of tags and blocks; an end that was looked for in vain is not looked for again.
class EndFinder {
 public:
  explicit EndFinder(const String& text) : text_(text) {}
  // The place after it; 0: there is none.
  size_t find(size_t from, size_t which, std::string_view end) {
    for (; !is_absent_[which] && from < text_.length; ++from)
      if (begins(text_, from, end)) return from + end.size();
    is_absent_[which] = true;
    return 0;
  }

 private:
  const String& text_;
  bool is_absent_[std::size(hidden_blocks) + 1] = {};
};

static Value strip_html(FilterCall& call) {
  if (call.input.is_nil()) return {};
  const String& plain = call.input_text();
  TextBuilder out(call.run);
  EndFinder ends(plain);
  if (!call.run.charge_text(plain.length * 8ul)) return {};
  for (size_t at = 0; at < plain.length;) {
    size_t end = 0;
    if (plain[at] == '<') {
      for (size_t i = 0; i < std::size(hidden_blocks) && !end; ++i)
        if (begins(plain, at, hidden_blocks[i].begin)) end = ends.find(at + hidden_blocks[i].begin.size(), i, hidden_blocks[i].end);
      if (!end) end = ends.find(at + 1, std::size(hidden_blocks), ">");
    }
    if (end)
      at = end;
    else
      out.append(plain[at++]);
  }
  return text_value(out.finish());
}

static Value truncate(FilterCall& call) {
  int64_t length = 0;
  if (call.input.is_nil() || !call.integer(0, 50, length)) return {};
  static constexpr String dots{"...", 3, false};
  const String& plain = call.input_text();
  const String& end = call.has(1) ? call.text(1) : dots;
  if (plain.empty()) return text_value(&plain);
  if (length < 0) return text_value(&end);
  if (plain.length <= static_cast<uint64_t>(length)) return text_value(&plain);
  const auto kept = static_cast<size_t>(std::max<int64_t>(0, length - static_cast<int64_t>(end.length)));
  return text_value(cs::concat(call.run, cs::substring(call.run, plain, 0, kept), &end));
}

static Value truncate_words(FilterCall& call) {
  int64_t words = 0;
  if (call.input.is_nil() || !call.integer(0, 15, words)) return {};
  static constexpr String dots{"...", 3, false};
  const String& plain = call.input_text();
  const String& end = call.has(1) ? call.text(1) : dots;
  if (plain.empty()) return text_value(&plain);
  if (words <= 0) return text_value(&end);
  if (!call.run.charge_text(plain.length)) return {};
  for (size_t i = 0; i < plain.length; ++i)
    if (plain[i] == ' ' && --words == 0) return text_value(cs::concat(call.run, cs::substring(call.run, plain, 0, i), &end));
  return text_value(&plain);
}

// What is nil, false or empty; numbers as their text, as DotLiquid gives it.
static Value default_to(FilterCall& call) {
  const Value value = scalar(call.scene, call.input);
  const bool is_absent = !is_true(value) || (value.kind == Kind::text ? is_blank(value.text()) : is_empty(call.scene, value));
  if (is_absent) return call.argument(0);
  return value.kind == Kind::decimal ? text_value(&text_of(call.scene, value)) : call.input;
}

static Value base64_encode(FilterCall& call) {
  if (!call.run.charge_text(call.input_text().length * 4ul)) return {};
  return text_value(cs::copy_of(call.run, cs::base64_text(cs::utf8(call.input_text()))));
}

static Value base64_url_safe_encode(FilterCall& call) {
  std::string encoded = cs::base64_text(cs::utf8(call.input_text()));
  std::replace(encoded.begin(), encoded.end(), '+', '-');
  std::replace(encoded.begin(), encoded.end(), '/', '_');
  return call.run.charge_text(encoded.size() * 2) ? text_value(cs::copy_of(call.run, encoded)) : Value{};
}

static Value decoded(FilterCall& call, const String& encoded) {
  std::string bytes;
  if (!call.run.charge_text(encoded.length * 2ul)) return {};
  if (!cs::parse_base64(encoded, bytes))
    return call.run.fail(cs::types::format_exception, "The input is not a valid Base-64 string."), Value{};
  return text_value(cs::copy_of(call.run, bytes));
}

static Value base64_decode(FilterCall& call) { return decoded(call, call.input_text()); }

static Value base64_url_safe_decode(FilterCall& call) {
  std::string standard = cs::utf8(call.input_text());
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  return decoded(call, *cs::copy_of(call.run, standard));
}

static constexpr Filter filters[] = {
    {"Append", 1, 1, append},
    {"Base64Decode", 0, 0, base64_decode, false},
    {"Base64Encode", 0, 0, base64_encode, false},
    {"Base64UrlSafeDecode", 0, 0, base64_url_safe_decode, false},
    {"Base64UrlSafeEncode", 0, 0, base64_url_safe_encode, false},
    {"Capitalize", 0, 0, capitalize},
    {"Default", 1, 1, default_to},
    {"Downcase", 0, 0, mapped<cs::lower_unit>},
    {"Escape", 0, 0, converted<cs::html_encode>},
    {"EscapeOnce", 0, 0, converted<escape_once>, false},
    {"H", 0, 0, converted<cs::html_encode>},
    {"Lstrip", 0, 0, strip<true, false>},
    {"NewlineToBr", 0, 0, newline_to_br},
    {"Prepend", 1, 1, prepend},
    {"Remove", 1, 1, remove<Which::all>},
    {"RemoveFirst", 1, 1, remove<Which::first>},
    {"RemoveLast", 1, 1, remove<Which::last>, false},
    {"Replace", 1, 2, replace<Which::all>},
    {"ReplaceFirst", 1, 2, replace<Which::first>},
    {"ReplaceLast", 1, 2, replace<Which::last>, false},
    {"Rstrip", 0, 0, strip<false, true>},
    {"Strip", 0, 0, strip<true, true>},
    {"StripHtml", 0, 0, strip_html},
    {"StripNewlines", 0, 0, strip_newlines},
    {"Truncate", 0, 2, truncate},
    {"TruncateWords", 0, 2, truncate_words},
    {"Upcase", 0, 0, mapped<cs::upper_unit>},
    {"UrlDecode", 0, 0, converted<cs::url_decode>},
    {"UrlEncode", 0, 0, converted<cs::url_encode>},
};

}  // namespace text_filter_rows

std::span<const Filter> text_filters() { return text_filter_rows::filters; }

}  // namespace gatelet::liquid
