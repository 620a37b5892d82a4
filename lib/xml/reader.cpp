#include "xml/reader.hpp"

#include <algorithm>
#include <utility>

#include "base/diagnostics.hpp"
#include "base/text.hpp"
#include "xml/characters.hpp"
#include "xml/declaration.hpp"
#include "xml/problems.hpp"
#include "xml/tag_reader.hpp"
#include "xml/value_reader.hpp"

namespace gatelet {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_alike(std::string_view name, std::string_view other) {
  constexpr size_t length_max = 64;  // finding the likeness takes the product of both lengths
  return name.size() <= length_max && other.size() <= length_max && !nearest(lower(name), {lower(other)}).empty();
}

class DocumentReader {
 public:
  DocumentReader(std::shared_ptr<const std::string> source, XmlForm form)
      : source_(std::move(source)),
        text_(*source_),
        lines_(text_),
        problems_(lines_),
        values_(text_, problems_, form),
        tags_(text_, problems_, values_) {}
  XmlDocument read();

 private:
  // An element whose end tag has not been read. Kept on a list, not on the stack: depth costs no recursion.
  struct OpenElement {
    XmlNode node;
    size_t at;
    size_t inner_begin;
    bool has_text = false;
    bool has_comment = false;
  };

  bool is_at(std::string_view mark) const { return text_.substr(at_, mark.size()) == mark; }
  void stop() { at_ = text_.size(), is_stopped_ = true; }
  void stop(size_t offset, std::string message);
  void check_characters();
  void read_declaration();
  void read_mark();
  void read_start_tag();
  void read_end_tag();
  void match_end_tag(std::string_view name, size_t at);
  void read_comment();
  void read_cdata();
  void read_instruction();
  void read_text();
  void note_text(size_t first);
  void note_outside(size_t at);
  void close(size_t inner_end);
  void attach(XmlNode node, size_t at);
  void finish();

  std::shared_ptr<const std::string> source_;
  std::string_view text_;
  LineIndex lines_;
  XmlProblems problems_;
  ValueReader values_;
  TagReader tags_;
  size_t at_ = 0;
  std::vector<OpenElement> open_;
  std::optional<XmlNode> root_;
  size_t root_at_ = 0;
  bool is_outside_noted_ = false;  // text or elements beside the root are told once
  bool is_stopped_ = false;        // what follows was not read, so nothing is said about what is missing there
};

XmlDocument DocumentReader::read() {
  check_characters();
  read_declaration();
  while (at_ < text_.size()) {
    if (problems_.is_full()) {
      stop();
    } else if (text_[at_] == '<') {
      read_mark();
    } else {
      read_text();
    }
  }
  finish();
  return {std::move(root_), problems_.take()};
}

void DocumentReader::stop(size_t offset, std::string message) {
  problems_.add(offset, std::move(message));
  stop();
}

void DocumentReader::check_characters() {
  size_t first = 0;
  size_t count = 0;
  for (size_t at = 0; at < text_.size();) {
    const XmlCharacter c = xml_character(text_, at);
    if (c.size == 0 || !is_xml_character(c.code)) first = count++ == 0 ? at : first;
    at += c.size == 0 ? 1 : c.size;
  }
  if (count == 0) return;
  const std::string places = count == 1 ? "" : " (the first of " + std::to_string(count) + " such places)";
  problems_.add(first, xml_character(text_, first).size == 0
                           ? "The document is not UTF-8 here" + places + ": save it as UTF-8."
                           : "XML does not allow the character that stands here" + places + ": remove it.");
}

void DocumentReader::read_declaration() {
  if (!has_xml_declaration(text_)) return;
  constexpr size_t name_end = 5;
  const size_t end = text_.find("?>");
  if (end == std::string_view::npos) return stop(0, "The XML declaration has no end: \"?>\" is missing.");
  if (!is_xml_declaration(text_.substr(name_end, end - name_end)))
    problems_.add(0, R"(The XML declaration is wrong. Write <?xml version="1.0" encoding="utf-8"?> or leave it out.)");
  at_ = end + 2;
}

void DocumentReader::read_mark() {
  if (is_at("<!--")) return read_comment();
  if (is_at("<![CDATA[")) return read_cdata();
  if (is_at("<?")) return read_instruction();
  if (is_at("</")) return read_end_tag();
  if (starts_with_ignoring_case(text_.substr(at_), "<!doctype"))
    return stop(at_, "A document type declaration (DOCTYPE) is refused: remove it and write the text of its entities in their place.");
  if (xml_name_end(text_, at_ + 1) != at_ + 1) return read_start_tag();
  if (is_at("<!")) {
    problems_.add(at_, "Only a comment (<!-- … -->) or <![CDATA[ … ]]> may begin with \"<!\".");
    at_ = std::min(text_.find('>', at_), text_.size() - 1) + 1;
    return;
  }
  problems_.add(at_, "A '<' that begins no tag must be written as &lt;.");
  if (!open_.empty()) open_.back().node.text += '<';
  ++at_;
}

void DocumentReader::read_start_tag() {
  const size_t tag_at = at_;
  if (open_.size() >= xml_depth_max)
    return stop(tag_at, "Elements are nested more than " + std::to_string(xml_depth_max) + " deep: flatten the document.");
  if (open_.empty() && root_) note_outside(tag_at);
  XmlTag tag = tags_.read(tag_at);
  is_stopped_ = tag.is_stopped;
  at_ = tag.end;
  tag.node.at = lines_.position(tag_at);
  tag.node.text_at = lines_.position(at_);
  tag.node.source = source_;
  tag.node.inner = text_.substr(at_, 0);
  if (tag.is_empty) return attach(std::move(tag.node), tag_at);
  open_.push_back({std::move(tag.node), tag_at, at_});
}

void DocumentReader::read_end_tag() {
  const size_t tag_at = at_;
  const size_t name_end = xml_name_end(text_, at_ + 2);
  const std::string_view name = text_.substr(at_ + 2, name_end - at_ - 2);
  at_ = skip_xml_space(text_, name_end);
  const bool is_right = is_at(">") && !name.empty();
  if (!is_right) {
    const std::string_view meant = name.empty() && !open_.empty() ? std::string_view(open_.back().node.name) : name;
    problems_.add(tag_at, "This end tag must be written as " + quoted("</" + std::string(meant.substr(0, xml_name_bytes_max)) + ">") + ".");
    at_ = std::min(text_.find_first_of("<>", at_), text_.size());
  }
  if (is_at(">")) ++at_;
  if (!name.empty()) return match_end_tag(name, tag_at);
  if (!open_.empty()) close(tag_at);
}

void DocumentReader::match_end_tag(std::string_view name, size_t at) {
  const std::string end_tag = quoted("</" + std::string(name.substr(0, xml_name_bytes_max)) + ">");
  if (open_.empty()) {
    if (!is_outside_noted_) problems_.add(at, "The end tag " + end_tag + " closes no element: remove it.");
    is_outside_noted_ = true;
    return;
  }
  if (open_.back().node.name == name) return close(at);
  const std::string& open_name = open_.back().node.name;
  const std::string opened = quoted("<" + open_name + ">") + " of " + problems_.place(open_.back().at);
  if (std::any_of(open_.begin(), open_.end(), [name](const OpenElement& element) { return element.node.name == name; })) {
    problems_.add(at, "The end tag " + end_tag + " stands before the end tag of " + opened + ": close that first.");
    while (open_.back().node.name != name) close(at);
    return close(at);
  }
  const bool is_misspelt = is_alike(name, open_name);
  const std::string remedy = is_misspelt ? "write " + quoted("</" + open_name + ">") : "remove it or add the start tag";
  problems_.add(at, "The end tag " + end_tag + " does not match " + opened + ": " + remedy + ".");
  if (is_misspelt) close(at);
}

void DocumentReader::read_comment() {
  const size_t body = at_ + 4;
  const size_t end = text_.find("-->", body);
  if (end == std::string_view::npos) return stop(at_, "The comment that starts here has no end: \"-->\" is missing.");
  const std::string_view checked = text_.substr(body, end - body + 1);
  size_t dashes = checked.find("--");
  // A "<!--" inside is tolerated: published documents forget to close one comment before the next, and nothing is lost by it.
  while (dashes != std::string_view::npos && dashes >= 2 && checked.substr(dashes - 2, 2) == "<!") dashes = checked.find("--", dashes + 2);
  if (dashes != std::string_view::npos)
    problems_.add(body + dashes, "\"--\" cannot stand inside a comment, and '-' cannot be its last character.");
  if (!open_.empty()) open_.back().has_comment = true;
  at_ = end + 3;
}

void DocumentReader::read_cdata() {
  const size_t body = at_ + 9;
  const size_t end = text_.find("]]>", body);
  if (end == std::string_view::npos) return stop(at_, "The CDATA section that starts here has no end: \"]]>\" is missing.");
  if (open_.empty()) {
    note_outside(at_);
  } else {
    const size_t first = skip_xml_space(text_, body);
    if (first < end) note_text(first);
    open_.back().node.text += text_.substr(body, end - body);
  }
  at_ = end + 3;
}

void DocumentReader::read_instruction() {
  const size_t name_end = xml_name_end(text_, at_ + 2);
  const size_t end = text_.find("?>", at_ + 2);
  if (end == std::string_view::npos) return stop(at_, "The processing instruction that starts here has no end: \"?>\" is missing.");
  const std::string_view name = text_.substr(at_ + 2, name_end - at_ - 2);
  if (equal_ignoring_case(name, "xml")) {
    problems_.add(at_, "An XML declaration may stand only at the very beginning of the document.");
  } else if (name.empty() || (name_end != end && !is_space(text_[name_end]))) {
    problems_.add(at_, "A processing instruction must begin with a name.");
  }
  at_ = end + 2;
}

void DocumentReader::read_text() {
  const size_t first = skip_xml_space(text_, at_);
  if (open_.empty()) {
    if (first < text_.size() && text_[first] != '<') note_outside(first);
    at_ = std::min(text_.find('<', first), text_.size());
    return;
  }
  OpenElement& element = open_.back();
  const bool is_first = !element.has_text;
  const size_t end = values_.text(at_, element.node.name, is_first, element.node.text);
  if (first < end) note_text(first);
  at_ = end;
}

void DocumentReader::note_text(size_t first) {
  OpenElement& element = open_.back();
  if (element.has_text) return;
  element.has_text = true;
  element.node.text_at = lines_.position(first);
}

void DocumentReader::note_outside(size_t at) {
  if (is_outside_noted_) return;
  is_outside_noted_ = true;
  if (root_ || text_[at] == '<') {
    problems_.add(at,
                  "A document has one root element and nothing beside it" +
                      (root_ ? "; the root " + quoted("<" + root_->name + ">") + " of " + problems_.place(root_at_) + " is already closed."
                             : std::string(".")));
  } else {
    problems_.add(at, "Text cannot stand before the root element.");
  }
}

void DocumentReader::close(size_t inner_end) {
  OpenElement element = std::move(open_.back());
  open_.pop_back();
  XmlNode& node = element.node;
  node.inner = text_.substr(element.inner_begin, inner_end - element.inner_begin);
  node.has_comment_in_text = element.has_text && element.has_comment;
  if (!element.has_text && !node.children.empty()) node.text.clear();
  if (is_expression(node.text)) node.text = std::string(trim(node.text));
  attach(std::move(node), element.at);
}

void DocumentReader::attach(XmlNode node, size_t at) {
  if (!open_.empty()) {
    open_.back().node.children.push_back(std::move(node));
  } else if (!root_) {
    root_ = std::move(node);
    root_at_ = at;
  }
}

void DocumentReader::finish() {
  while (!open_.empty()) {
    const OpenElement& element = open_.back();
    if (!is_stopped_)
      problems_.add(element.at, "The element " + quoted("<" + element.node.name + ">") + " has no end tag up to the end of the document, " +
                                    problems_.place(text_.size()) + ".");
    close(text_.size());
  }
  if (!root_ && problems_.empty()) problems_.add(text_.size(), "The document has no element: <policies> or <fragment> is expected.");
}

XmlDocument refused(std::string message) { return {std::nullopt, {{std::move(message), {1, 1}}}}; }

bool is_utf16(std::string_view text) {
  const std::string_view start = text.substr(0, 2);
  return start == "\xFF\xFE" || start == "\xFE\xFF" || start == std::string_view("<\0", 2) || start == std::string_view("\0<", 2);
}

}  // namespace

const XmlAttribute* XmlNode::attribute(std::string_view wanted) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [wanted](const XmlAttribute& a) { return a.name == wanted; });
  return found == attributes.end() ? nullptr : &*found;
}

XmlDocument read_policy_xml(std::string_view text, size_t bytes_max, XmlForm form) {
  const size_t allowed = std::min<size_t>(bytes_max, UINT32_MAX);  // places are 32 bits wide
  if (text.size() > allowed) {
    return refused("The document has " + std::to_string(text.size()) + " bytes, allowed are " + std::to_string(allowed) +
                   ": move parts of it into policy fragments.");
  }
  if (is_utf16(text)) return refused("The document is UTF-16: save it as UTF-8.");
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
  return DocumentReader(std::make_shared<const std::string>(text), form).read();
}

}  // namespace gatelet
