#include "xml/value_reader.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "xml/characters.hpp"
#include "xml/entities.hpp"
#include "xml/expression_scan.hpp"
#include "xml/expression_source.hpp"

namespace gatelet {
namespace {

constexpr size_t none = std::string_view::npos;
// Scans that lead to nothing may together read this many times the document: hostile text costs linear time.
constexpr size_t wasted_documents_max = 16;

}  // namespace

ExpressionScan ValueReader::scan(size_t at) {
  const ExpressionScan found = scan_expression(text_, at);
  if (found.end == none) account(found.read_to - at);
  return found;
}

bool ValueReader::has_budget() const { return wasted_bytes_ <= wasted_documents_max * text_.size(); }

void ValueReader::add_unclosed(size_t first) {
  const std::string bracket = text_[first + 1] == '(' ? "')'" : "'}'";
  problems_.add(first, "The expression that starts here has no end: a closing " + bracket + " or a quote is missing.");
}

// One reference, or an '&' that begins none.
size_t ValueReader::reference(size_t at, std::string& out) {
  const XmlReference found = xml_reference(text_, at);
  if (found.size != 0) {
    append_utf8(out, found.code);
    return at + found.size;
  }
  const bool is_numeric = text_.substr(at, 2) == "&#";
  const size_t name_at = at + (is_numeric ? 2 : 1);
  size_t name_end =
      is_numeric ? std::min(text_.find_first_not_of("0123456789abcdefABCDEFx", name_at), text_.size()) : xml_name_end(text_, name_at);
  if (name_end > name_at && text_.substr(name_end, 1) == ";") {
    const std::string name = quoted(text_.substr(at, name_end + 1 - at));
    problems_.add(at, is_numeric
                          ? name + " is no character that XML allows."
                          : "The entity " + name + " is unknown. Known are &lt; &gt; &amp; &quot; &apos; and numbers such as &#160;.");
  } else {
    problems_.add(at, "An '&' outside an expression must be written as &amp;.");
  }
  out += '&';
  return at + 1;
}

XmlValue ValueReader::attribute(size_t at, char quote) {
  const size_t first = skip_xml_space(text_, at);
  if (starts_expression(text_, first)) {
    if (std::optional<XmlValue> expression = attribute_expression(first, quote)) return *std::move(expression);
  }
  XmlValue literal = attribute_literal(at, quote);
  // Its '@' may have been written as a reference.
  if (is_expression(literal.value)) literal.value = std::string(trim(literal.value));
  return literal;
}

// Nothing when the value is literal text around an expression.
std::optional<XmlValue> ValueReader::attribute_expression(size_t first, char quote) {
  const size_t next_quote = text_.find(quote, first);
  if (next_quote != none) {
    if (std::optional<std::string> escaped = escaped_expression(text_.substr(first, next_quote - first), form_))
      return XmlValue{*std::move(escaped), first, next_quote + 1};
  }
  const ExpressionScan found = scan(first);
  if (found.end != none) {
    const size_t behind = skip_xml_space(text_, found.end);
    if (behind < text_.size() && text_[behind] == quote)
      return XmlValue{expression_source(text_.substr(first, found.end - first), quote, form_), first, behind + 1};
    if (found.end <= next_quote || !attribute_ends(next_quote)) return std::nullopt;
    account(found.end - first);
  }
  add_unclosed(first);
  return attribute_recovery(first, quote);
}

// Behind an expression without an end: the first quote that looks like the end of the attribute.
XmlValue ValueReader::attribute_recovery(size_t first, char quote) {
  size_t end = text_.find(quote, first);
  while (end != none && !attribute_ends(end)) end = text_.find(quote, end + 1);
  if (end == none || !has_budget()) return {{}, first, text_.size(), false};
  return {std::string(text_.substr(first, end - first)), first, end + 1};
}

bool ValueReader::attribute_ends(size_t quote_at) {
  if (quote_at == ends_known_at_) return ends_;
  ends_known_at_ = quote_at;
  const size_t next = skip_xml_space(text_, quote_at + 1);
  ends_ = text_.substr(next, 1) == ">" || text_.substr(next, 2) == "/>";
  if (!ends_ && next > quote_at + 1) {
    const size_t name_end = xml_name_end(text_, next);
    ends_ = name_end > next && text_.substr(skip_xml_space(text_, name_end), 1) == "=";
  }
  return ends_;
}

XmlValue ValueReader::attribute_literal(size_t at, char quote) {
  XmlValue read{{}, at, text_.size(), false};
  const std::string stops = std::string("<&@\t\r\n") + quote;
  size_t line_or_tag_end = none;
  for (size_t i = at; i < text_.size();) {
    const size_t stop = std::min(text_.find_first_of(stops, i), text_.size());
    read.value += text_.substr(i, stop - i);
    if (line_or_tag_end == none && text_.substr(i, stop - i).find('>') != none) line_or_tag_end = i;
    i = stop;
    if (i == text_.size()) break;
    const char c = text_[i];
    if (c == quote) {
      read.end = i + 1;
      read.is_closed = true;
      return read;
    }
    if (c == '<') {
      // A tag or a line ended inside this "value": its closing quote was forgotten, and reading goes on with the next tag.
      if (line_or_tag_end != none) {
        read.end = i;
        break;
      }
      problems_.add(i, "A '<' in an attribute value must be written as &lt;.");
      read.value += c;
      ++i;
    } else if (c == '&') {
      i = reference(i, read.value);
    } else if (c == '@') {
      const size_t end = embedded_in_attribute(i, quote);
      read.value += decode_entities(text_.substr(i, end - i));
      i = end;
    } else {
      // Attribute values are normalised: a line end or tab is one space.
      if (c != '\t' && line_or_tag_end == none) line_or_tag_end = i;
      read.value += ' ';
      i += text_.substr(i, 2) == "\r\n" ? 2 : 1;
    }
  }
  problems_.add(at - 1, std::string("The attribute value that starts here has no closing ") + quote + ".");
  return read;
}

// The end of the expression inside literal text, or one past the '@' when there is none.
size_t ValueReader::embedded_in_attribute(size_t at, char quote) {
  if (!starts_expression(text_, at) || !has_budget()) return at + 1;
  const size_t end = scan(at).end;
  if (end == none) return at + 1;
  // Quotes in it belong to it, unless the first of them looks like the end of the attribute.
  const size_t next_quote = text_.substr(at, end - at).find(quote);
  if (next_quote == none || !attribute_ends(at + next_quote)) return end;
  account(end - at);
  return at + 1;
}

size_t ValueReader::text(size_t at, std::string_view element, bool is_first, std::string& out) {
  const size_t first = skip_xml_space(text_, at);
  if (is_first && starts_expression(text_, first)) {
    if (std::optional<size_t> end = text_expression(first, element, out)) return *end;
  }
  return text_literal(at, out);
}

std::optional<size_t> ValueReader::text_expression(size_t first, std::string_view element, std::string& out) {
  const size_t mark = std::min(text_.find('<', first), text_.size());
  if (std::optional<std::string> escaped = escaped_expression(text_.substr(first, mark - first), form_)) {
    out += *escaped;
    return mark;
  }
  const ExpressionScan found = scan(first);
  if (found.end != none) {
    const size_t behind = skip_xml_space(text_, found.end);
    if (behind < text_.size() && text_[behind] != '<') return std::nullopt;
    out += expression_source(text_.substr(first, found.end - first), 0, form_);
    return behind;
  }
  add_unclosed(first);
  const size_t end = end_tag_behind(first, element);
  out += text_.substr(first, end - first);
  return end;
}

// Behind an expression without an end: what follows is C#, not XML, up to the end tag of the element.
size_t ValueReader::end_tag_behind(size_t at, std::string_view element) const {
  if (!has_budget()) return text_.size();
  const std::string tag = "</" + std::string(element);
  size_t end = text_.find(tag, at);
  while (end != none && xml_name_end(text_, end + 2) != end + tag.size()) end = text_.find(tag, end + 1);
  return std::min(end, text_.size());
}

size_t ValueReader::text_literal(size_t at, std::string& out) {
  for (size_t i = at; i < text_.size();) {
    const size_t stop = std::min(text_.find_first_of("<&@\r]", i), text_.size());
    out += text_.substr(i, stop - i);
    i = stop;
    if (i == text_.size() || text_[i] == '<') return i;
    if (text_[i] == '&') {
      i = reference(i, out);
    } else if (text_[i] == '@') {
      const size_t end = embedded_in_text(i);
      out += decode_entities(text_.substr(i, end - i));
      i = end;
    } else if (text_[i] == '\r') {
      out += '\n';
      i += text_.substr(i, 2) == "\r\n" ? 2 : 1;
    } else {
      if (text_.substr(i, 3) == "]]>") problems_.add(i, "\"]]>\" in text must be written as ]]&gt;.");
      out += ']';
      ++i;
    }
  }
  return text_.size();
}

size_t ValueReader::embedded_in_text(size_t at) {
  if (!starts_expression(text_, at) || !has_budget()) return at + 1;
  const size_t end = scan(at).end;
  return end == none ? at + 1 : end;
}

}  // namespace gatelet
