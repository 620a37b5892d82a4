#include "excerpt.hpp"

#include <sys/stat.h>

#include <vector>

#include "support.hpp"

namespace host {

namespace {

constexpr size_t columns_max = 120;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // not counted in columns

// Without its end, which may be "\n", "\r\n" or "\r" as in XML.
std::string_view line_of(std::string_view text, uint32_t number) {
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
  for (;;) {
    const size_t end = text.find_first_of("\r\n");
    if (--number == 0) return text.substr(0, end);
    if (end == std::string_view::npos) return {};
    text.remove_prefix(text.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
  }
}

// What takes one column: a character of UTF-8, or a tab.
std::vector<std::string_view> characters_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (size_t at = 0, end; at < line.size(); at = end) {
    for (end = at + 1; end < line.size() && (line[end] & 0xc0) == 0x80;) ++end;
    out.push_back(line.substr(at, end - at));
  }
  return out;
}

size_t columns_of(std::string_view character) { return character == "\t" ? 8 : 1; }

}  // namespace

std::string excerpt(std::string_view text, uint32_t line, uint32_t column) {
  if (line == 0 || column == 0) return {};
  const std::string_view whole = line_of(text, line);
  if (whole.find_first_not_of(" \t") == std::string_view::npos) return {};
  const std::vector<std::string_view> characters = characters_of(whole);
  size_t caret = 0;
  for (size_t bytes = 0; caret < characters.size() && bytes + characters[caret].size() < column; ++caret) bytes += characters[caret].size();
  size_t first = caret, last = caret;  // what is shown: at most half before the caret, unless little comes behind it
  size_t columns = caret == characters.size() ? 1 : 0;
  const auto take_before = [&](size_t most) {
    while (first > 0 && columns + columns_of(characters[first - 1]) <= most) columns += columns_of(characters[--first]);
  };
  take_before(columns_max / 2);
  while (last < characters.size() && columns + columns_of(characters[last]) <= columns_max) columns += columns_of(characters[last++]);
  take_before(columns_max);
  std::string shown, under;
  for (size_t i = first; i < last; ++i) {
    const bool is_control = static_cast<unsigned char>(characters[i][0]) < 0x20 && characters[i] != "\t";
    shown += is_control ? " " : characters[i];
    if (i < caret) under += characters[i] == "\t" ? '\t' : ' ';
  }
  return shown + "\n" + under + "^\n";
}

std::string SourceFiles::excerpt(const std::string& path, uint32_t line, uint32_t column) {
  const auto [found, is_new] = texts_.try_emplace(path);
  if (is_new) {
    struct stat status {};
    std::string problem;
    if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) found->second = read_text(path, problem).value_or("");
  }
  return host::excerpt(found->second, line, column);
}

}  // namespace host
