// String: System.String. Text that is all ASCII is a view of bytes, so that a header value becomes a string without a copy; any other text
// is UTF-16 units, so that Length, indexes and Substring count as .NET does. Lone surrogates survive inside and become U+FFFD where text
// leaves (utf8()). Immutable; reference equality of strings is the address of the String.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "expr/type.hpp"

namespace gatelet::cs {

class Evaluation;

struct String {
  const void* data = nullptr;
  uint32_t length = 0;  // in UTF-16 units
  bool is_wide = false;

  bool empty() const { return length == 0; }
  char16_t operator[](size_t i) const {
    return is_wide ? static_cast<const char16_t*>(data)[i] : static_cast<const unsigned char*>(data)[i];
  }
  std::string_view ascii() const { return {static_cast<const char*>(data), is_wide ? 0 : length}; }        // only when not wide
  std::u16string_view wide() const { return {static_cast<const char16_t*>(data), is_wide ? length : 0}; }  // only when wide
};

inline constexpr size_t npos = static_cast<size_t>(-1);

bool is_ascii(std::string_view bytes);
// Ordinal. A wide string never holds only ASCII (the makers below see to that), so equal strings have the same form.
bool equal(const String& a, const String& b);
bool equal(const String& a, std::string_view ascii);
int compare_ordinal(const String& a, const String& b);
bool equal_ignoring_case(const String& a, const String& b);  // invariant simple case mapping, one unit at a time
int32_t hash_of(const String& text);                         // seeded per process
size_t find(const String& text, const String& part, size_t from = 0);
// One UTF-16 unit; no locale, simple mapping.
char16_t upper_unit(char16_t unit);
char16_t lower_unit(char16_t unit);
bool is_white_space(char16_t unit);
bool is_letter(char16_t unit);
bool is_digit_unit(char16_t unit);  // category Nd

// Makers; the memory is charged to the evaluation. `bytes` of view_of() must outlive the exchange: nothing is copied when they are ASCII;
// otherwise they are UTF-8, every maximal invalid part U+FFFD.
const String* view_of(Evaluation& run, std::string_view bytes);
const String* copy_of(Evaluation& run, std::string_view bytes);  // the same with the bytes copied
const String* string_of(Evaluation& run, std::u16string_view units);
const String* substring(Evaluation& run, const String& text, size_t from, size_t length);  // in range; no copy unless it becomes ASCII
const String* concat(Evaluation& run, const String* a, const String* b);                   // null counts as ""
const String* unit_string(Evaluation& run, char16_t unit);
extern const String empty_string;

// UTF-8 of the arena of the exchange; ASCII is not copied.
std::string_view utf8(Evaluation& run, const String& text);
// For messages and tests.
std::string utf8(const String& text);

// Builds a string piece by piece; begins narrow, widens when it must. Refuses beyond the limits: then the evaluation has failed and
// finish() returns "".
class TextBuilder {
 public:
  explicit TextBuilder(Evaluation& run) : run_(run) {}
  void append(char16_t unit);
  void append(std::string_view utf8_bytes);
  void append(const String* text);  // null adds nothing
  void append(const String& text, size_t from, size_t length);
  void append(char16_t unit, size_t count);
  size_t length() const { return length_; }
  char16_t operator[](size_t i) const { return is_wide_ ? wide()[i] : narrow()[i]; }
  void truncate(size_t length) { length_ = static_cast<uint32_t>(length); }
  const String* finish();

 private:
  bool grow(size_t more);
  void widen();
  unsigned char* narrow() const { return static_cast<unsigned char*>(data_); }
  char16_t* wide() const { return static_cast<char16_t*>(data_); }
  Evaluation& run_;
  void* data_ = nullptr;
  uint32_t length_ = 0;
  uint32_t capacity_ = 0;
  bool is_wide_ = false;
};

}  // namespace gatelet::cs
