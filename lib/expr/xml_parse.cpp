// Text → tree. The messages are those of .NET's XmlReader.
#include <algorithm>

#include "expr/xml.hpp"
#include "xml/characters.hpp"

namespace gatelet::cs {
namespace {

class XmlParser {
 public:
  XmlParser(Evaluation& run, const String& text, bool keeps_white_space) : run_(run), text_(text), keeps_white_space_(keeps_white_space) {}
  XNode* read();

 private:
  struct Prefix {
    const String* name;
    const String* uri;
  };
  struct Open {
    XNode* element;
    const String* qualified;  // the name as it was written
    size_t at;                // of the name
    size_t prefix_count;      // in scope outside
    bool keeps_white_space;
  };
  struct QualifiedName {
    const String* whole = &empty_string;
    const String* prefix = &empty_string;
    const String* local = &empty_string;
    size_t at = 0;
  };
  struct Attribute {
    QualifiedName name;
    const String* value;
  };
  struct Place {
    size_t line = 1, position = 1;
  };

  bool fail(size_t at, std::string message);
  bool fail_end(const std::string& what);
  bool fail_unit(size_t at, std::string_view end);
  Place place(size_t at) const;
  std::string quoted(size_t at) const;

  bool at_end() const { return at_ >= text_.length; }
  char16_t peek() const { return at_end() ? u'\0' : text_[at_]; }
  bool is_at(std::string_view mark) const;
  bool accept(std::string_view mark) { return is_at(mark) && (at_ += mark.size(), true); }
  bool skip_space();
  size_t find(std::string_view mark) const;
  const String* part(size_t from, size_t to) { return substring(run_, text_, from, to - from); }
  const String* cleaned(size_t from, size_t to);
  bool check_units(size_t from, size_t to);

  bool read_markup();
  bool read_declaration();
  bool read_pseudo(std::string_view name, const String*& value);
  bool read_comment();
  bool read_cdata();
  bool read_instruction();
  bool read_text();
  bool append_text(size_t from, size_t to);
  bool read_reference(TextBuilder& out);
  bool read_number_reference(size_t start, TextBuilder& out);
  bool read_name(QualifiedName& out);
  bool read_start_tag();
  bool read_attributes(std::vector<Attribute>& out);
  bool read_value(const String*& out);
  bool declare(const Attribute& attribute);
  bool resolve(const QualifiedName& name, const String*& uri);
  bool add_attributes(XNode& element, const std::vector<Attribute>& attributes);
  bool read_end_tag();
  void close();
  void append(XNode* node) { link_before(*parent_, *node, nullptr); }

  Evaluation& run_;
  const String& text_;
  const bool keeps_white_space_;
  size_t at_ = 0;
  XNode* document_ = nullptr;
  XNode* parent_ = nullptr;
  bool has_root_ = false;
  std::vector<Open> open_;
  std::vector<Prefix> prefixes_;
};

bool is_xml_space(char16_t unit) { return unit == ' ' || unit == '\t' || unit == '\n' || unit == '\r'; }

XmlParser::Place XmlParser::place(size_t at) const {
  Place place;
  for (size_t i = 0; i < std::min<size_t>(at, text_.length); ++i, ++place.position) {
    const bool is_end = text_[i] == '\n' || (text_[i] == '\r' && !(i + 1 < text_.length && text_[i + 1] == '\n'));
    if (is_end) ++place.line, place.position = 0;
  }
  return place;
}

bool XmlParser::fail(size_t at, std::string message) {
  const Place told = place(at);
  run_.fail(types::xml_exception, message + " Line " + std::to_string(told.line) + ", position " + std::to_string(told.position) + ".");
  return false;
}

bool XmlParser::fail_end(const std::string& what) { return fail(text_.length, "Unexpected end of file" + what + " has occurred."); }

std::string XmlParser::quoted(size_t at) const {
  if (at >= text_.length) return "end of file";
  const char16_t units[2] = {text_[at], at + 1 < text_.length ? text_[at + 1] : u'\0'};
  const bool is_pair = (units[0] & 0xFC00) == 0xD800;
  return "'" + utf8(String{units, is_pair ? 2u : 1u, true}) + "'";
}

bool XmlParser::fail_unit(size_t at, std::string_view end) { return fail(at, unit_problem(text_[at], end)); }

bool XmlParser::is_at(std::string_view mark) const {
  if (text_.length - std::min<size_t>(at_, text_.length) < mark.size()) return false;
  for (size_t i = 0; i < mark.size(); ++i)
    if (text_[at_ + i] != static_cast<unsigned char>(mark[i])) return false;
  return true;
}

bool XmlParser::skip_space() {
  const size_t start = at_;
  while (!at_end() && is_xml_space(text_[at_])) ++at_;
  return at_ > start;
}

size_t XmlParser::find(std::string_view mark) const {
  return cs::find(text_, String{mark.data(), static_cast<uint32_t>(mark.size())}, at_);
}

bool XmlParser::check_units(size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) {
    const char16_t unit = text_[i];
    if (unit >= 0x20 && unit < 0xD800) continue;
    const bool is_high = (unit & 0xFC00) == 0xD800 && i + 1 < text_.length && (text_[i + 1] & 0xFC00) == 0xDC00;
    if (is_high)
      ++i;
    else if (!is_xml_character(unit))
      return fail_unit(i, "character.");
  }
  return run_.charge_text(to - from);
}

// The text with its line ends as XML has them.
const String* XmlParser::cleaned(size_t from, size_t to) {
  size_t next = from;
  while (next < to && text_[next] != '\r') ++next;
  if (next == to) return part(from, to);
  TextBuilder out(run_);
  for (size_t i = from; i < to; ++i) {
    if (text_[i] != '\r')
      out.append(text_[i]);
    else if (i + 1 == to || text_[i + 1] != '\n')
      out.append(u'\n');
  }
  return out.finish();
}

XNode* XmlParser::read() {
  document_ = parent_ = new_node(run_, XNode::Kind::document);
  if (is_at("<?xml") && at_ + 5 < text_.length && is_xml_space(text_[at_ + 5]) && !read_declaration()) return nullptr;
  while (!at_end())
    if (!(text_[at_] == '<' ? read_markup() : read_text()) || !run_.charge(1)) return nullptr;
  if (open_.empty() && has_root_) return document_;
  if (open_.empty()) {
    run_.fail(types::xml_exception, "Root element is missing.");
    return nullptr;
  }
  std::string names;
  for (size_t i = open_.size(); i-- > 0;) names += (names.empty() ? "" : ", ") + utf8(*open_[i].qualified);
  fail(text_.length, "Unexpected end of file has occurred. The following elements are not closed: " + names + ".");
  return nullptr;
}

bool XmlParser::read_markup() {
  if (is_at("<!--")) return read_comment();
  if (is_at("<![CDATA[")) return read_cdata();
  if (is_at("<?")) return read_instruction();
  if (is_at("</")) return read_end_tag();
  if (is_at("<!DOCTYPE"))
    return run_
        .fail(types::xml_exception,
              "For security reasons DTD is prohibited in this XML document. To enable DTD processing set the DtdProcessing property "
              "on XmlReaderSettings to Parse and pass the settings into XmlReader.Create method.")
        .boolean();
  if (is_at("<!")) return fail(at_ + 2, quoted(at_ + 2) + " is an unexpected token. The expected token is 'DOCTYPE'.");
  return read_start_tag();
}

// version, encoding and standalone of the declaration, in this order.
bool XmlParser::read_pseudo(std::string_view name, const String*& value) {
  const size_t start = at_;
  skip_space();
  if (!accept(name)) return at_ = start, true;
  skip_space();
  if (!accept("=")) return fail(at_, quoted(at_) + " is an unexpected token. The expected token is '='.");
  skip_space();
  return read_value(value);
}

bool XmlParser::read_declaration() {
  at_ += 5;
  auto* declaration = run_.make<XDeclaration>();
  if (!read_pseudo("version", declaration->version) || !read_pseudo("encoding", declaration->encoding) ||
      !read_pseudo("standalone", declaration->standalone))
    return false;
  skip_space();
  if (!declaration->version || !accept("?>")) return fail(at_, "Syntax for an XML declaration is invalid.");
  document_->declaration = declaration;
  return true;
}

bool XmlParser::read_comment() {
  at_ += 4;
  const size_t end = find("--");
  if (end == npos) return fail_end(" while parsing Comment");
  if (end + 2 >= text_.length || text_[end + 2] != '>')
    return fail(end, "An XML comment cannot contain '--', and '-' cannot be the last character.");
  if (!check_units(at_, end)) return false;
  append(new_node(run_, XNode::Kind::comment, cleaned(at_, end)));
  at_ = end + 3;
  return true;
}

bool XmlParser::read_cdata() {
  if (open_.empty()) return fail(at_, "Data at the root level is invalid.");
  at_ += 9;
  const size_t end = find("]]>");
  if (end == npos) return fail_end(" while parsing CDATA");
  if (!check_units(at_, end)) return false;
  append(new_node(run_, XNode::Kind::cdata, cleaned(at_, end)));
  at_ = end + 3;
  return true;
}

bool XmlParser::read_instruction() {
  const size_t start = at_;
  at_ += 2;
  QualifiedName target;
  if (!read_name(target)) return false;
  const String& name = *target.whole;
  if (equal_ignoring_case(name, String{"xml", 3}))
    return fail(start + 2,
                "Unexpected XML declaration. The XML declaration must be the first node in the document, and no whitespace "
                "characters are allowed to appear before it.");
  const bool has_data = skip_space();
  const size_t end = find("?>");
  if (end == npos) return fail_end(" while parsing PI");
  if (!has_data && end != at_) return fail(at_, quoted(at_) + " is an unexpected token. The expected token is '?>'.");
  if (!check_units(at_, end)) return false;
  XNode* node = new_node(run_, XNode::Kind::instruction, cleaned(at_, end));
  node->name = &name;
  append(node);
  at_ = end + 2;
  return true;
}

// Text

bool XmlParser::read_text() {
  const size_t start = at_;
  bool is_blank = true, is_plain = true;
  for (; !at_end() && text_[at_] != '<'; ++at_) {
    const char16_t unit = text_[at_];
    is_blank &= is_xml_space(unit);
    is_plain &= unit != '&' && unit != '\r';
    if (open_.empty() && !is_blank) return fail(at_, "Data at the root level is invalid.");
    if (unit == ']' && is_at("]]>")) return fail(at_, "']]>' is not allowed in character data.");
  }
  if (!check_units(start, at_)) return false;
  if (is_blank && !(open_.empty() ? keeps_white_space_ : open_.back().keeps_white_space)) return true;
  if (is_plain) {
    append(new_node(run_, XNode::Kind::text, part(start, at_)));
    return true;
  }
  return append_text(start, at_);
}

bool XmlParser::append_text(size_t from, size_t to) {
  TextBuilder out(run_);
  for (at_ = from; at_ < to;) {
    const char16_t unit = text_[at_];
    if (unit == '&') {
      if (!read_reference(out)) return false;
      continue;
    }
    ++at_;
    if (unit != '\r')
      out.append(unit);
    else if (at_ == text_.length || text_[at_] != '\n')
      out.append(u'\n');
  }
  append(new_node(run_, XNode::Kind::text, out.finish()));
  return !run_.failed();
}

bool XmlParser::read_reference(TextBuilder& out) {
  static constexpr std::pair<std::string_view, char16_t> entities[] = {
      {"lt;", '<'}, {"gt;", '>'}, {"amp;", '&'}, {"quot;", '"'}, {"apos;", '\''}};
  const size_t start = at_++;
  if (accept("#")) return read_number_reference(start, out);
  for (const auto& [name, unit] : entities)
    if (accept(name)) return out.append(unit), true;
  const size_t name_at = at_;
  while (!at_end() && is_xml_name_character(text_[at_])) ++at_;
  if (at_ == name_at || !is_at(";")) return fail(at_, "An error occurred while parsing EntityName.");
  return fail(name_at, "Reference to undeclared entity '" + utf8(*part(name_at, at_)) + "'.");
}

bool XmlParser::read_number_reference(size_t start, TextBuilder& out) {
  const bool is_hexadecimal = accept("x");
  uint32_t code = 0;
  const size_t first = at_;
  for (; !at_end(); ++at_) {
    const char16_t unit = text_[at_], letter = unit | 0x20;
    const bool is_digit = unit >= '0' && unit <= '9', is_letter = is_hexadecimal && letter >= 'a' && letter <= 'f';
    if (!is_digit && !is_letter) break;
    code = code * (is_hexadecimal ? 16 : 10) + static_cast<uint32_t>(is_digit ? unit - '0' : letter - 'a' + 10);
    if (code > 0x10FFFF) break;
  }
  if (at_ == first || !accept(";") || !is_xml_character(code))
    return fail(start + 2, "Invalid syntax for a decimal or hexadecimal numeric entity reference.");
  if (code >= 0x10000) out.append(static_cast<char16_t>(0xD7C0 + (code >> 10)));
  out.append(static_cast<char16_t>(code >= 0x10000 ? 0xDC00 + (code & 0x3FF) : code));
  return true;
}

// Tags

bool XmlParser::read_name(QualifiedName& out) {
  out.at = at_;
  size_t colon = npos;
  for (; !at_end(); ++at_) {
    const char16_t unit = text_[at_];
    const bool is_start = at_ == out.at || at_ == colon + 1;
    if (unit == ':' && !is_start && colon == npos) {
      colon = at_;
      continue;
    }
    const bool is_surrogate = (unit & 0xF800) == 0xD800;
    if (unit == ':' || !(is_surrogate || (is_start ? is_xml_name_start(unit) : is_xml_name_character(unit)))) break;
  }
  const bool is_cut = at_ == out.at || at_ == colon + 1;
  if (is_cut && at_end()) return fail_end(" while parsing Name");
  if (is_cut)
    return fail(at_, "Name cannot begin with the " + quoted(at_) + " character, hexadecimal value " + unit_code(text_[at_]) + ".");
  if (!at_end() && text_[at_] == ':') return fail(at_, "The ':' character, hexadecimal value 0x3A, cannot be included in a name.");
  if (at_ - out.at > xml_name_bytes_max) return fail(out.at, "The name is too long.");
  out.whole = part(out.at, at_);
  out.local = colon == npos ? out.whole : part(colon + 1, at_);
  if (colon != npos) out.prefix = part(out.at, colon);
  return true;
}

bool XmlParser::read_value(const String*& out) {
  const char16_t quote = peek();
  if (quote != '"' && quote != '\'') {
    if (at_end()) return fail_end("");
    return fail(at_, quoted(at_) + " is an unexpected token. The expected token is '\"' or '''.");
  }
  const size_t start = ++at_;
  bool is_plain = true;
  for (; !at_end() && text_[at_] != quote; ++at_) {
    const char16_t unit = text_[at_];
    if (unit == '<') return fail_unit(at_, "attribute character.");
    is_plain &= unit != '&' && !(is_xml_space(unit) && unit != ' ');
  }
  if (at_end()) return fail(text_.length, "There is an unclosed literal string.");
  const size_t end = at_;
  if (!check_units(start, end)) return false;
  if (is_plain) {
    out = part(start, end);
  } else {
    TextBuilder value(run_);
    for (at_ = start; at_ < end;) {
      const char16_t unit = text_[at_];
      if (unit == '&') {
        if (!read_reference(value)) return false;
        continue;
      }
      at_ += unit == '\r' && text_[at_ + 1] == '\n' ? 2 : 1;
      value.append(is_xml_space(unit) ? u' ' : unit);
    }
    out = value.finish();
  }
  at_ = end + 1;
  return !run_.failed();
}

bool XmlParser::read_attributes(std::vector<Attribute>& out) {
  for (;;) {
    const bool has_space = skip_space();
    if (at_end()) return fail_end("");
    if (is_at(">") || is_at("/")) return true;
    if (!has_space) {
      const bool follows_value = !out.empty();
      return fail(at_, follows_value ? quoted(at_) + " is an unexpected token. Expecting whitespace."
                                     : "The " + quoted(at_) + " character, hexadecimal value " + unit_code(text_[at_]) +
                                           ", cannot be included in a name.");
    }
    if (out.size() == xml_attributes_max) return fail(at_, "The element has too many attributes.");
    Attribute& attribute = out.emplace_back();
    if (!read_name(attribute.name)) return false;
    skip_space();
    if (!accept("=")) return fail(at_, quoted(at_) + " is an unexpected token. The expected token is '='.");
    skip_space();
    if (!read_value(attribute.value)) return false;
    if (!declare(attribute)) return false;
  }
}

bool XmlParser::declare(const Attribute& attribute) {
  const QualifiedName& name = attribute.name;
  if (equal(*name.whole, "xmlns")) {
    prefixes_.push_back({&empty_string, attribute.value});
  } else if (equal(*name.prefix, "xmlns")) {
    if (attribute.value->empty()) return fail(name.at, "Invalid namespace declaration.");
    if (equal(*name.local, "xmlns") || equal(*name.local, "xml") != equal(*attribute.value, xml_space_uri))
      return fail(name.at, "Prefix \"" + utf8(*name.local) + "\" is reserved for use by XML.");
    prefixes_.push_back({name.local, attribute.value});
  }
  return true;
}

bool XmlParser::resolve(const QualifiedName& name, const String*& uri) {
  for (size_t i = prefixes_.size(); i-- > 0;)
    if (equal(*prefixes_[i].name, *name.prefix)) return uri = prefixes_[i].uri, run_.charge(1);
  if (name.prefix->empty())
    uri = &empty_string;
  else if (equal(*name.prefix, "xml"))
    uri = view_of(run_, xml_space_uri);
  else if (equal(*name.prefix, "xmlns"))
    uri = view_of(run_, xmlns_space_uri);
  else
    return fail(name.at, "'" + utf8(*name.prefix) + "' is an undeclared prefix.");
  return true;
}

bool XmlParser::add_attributes(XNode& element, const std::vector<Attribute>& attributes) {
  for (const Attribute& attribute : attributes) {
    XName name{&empty_string, attribute.name.local};
    if (!attribute.name.prefix->empty() && !resolve(attribute.name, name.space)) return false;
    if (find_attribute(run_, element, name))
      return fail(attribute.name.at, "'" + utf8(*attribute.name.whole) + "' is a duplicate attribute name.");
    XNode* node = new_named(run_, XNode::Kind::attribute, name);
    node->value = attribute.value;
    link_attribute(element, *node);
    if (!run_.charge(1)) return false;
  }
  return true;
}

bool XmlParser::read_start_tag() {
  ++at_;
  const size_t prefix_count = prefixes_.size();
  QualifiedName name;
  std::vector<Attribute> attributes;
  if (!read_name(name)) return false;
  if (open_.empty() && has_root_) return fail(name.at, "There are multiple root elements.");
  if (open_.size() == run_.budget.xml_depth)
    return fail(name.at, "The document has elements nested deeper than " + std::to_string(run_.budget.xml_depth) + ".");
  if (!read_attributes(attributes)) return false;
  XNode* element = new_node(run_, XNode::Kind::element);
  element->name = name.local;
  if (!resolve(name, element->space) || !add_attributes(*element, attributes)) return false;
  append(element);
  has_root_ = true;
  bool keeps = open_.empty() ? keeps_white_space_ : open_.back().keeps_white_space;
  for (const Attribute& attribute : attributes)
    if (equal(*attribute.name.whole, "xml:space")) keeps = keeps_white_space_ || equal(*attribute.value, "preserve");
  open_.push_back({element, name.whole, name.at, prefix_count, keeps});
  parent_ = element;
  if (accept("/>")) {
    close();
  } else {
    element->has_empty_text = true;
    if (!accept(">")) return fail(at_ + 1, quoted(at_ + 1) + " is an unexpected token. The expected token is '>'.");
  }
  return true;
}

void XmlParser::close() {
  prefixes_.resize(open_.back().prefix_count);
  parent_ = parent_->parent;
  open_.pop_back();
}

bool XmlParser::read_end_tag() {
  at_ += 2;
  QualifiedName name;
  if (!read_name(name)) return false;
  if (open_.empty()) return fail(name.at, "Unexpected end tag.");
  const Open& open = open_.back();
  if (!equal(*open.qualified, *name.whole)) {
    const Place start = place(open.at);
    return fail(name.at, "The '" + utf8(*open.qualified) + "' start tag on line " + std::to_string(start.line) + " position " +
                             std::to_string(start.position) + " does not match the end tag of '" + utf8(*name.whole) + "'.");
  }
  skip_space();
  if (at_end()) return fail_end("");
  if (!accept(">")) return fail(at_, quoted(at_) + " is an unexpected token. The expected token is '>'.");
  close();
  return true;
}

}  // namespace

XNode* parse_document(Evaluation& run, const String& text, bool keeps_white_space) {
  XNode* document = XmlParser(run, text, keeps_white_space).read();
  return run.failed() ? nullptr : document;
}

}  // namespace gatelet::cs
