// JsonText: the JSON of a message in an arena, for bodies that are converted and for tokens: read in one pass, with numbers as they were
// written and texts that are parts of the message where nothing was escaped. It accepts what Json::parse() accepts, and leaves it to that
// to say what is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/arena.hpp"

namespace gatelet {

struct JsonText {
  enum class Kind : uint8_t { null, boolean, number, string, array, object };

  class List {
   public:
    struct Iterator {
      const JsonText* at;
      const JsonText& operator*() const { return *at; }
      Iterator& operator++() { return at = at->next, *this; }
      bool operator!=(const Iterator& other) const { return at != other.at; }
    };
    explicit List(const JsonText* first) : first_(first) {}
    Iterator begin() const { return {first_}; }
    Iterator end() const { return {nullptr}; }

   private:
    const JsonText* first_;
  };

  Kind kind = Kind::null;
  bool is_true = false;
  uint32_t count = 0;          // of items or members
  std::string_view name = {};  // of a member
  std::string_view text = {};  // of a string without its escapes; of what is no string as it was written
  const JsonText* first = nullptr;
  const JsonText* next = nullptr;

  bool is_object() const { return kind == Kind::object; }
  bool is_array() const { return kind == Kind::array; }
  bool is_compound() const { return is_object() || is_array(); }
  bool is_null() const { return kind == Kind::null; }
  bool is_string() const { return kind == Kind::string; }
  bool is_number() const { return kind == Kind::number; }
  std::string_view string() const { return is_string() ? text : std::string_view(); }
  double number() const;  // 0 unless a number
  List members() const { return List(is_object() ? first : nullptr); }
  List items() const { return List(is_array() ? first : nullptr); }
  const JsonText* find(std::string_view wanted) const;        // null: absent, or no object; names are case-sensitive
  const JsonText& operator[](std::string_view wanted) const;  // a null value then
  bool has(std::string_view wanted) const { return find(wanted); }
  // As claims and headers show it: of a string its text, nothing of null, of the rest JSON without blanks.
  std::string shown() const;

  // Null: it is no JSON text (RFC 8259), or one that Json::parse() refuses. Lives as long as the arena and the text.
  static const JsonText* read(std::string_view text, Arena& arena);
};

}  // namespace gatelet
