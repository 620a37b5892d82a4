// System.Net.WebUtility.
#include "base/text.hpp"
#include "expr/member.hpp"
#include "expr/web_texts.hpp"

namespace gatelet::cs {
namespace web_utility_rows {

static constinit const Type web_utility_type{.name = "System.Net.WebUtility", .is_static = true};

static std::string url_encoded(std::string_view given) {
  static constexpr char digits[] = "0123456789ABCDEF";
  static constexpr std::string_view kept = "-_.!*()";
  std::string out;
  for (const char c : given) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alpha(c) || is_digit(c) || kept.find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

static int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char letter = to_lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// A malformed escape stays as it is.
static std::string url_decoded(std::string_view encoded) {
  std::string out;
  for (size_t at = 0; at < encoded.size(); ++at) {
    const int high = encoded[at] == '%' && at + 2 < encoded.size() ? hex_value(encoded[at + 1]) : -1;
    const int low = high >= 0 ? hex_value(encoded[at + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high << 4 | low);
      at += 2;
    } else {
      out += encoded[at] == '+' ? ' ' : encoded[at];
    }
  }
  return out;
}

// The same for a part of an array of bytes.
template <std::string (*convert)(std::string_view)>
static Value url_bytes(Call& call) {
  const auto* bytes = call.object<const Bytes>(0);
  const int64_t start = call.int32(1), count = call.int32(2);
  if (!bytes) return count == 0 ? Value{} : call.run.fail_null("bytes");
  if (start < 0 || start > bytes->length || count < 0 || start + count > bytes->length)
    return call.run.fail_range("Specified argument was out of the range of valid values.",
                               start < 0 || start > bytes->length ? "offset" : "count");
  if (!call.run.charge_text(static_cast<size_t>(count) * 3)) return {};
  return bytes_value(call.run, convert(bytes->view().substr(static_cast<size_t>(start), static_cast<size_t>(count))));
}

static std::string_view entity_of(char16_t unit) {
  switch (unit) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '&': return "&amp;";
    default: return {};
  }
}

// The named entities of HTML 4 that stand for characters of Latin-1, by code from 160 on.
static constexpr std::string_view latin_entities[] = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",    "copy",   "ordf",   "laquo",
    "not",    "shy",    "reg",    "macr",   "deg",    "plusmn", "sup2",   "sup3",   "acute",  "micro",  "para",   "middot",
    "cedil",  "sup1",   "ordm",   "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave", "Iacute", "Icirc",  "Iuml",
    "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde", "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",
    "Uuml",   "Yacute", "THORN",  "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",    "ntilde", "ograve", "oacute",
    "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave", "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};
static constexpr std::pair<std::string_view, char32_t> other_entities[] = {
    {"quot", '"'},      {"amp", '&'},       {"apos", '\''},     {"lt", '<'},       {"gt", '>'},        {"euro", 0x20AC},
    {"ndash", 0x2013},  {"mdash", 0x2014},  {"lsquo", 0x2018},  {"rsquo", 0x2019}, {"sbquo", 0x201A},  {"ldquo", 0x201C},
    {"rdquo", 0x201D},  {"bdquo", 0x201E},  {"dagger", 0x2020}, {"bull", 0x2022},  {"hellip", 0x2026}, {"permil", 0x2030},
    {"lsaquo", 0x2039}, {"rsaquo", 0x203A}, {"trade", 0x2122},  {"OElig", 0x152},  {"oelig", 0x153},   {"Scaron", 0x160},
    {"scaron", 0x161},  {"Yuml", 0x178},    {"fnof", 0x192},    {"circ", 0x2C6},   {"tilde", 0x2DC},   {"larr", 0x2190},
    {"uarr", 0x2191},   {"rarr", 0x2192},   {"darr", 0x2193},   {"harr", 0x2194},  {"minus", 0x2212},  {"infin", 0x221E},
    {"ne", 0x2260},     {"le", 0x2264},     {"ge", 0x2265},     {"alpha", 0x3B1},  {"beta", 0x3B2},    {"gamma", 0x3B3},
    {"delta", 0x3B4},   {"epsilon", 0x3B5}, {"lambda", 0x3BB},  {"mu", 0x3BC},     {"pi", 0x3C0},      {"sigma", 0x3C3},
    {"omega", 0x3C9},   {"Omega", 0x3A9},   {"Delta", 0x394},   {"Sigma", 0x3A3},  {"ensp", 0x2002},   {"emsp", 0x2003},
    {"thinsp", 0x2009}, {"zwnj", 0x200C},   {"zwj", 0x200D},    {"lrm", 0x200E},   {"rlm", 0x200F}};

// 0: no entity.
static char32_t named_point(std::string_view name) {
  for (size_t i = 0; i < std::size(latin_entities); ++i)
    if (latin_entities[i] == name) return static_cast<char32_t>(160 + i);
  for (const auto& [known, point] : other_entities)
    if (known == name) return point;
  return 0;
}

static char32_t numbered_point(std::string_view digits) {
  const bool is_hex = digits.starts_with('x') || digits.starts_with('X');
  if (is_hex) digits.remove_prefix(1);
  char32_t point = 0;
  if (digits.empty()) return 0;
  for (const char c : digits) {
    const int digit = hex_value(c);
    if (digit < 0 || (!is_hex && digit > 9) || point > 0x10FFFF) return 0;
    point = point * (is_hex ? 16 : 10) + static_cast<char32_t>(digit);
  }
  return point > 0x10FFFF || (point >= 0xD800 && point < 0xE000) ? 0 : point;
}

static void append_point(TextBuilder& out, char32_t point) {
  if (point >= 0x10000) {
    out.append(static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10)));
    out.append(static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
  } else {
    out.append(static_cast<char16_t>(point));
  }
}

// Of a text that may be null.
template <const String* (*convert)(Evaluation&, const String&)>
static Value converted(Call& call) {
  return call.text(0) ? text(convert(call.run, *call.text(0))) : Value{};
}

static constexpr Member web_utility_members[] = {
    {"static string UrlEncode(string value)", converted<url_encode>},
    {"static string UrlDecode(string encodedValue)", converted<url_decode>},
    {"static byte[] UrlEncodeToBytes(byte[] value, int offset, int count)", url_bytes<url_encoded>},
    {"static byte[] UrlDecodeToBytes(byte[] encodedValue, int offset, int count)", url_bytes<url_decoded>},
    {"static string HtmlEncode(string value)", converted<html_encode>},
    {"static string HtmlDecode(string value)", converted<html_decode>},
};

static const TypeRows web_utility_types[] = {{web_utility_type, web_utility_members}};

}  // namespace web_utility_rows

const String* url_encode(Evaluation& run, const String& text) {
  return run.charge_text(text.length * 3ul) ? copy_of(run, web_utility_rows::url_encoded(utf8(text))) : &empty_string;
}

const String* url_decode(Evaluation& run, const String& text) {
  return run.charge_text(text.length) ? copy_of(run, web_utility_rows::url_decoded(utf8(text))) : &empty_string;
}

const String* html_encode(Evaluation& run, const String& plain) {
  if (!run.charge_text(plain.length * 4ul)) return &empty_string;
  TextBuilder out(run);
  for (size_t i = 0; i < plain.length; ++i) {
    const char16_t unit = plain[i];
    const bool is_pair = unit >= 0xD800 && unit < 0xDC00 && i + 1 < plain.length && plain[i + 1] >= 0xDC00 && plain[i + 1] < 0xE000;
    if (const std::string_view entity = web_utility_rows::entity_of(unit); !entity.empty())
      out.append(entity);
    else if (unit >= 0xA0 && unit <= 0xFF)
      out.append("&#" + std::to_string(unit) + ";");
    else if (is_pair)
      out.append("&#" + std::to_string(0x10000 + ((unit - 0xD800) << 10) + (plain[++i] - 0xDC00)) + ";");
    else
      out.append(unit);
  }
  return out.finish();
}

const String* html_decode(Evaluation& run, const String& encoded) {
  constexpr size_t entity_max = 16;
  if (!run.charge_text(encoded.length)) return &empty_string;
  TextBuilder out(run);
  for (size_t at = 0; at < encoded.length;) {
    char32_t point = 0;
    size_t end = at + 1;
    if (encoded[at] == '&') {
      std::string name;
      for (; end < encoded.length && end - at <= entity_max && encoded[end] != ';' && encoded[end] < 128 && encoded[end] != '&'; ++end)
        name += static_cast<char>(encoded[end]);
      if (end < encoded.length && encoded[end] == ';')
        point = name.starts_with('#') ? web_utility_rows::numbered_point(std::string_view(name).substr(1))
                                      : web_utility_rows::named_point(name);
    }
    if (point) {
      web_utility_rows::append_point(out, point);
      at = end + 1;
    } else {
      out.append(encoded[at++]);
    }
  }
  return out.finish();
}

extern const Family web_utility_family;
const Family web_utility_family{web_utility_rows::web_utility_types};

}  // namespace gatelet::cs
