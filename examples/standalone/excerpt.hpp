// The line of a text that a message is about, with a caret under the place.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace host {

// Two lines, each with its newline. Tabs stay in both, so that the caret stands right whatever they are wide; a line of more than 120
// columns is cut around the caret. Line and column count from 1, columns in bytes. Empty when the text has no such line.
std::string excerpt(std::string_view text, uint32_t line, uint32_t column);

// Excerpts of files, each of which is read once.
class SourceFiles {
 public:
  // Empty also when there is no such file: what stands in a resource document is called by its key.
  std::string excerpt(const std::string& path, uint32_t line, uint32_t column);

 private:
  std::map<std::string, std::string> texts_;
};

}  // namespace host
