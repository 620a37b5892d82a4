// Headers: the header section of one message. A received line stays as two views into the bytes that were read, so that what no policy
// touches is forwarded byte for byte; edits are copied into the exchange's arena. Policies see several lines of one name as one joined
// value.
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

inline constexpr uint8_t header_flags[] = {
    0,
#define GATELET_HEADER(id, text, flags) flags,
#include "http/header_names.inc"
#undef GATELET_HEADER
};

// The id of a name in any case, or HeaderId::other.
HeaderId header_id(std::string_view name);
std::string_view text_of(HeaderId id);
inline uint8_t flags_of(HeaderId id) { return header_flags[static_cast<size_t>(id)]; }

// RFC 9110 5.1 and 5.5: a token; no CR, LF or NUL and no other control but tab. Bytes over 0x7F are allowed.
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
  explicit Headers(Arena& arena) noexcept : arena_(&arena) {}
  // Two owners of one array of fields would edit each other's lines: copies are asked for by name, with assign().
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;
  Headers(Headers&&) = default;
  Headers& operator=(Headers&&) = default;

  std::span<const HeaderField> fields() const { return {fields_, count_}; }
  size_t count() const { return count_; }

  // The parser's door: the views must outlive the exchange and have been validated.
  void add_received(HeaderField field) {
    if (count_ == capacity_) grow();
    fields_[count_++] = field;
  }
  // Makes an array of the caller the lines, without memory of the arena: for the answer when there is none left. It is edited in place, and
  // left when a line is added.
  void borrow(std::span<HeaderField> fields) {
    fields_ = fields.data();
    count_ = capacity_ = fields.size();
  }
  // The other doors, for policies and hosts: copy both into the arena, the value without surrounding blanks; false, and nothing changed,
  // when either is not valid. This one adds a line, whatever is there.
  bool append(std::string_view name, std::string_view value);
  // Adds a value as set-header's "append" does: joined to the lines of the name by ", ", or a line of its own where the name is sent as
  // separate lines (policies-b.md 2.3).
  bool append_value(std::string_view name, std::string_view value);
  // Replaces all lines of the name by one line, at the place of the first one; absent: appended.
  bool set(std::string_view name, std::string_view value) { return set(name, header_id(name), value); }
  bool set(std::string_view name, HeaderId id, std::string_view value);  // whose id is known to be this one
  bool set(const HeaderName& name, std::string_view value) { return set(name.text, name.id, value); }
  // How many lines were removed.
  size_t remove(std::string_view name) { return remove(name, header_id(name)); }
  size_t remove(const HeaderName& name) { return remove(name.text, name.id); }
  size_t remove(HeaderId id) { return remove({}, id); }
  void clear() { count_ = 0; }
  // Keeps names, values and the array of fields when the arena's past goes.
  void keep(ArenaPast& past);
  // Takes over the lines of `other` (views, not copies): both must share what the views point to.
  void assign(const Headers& other);
  // Drops hop-by-hop lines, by flag and as nominated by Connection lines (reliability.md A-22): before policies run, so that what policies
  // or the gateway set later can't be nominated. Well-known end-to-end fields can't be nominated either (RFC 9110 7.6.1, h1-own H01).
  void remove_hop_by_hop();
  // Whether a Connection line names the option, in any case: "close", "upgrade". To be asked before remove_hop_by_hop().
  bool has_connection_option(std::string_view option) const;

  const HeaderField* find(HeaderId id) const {
    for (size_t i = 0; i < count_; ++i)
      if (fields_[i].id == id) return &fields_[i];
    return nullptr;
  }
  const HeaderField* find(std::string_view name) const { return find(name, header_id(name)); }
  const HeaderField* find(const HeaderName& name) const { return find(name.text, name.id); }
  bool contains(HeaderId id) const { return find(id) != nullptr; }
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  bool contains(const HeaderName& name) const { return find(name) != nullptr; }
  // All values of the name joined by ", " (by "; " for Cookie); one line is returned as it is, several are joined in the arena. Empty when
  // absent.
  std::string_view get(HeaderId id) const { return get({}, id); }
  std::string_view get(std::string_view name) const { return get(name, header_id(name)); }
  std::string_view get(const HeaderName& name) const { return get(name.text, name.id); }

 private:
  void grow();
  size_t remove(std::string_view name, HeaderId id);
  const HeaderField* find(std::string_view name, HeaderId id) const;
  std::string_view get(std::string_view name, HeaderId id) const;

  Arena* arena_;
  HeaderField* fields_ = nullptr;
  size_t count_ = 0;
  size_t capacity_ = 0;
};

}  // namespace gatelet
