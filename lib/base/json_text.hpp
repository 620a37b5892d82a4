// JsonText: the JSON of a message in the arena, for what converts bodies: read in one pass, with numbers as they were written and texts
// that are parts of the message where nothing was escaped. It accepts what Json::parse() accepts, and leaves it to that to say what is
// wrong.
#pragma once

#include <cstdint>
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
  List members() const { return List(is_object() ? first : nullptr); }
  List items() const { return List(is_array() ? first : nullptr); }

  // Null: it is no JSON text (RFC 8259), or one that Json::parse() refuses. Lives as long as the arena and the text.
  static const JsonText* read(std::string_view text, Arena& arena);
};

}  // namespace gatelet
