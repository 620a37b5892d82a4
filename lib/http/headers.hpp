// Headers: the header section of one message. A received line stays as two views into the bytes that were read, so that what no policy
// touches is forwarded byte for byte; edits are copied into the exchange's arena. Policies see several lines of one name as one joined value.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.hpp"

namespace gatelet {

enum HeaderFlags : uint8_t { header_hop = 1, header_lines = 2, header_fixed = 4, header_kept = 8 };

enum class HeaderId : uint8_t {
  other,
#define GATELET_HEADER(id, text, flags) id,
#include "http/header_names.inc"
#undef GATELET_HEADER
};

// The id of a name in any case, or HeaderId::other.
HeaderId header_id(std::string_view name);
std::string_view text_of(HeaderId id);
uint8_t flags_of(HeaderId id);

// RFC 9110 5.1 and 5.5: a token; no CR, LF or NUL and no other control but tab. Bytes over 0x7E are allowed.
bool is_token(std::string_view text);
bool is_field_value(std::string_view text);

// A name that is looked up often: interned once, when a configuration loads.
struct HeaderName {
  HeaderId id = HeaderId::other;
  std::string text;
  HeaderName() = default;
  explicit HeaderName(std::string name) : id(header_id(name)), text(std::move(name)) {}
};

struct HeaderField {
  std::string_view name;   // as received or set, case kept
  std::string_view value;  // without surrounding blanks
  HeaderId id = HeaderId::other;
};

class Headers {
 public:
  explicit Headers(Arena& arena) : arena_(&arena) {}

  std::span<const HeaderField> fields() const { return {fields_, count_}; }
  size_t count() const { return count_; }

  // The parser's door: the views must outlive the exchange and have been validated.
  void add_received(HeaderField field) {
    if (count_ == capacity_) grow();
    fields_[count_++] = field;
  }
  // The only other door, for policies and hosts: copies both into the arena; false, and nothing changed, when either is not valid.
  bool append(std::string_view name, std::string_view value);
  // Replaces all lines of the name by one line, at the place of the first one; absent: appended.
  bool set(std::string_view name, std::string_view value);
  // How many lines were removed.
  size_t remove(std::string_view name);
  size_t remove(HeaderId id);
  void clear() { count_ = 0; }
  // Takes over the lines of `other` (views, not copies): both must share what the views point to.
  void assign(const Headers& other);
  // Drops hop-by-hop lines, by flag and as nominated by Connection lines (reliability.md A-22): before policies run.
  void remove_hop_by_hop();

  const HeaderField* find(HeaderId id) const {
    for (size_t i = 0; i < count_; ++i)
      if (fields_[i].id == id) return &fields_[i];
    return nullptr;
  }
  const HeaderField* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  // All values of the name joined by ", " (by "; " for Cookie); one line is returned as it is, several are joined in the arena. Empty when absent.
  std::string_view get(std::string_view name) const;

 private:
  void grow();

  Arena* arena_;
  HeaderField* fields_ = nullptr;
  size_t count_ = 0;
  size_t capacity_ = 0;
};

}  // namespace gatelet
