#include "policy/source_place.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "policy/named_values.hpp"
#include "xml/characters.hpp"
#include "xml/entities.hpp"
#include "xml/line_index.hpp"

namespace gatelet {

static constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // not counted in columns
static constexpr std::string_view cdata_start = "<![CDATA[";

size_t offset_of(std::string_view text, SourcePos at) {
  size_t offset = 0;
  for (uint32_t line = 1; line < at.line && offset < text.size(); ++line) offset = std::min(text.find('\n', offset), text.size()) + 1;
  return std::min(offset + at.column - 1, text.size());
}

namespace {

// A piece of the document and what was read for it; bytes stand for themselves.
struct Piece {
  size_t written = 1;
  size_t read = 1;
};

class Alignment {
 public:
  Alignment(std::string_view document, std::string_view text,
            const std::function<std::optional<std::string>(std::string_view)>& named_value)
      : document_(document), text_(text), named_value_(named_value) {}

  // The offset in the document of text[offset], which begins at document[at].
  std::optional<size_t> find(size_t at, size_t offset) const {
    if (document_.substr(at, cdata_start.size()) == cdata_start) at += cdata_start.size();
    for (size_t read = 0; read < offset;) {
      if (at >= document_.size()) return std::nullopt;
      const Piece piece = piece_at(at, read);
      if (piece.written == 0) return std::nullopt;
      if (read + piece.read > offset) return at;
      at += piece.written;
      read += piece.read;
    }
    return at;
  }

 private:
  // Nothing written: the two differ.
  Piece piece_at(size_t at, size_t read) const {
    if (const NamedValueToken token = named_value_at(document_, at); !token.name.empty()) {
      const auto value = named_value_ ? named_value_(token.name) : std::nullopt;
      if (value && text_.substr(read, value->size()) == *value) return {token.name.size() + 4, value->size()};
      if (!value && text_.substr(read, 1) == "1") return {token.name.size() + 4, 1};  // unknown: ReadState guessed
    }
    if (const XmlReference reference = xml_reference(document_, at); reference.size != 0) {
      std::string decoded;
      append_utf8(decoded, reference.code);
      const bool is_kept = text_.substr(read, reference.size) == document_.substr(at, reference.size);
      if (!is_kept && text_.substr(read, decoded.size()) == decoded) return {reference.size, decoded.size()};
    }
    if (document_[at] == '\r' && text_.substr(read, 1) != "\r") return {1, 0};
    return document_.substr(at, 1) == text_.substr(read, 1) ? Piece{} : Piece{0, 0};
  }

  std::string_view document_;
  std::string_view text_;
  const std::function<std::optional<std::string>(std::string_view)>& named_value_;
};

}  // namespace

std::optional<SourcePos> place_in_document(std::string_view document, SourcePos start, std::string_view text, SourcePos at,
                                           const std::function<std::optional<std::string>(std::string_view)>& named_value) {
  if (document.starts_with(byte_order_mark)) document.remove_prefix(byte_order_mark.size());
  const size_t first = offset_of(document, start);
  const auto found = Alignment(document, text, named_value).find(first, offset_of(text, at));
  return found ? std::optional(position_in(document.substr(first), *found - first, start)) : std::nullopt;
}

}  // namespace gatelet
