#include "xml/tag_reader.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "xml/characters.hpp"

namespace gatelet {

XmlTag TagReader::read(size_t at) {
  tag_ = {};
  is_cut_ = false;
  places_.clear();
  at_ = at + 1;
  std::string_view name;
  tag_.is_stopped = !read_name("element", name);
  tag_.node.name = name;
  if (!tag_.is_stopped) tag_.is_stopped = !read_attributes();
  if (!tag_.is_stopped) {
    check_duplicates();
    read_end(at);
  }
  tag_.end = tag_.is_stopped ? text_.size() : at_;
  return std::move(tag_);
}

bool TagReader::read_name(std::string_view what, std::string_view& name) {
  const size_t end = xml_name_end(text_, at_);
  if (end - at_ > xml_name_bytes_max) {
    problems_.add(
        at_, "The name of this " + std::string(what) + " is longer than " + std::to_string(xml_name_bytes_max) + " bytes: shorten it.");
    return false;
  }
  name = text_.substr(at_, end - at_);
  at_ = end;
  return true;
}

// Up to the end of the tag or what must be taken for it.
bool TagReader::read_attributes() {
  for (;;) {
    const size_t next = skip_xml_space(text_, at_);
    const bool is_apart = next > at_;
    at_ = next;
    if (at_ >= text_.size() || is_at("<") || is_at(">") || is_at("/>")) return true;
    if (problems_.is_full()) return false;
    if (xml_name_end(text_, at_) == at_) {
      skip_stray();
      continue;
    }
    if (!is_apart) problems_.add(at_, "White space is missing before this attribute.");
    if (!read_attribute()) return false;
  }
}

bool TagReader::read_attribute() {
  XmlAttribute attribute;
  const size_t name_at = at_;
  std::string_view name;
  if (!read_name("attribute", name)) return false;
  if (tag_.node.attributes.size() >= xml_attributes_max) {
    problems_.add(name_at,
                  "The element " + quoted(tag_.node.name) + " has more than " + std::to_string(xml_attributes_max) + " attributes.");
    return false;
  }
  attribute.name = name;
  attribute.at = problems_.position(name_at);
  const size_t equals = skip_xml_space(text_, at_);
  if (text_.substr(equals, 1) != "=") {
    problems_.add(name_at, "The attribute " + quoted(name) + " has no value: write " + std::string(name) + "=\"…\".");
    return true;
  }
  at_ = skip_xml_space(text_, equals + 1);
  if (!is_at("\"") && !is_at("'")) {
    skip_unquoted(name);
    return true;
  }
  if (!read_value(attribute)) return false;
  tag_.node.attributes.push_back(std::move(attribute));
  places_.push_back({name, name_at});
  return true;
}

bool TagReader::read_value(XmlAttribute& attribute) {
  const size_t value_at = at_ + 1;
  const char quote = text_[at_];
  XmlValue value = values_.attribute(value_at, quote);
  at_ = value.end;
  if (!value.is_closed) {
    is_cut_ = true;
  } else if (const size_t end = stray_quote_end(quote); end != at_) {
    problems_.add(at_ - 1, "The value of the attribute " + quoted(attribute.name) + " ends at this " + quote +
                               ", but text follows: write a " + quote + " inside a value as " + (quote == '"' ? "&quot;" : "&apos;") + ".");
    value.value = text_.substr(value_at, end - 1 - value_at);
    at_ = end;
  }
  attribute.value = std::move(value.value);
  attribute.value_at = problems_.position(value.first);
  return value.is_closed || at_ < text_.size();
}

// Where the attribute ends whose author wrote its quote inside the value too; at_ when nothing speaks for that.
size_t TagReader::stray_quote_end(char quote) {
  if (at_ >= text_.size() || is_space(text_[at_]) || values_.attribute_ends(at_ - 1)) return at_;
  const size_t name_end = xml_name_end(text_, at_);
  if (name_end > at_ && text_.substr(skip_xml_space(text_, name_end), 1) == "=") return at_;
  const char stops[] = {'<', '>', quote, '\0'};
  size_t end = at_;
  do {
    end = text_.find_first_of(stops, end);
    if (end == std::string_view::npos || text_[end] != quote) return at_;
    ++end;
  } while (!values_.attribute_ends(end - 1));
  return end;
}

void TagReader::skip_unquoted(std::string_view name) {
  const size_t end = std::min(text_.find_first_of(" \t\r\n<>\"'", at_), text_.size());
  problems_.add(at_, "The value of the attribute " + quoted(name) + " must stand in quotes: " + std::string(name) + "=\"" +
                         std::string(text_.substr(at_, std::min<size_t>(end - at_, 40))) + "\".");
  at_ = end;
}

// Something between attributes that is no name. Quoted texts are skipped as a whole.
void TagReader::skip_stray() {
  const char c = text_[at_];
  const size_t close = c == '"' || c == '\'' ? text_.find_first_of(std::string("<") + c, at_ + 1) : std::string_view::npos;
  const bool is_quoted = close != std::string_view::npos && text_[close] == c;
  size_t end = is_quoted ? close + 1 : std::max(at_ + 1, text_.find_first_of(" \t\r\n<>/\"'", at_ + 1));
  end = std::min(end, text_.size());
  problems_.add(at_, quoted(text_.substr(at_, end - at_)) + " cannot stand in the start tag of " + quoted(tag_.node.name) +
                         ": an attribute is name=\"value\", and a \" inside the value is &quot;.");
  at_ = end;
}

void TagReader::check_duplicates() {
  std::stable_sort(places_.begin(), places_.end(), [](const NamePlace& a, const NamePlace& b) { return a.name < b.name; });
  for (size_t i = 1; i < places_.size(); ++i) {
    if (places_[i].name != places_[i - 1].name) continue;
    problems_.add(places_[i].at, "The attribute " + quoted(places_[i].name) + " stands here a second time, first at " +
                                     problems_.place(places_[i - 1].at) + ": remove one.");
  }
}

void TagReader::read_end(size_t tag_at) {
  if (is_at("/>")) {
    tag_.is_empty = true;
    at_ += 2;
  } else if (is_at(">")) {
    ++at_;
  } else {
    // A forgotten closing quote took the end of the tag with it, as has been said.
    const std::string_view before = trim(text_.substr(tag_at, at_ - tag_at));
    tag_.is_empty = before.size() > 1 && before.substr(before.size() - 2) == "/>";
    if (!is_cut_) problems_.add(tag_at, "The start tag of " + quoted(tag_.node.name) + " has no end: \">\" is missing.");
  }
}

}  // namespace gatelet
