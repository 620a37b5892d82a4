// Headers: names as small numbers, edits in place.
#include "http/headers.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet {
namespace {

constexpr std::string_view header_texts[] = {
    "",
#define GATELET_HEADER(id, text, flags) text,
#include "http/header_names.inc"
#undef GATELET_HEADER
};
constexpr size_t header_count = std::size(header_texts);
constexpr size_t header_name_bytes_max = 32;
constexpr bool is_header_size(std::string_view text) { return text.size() >= 2 && text.size() <= header_name_bytes_max; }
static_assert(std::all_of(header_texts + 1, header_texts + header_count, is_header_size), "equals_known() compares 2 to 32 bytes");

// Length and three letters tell the well-known names apart; a multiplier spreads them over the slots without collision.
constexpr unsigned header_slot_bits = 9;
constexpr size_t header_slot_count = size_t{1} << header_slot_bits;

constexpr uint32_t header_key(const char* name, size_t size) {
  const auto letter = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(name[i]) | 0x20); };
  return static_cast<uint32_t>(size) | letter(0) << 8 | letter(size / 2) << 16 | letter(size - 1) << 24;
}
constexpr size_t header_slot(uint32_t key, uint32_t multiplier) { return (key * multiplier) >> (32 - header_slot_bits); }

constexpr bool header_slots_differ(uint32_t multiplier) {
  bool taken[header_slot_count] = {};
  for (size_t i = 1; i < header_count; ++i) {
    bool& slot = taken[header_slot(header_key(header_texts[i].data(), header_texts[i].size()), multiplier)];
    if (slot) return false;
    slot = true;
  }
  return true;
}

constexpr uint32_t find_header_multiplier() {
  uint32_t multiplier = 0x9E3779B1;
  for (int attempt = 0; attempt < 1000; ++attempt, multiplier += 0x3C6EF372)
    if (header_slots_differ(multiplier)) return multiplier;
  return 0;
}
constexpr uint32_t header_multiplier = find_header_multiplier();
static_assert(header_multiplier != 0,
              "two names agree in length and letters, or the slots are too few: take another letter or another bit");

struct KnownHeader {
  uint8_t size = 0;
  char lower[header_name_bytes_max] = {};
};

constexpr std::array<KnownHeader, header_count> make_known_headers() {
  std::array<KnownHeader, header_count> known{};
  for (size_t i = 1; i < header_count; ++i) {
    known[i].size = static_cast<uint8_t>(header_texts[i].size());
    for (size_t j = 0; j < header_texts[i].size(); ++j) known[i].lower[j] = to_lower(header_texts[i][j]);
  }
  return known;
}
constexpr auto known_headers = make_known_headers();

constexpr std::array<uint8_t, header_slot_count> make_header_slots() {
  std::array<uint8_t, header_slot_count> slots{};
  for (size_t i = 1; i < header_count; ++i)
    slots[header_slot(header_key(header_texts[i].data(), header_texts[i].size()), header_multiplier)] = static_cast<uint8_t>(i);
  return slots;
}
constexpr auto header_slots = make_header_slots();

// Whether `text` is `lower` in any case, a word at a time: where `lower` has a letter (bit 0x40) the case bit 0x20 may differ, nothing else
// may.
template <class Word>
bool equal_letters(const char* text, const char* lower) {
  Word a, b;
  std::memcpy(&a, text, sizeof a);
  std::memcpy(&b, lower, sizeof b);
  constexpr Word letter_bits = static_cast<Word>(0x4040404040404040);
  return ((a ^ b) & static_cast<Word>(~((b & letter_bits) >> 1))) == 0;
}

bool equals_known(const char* text, const char* lower, size_t size) {
  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8)
      if (!equal_letters<uint64_t>(text + i, lower + i)) return false;
    return equal_letters<uint64_t>(text + size - 8, lower + size - 8);
  }
  if (size >= 4) return equal_letters<uint32_t>(text, lower) && equal_letters<uint32_t>(text + size - 4, lower + size - 4);
  return equal_letters<uint16_t>(text, lower) && equal_letters<uint16_t>(text + size - 2, lower + size - 2);
}

constexpr std::array<bool, 256> make_token_bytes() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 128; ++c) table[static_cast<size_t>(c)] = is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c));
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto token_bytes = make_token_bytes();

bool is_named(const HeaderField& field, std::string_view name, HeaderId id) {
  return field.id == id && (id != HeaderId::other || equal_ignoring_case(field.name, name));
}

// Only blanks: a line end must stay visible to is_field_value.
std::string_view trim_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Whether a comma-separated list of tokens has this one.
bool lists_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (equal_ignoring_case(trim_blanks(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// Keeps the order of what stays; returns how many went.
template <class Drop>
size_t drop_fields(HeaderField* fields, size_t& count, size_t from, Drop drop) {
  HeaderField* const end = std::remove_if(fields + from, fields + count, drop);
  const size_t kept = static_cast<size_t>(end - fields);
  return std::exchange(count, kept) - kept;
}

}  // namespace

HeaderId header_id(std::string_view name) {
  if (name.empty()) return HeaderId::other;
  const uint8_t index = header_slots[header_slot(header_key(name.data(), name.size()), header_multiplier)];
  const KnownHeader& known = known_headers[index];
  if (known.size != name.size() || !equals_known(name.data(), known.lower, name.size())) return HeaderId::other;
  return static_cast<HeaderId>(index);
}

std::string_view text_of(HeaderId id) { return header_texts[static_cast<size_t>(id)]; }

bool is_token(std::string_view text) {
  for (char c : text)
    if (!token_bytes[static_cast<unsigned char>(c)]) return false;
  return !text.empty();
}

bool is_field_value(std::string_view text) {
  for (char c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return false;
  return true;
}

void Headers::grow() {
  constexpr size_t first_capacity = 24;
  const size_t capacity = capacity_ == 0 ? first_capacity : capacity_ * 2;
  auto* fields = static_cast<HeaderField*>(arena_->allocate(capacity * sizeof(HeaderField), alignof(HeaderField)));
  std::uninitialized_copy_n(fields_, count_, fields);
  fields_ = fields;
  capacity_ = capacity;
}

bool Headers::append(std::string_view name, std::string_view value) {
  value = trim_blanks(value);
  if (!is_token(name) || !is_field_value(value)) return false;
  add_received({arena_->copy(name), arena_->copy(value), header_id(name)});
  return true;
}

bool Headers::append_value(std::string_view name, std::string_view value) {
  const HeaderId id = header_id(name);
  const HeaderField* first = find(name, id);
  if (!first || flags_of(id) & header_lines) return append(name, value);
  value = trim_blanks(value);
  if (!is_field_value(value)) return false;
  HeaderField& field = fields_[first - fields_];
  const std::string_view old = get(name, id);
  field.value = old.empty() ? arena_->copy(value) : arena_->concat(old, ", ", value);
  drop_fields(fields_, count_, static_cast<size_t>(&field - fields_) + 1, [&](const HeaderField& f) { return is_named(f, name, id); });
  return true;
}

bool Headers::set(std::string_view name, HeaderId id, std::string_view value) {
  value = trim_blanks(value);
  if (!is_token(name) || !is_field_value(value)) return false;
  const HeaderField field{arena_->copy(name), arena_->copy(value), id};
  const HeaderField* first = find(name, id);
  if (!first) return add_received(field), true;
  const size_t at = static_cast<size_t>(first - fields_);
  drop_fields(fields_, count_, at + 1, [&](const HeaderField& f) { return is_named(f, field.name, id); });
  fields_[at] = field;
  return true;
}

size_t Headers::remove(std::string_view name, HeaderId id) {
  return drop_fields(fields_, count_, 0, [&](const HeaderField& field) { return is_named(field, name, id); });
}

void Headers::assign(const Headers& other) {
  if (this == &other) return;
  count_ = 0;
  while (capacity_ < other.count_) grow();
  std::copy_n(other.fields_, other.count_, fields_);
  count_ = other.count_;
}

void Headers::keep(ArenaPast& past) {
  past.keep_array(fields_, capacity_);
  for (size_t i = 0; i < count_; ++i) {
    past.keep(fields_[i].name);
    past.keep(fields_[i].value);
  }
}

void Headers::remove_hop_by_hop() {
  const std::string_view options = get(HeaderId::connection);
  // Options times fields is work that a client chooses, so the options are few; no client of good will names more.
  const bool names_all = static_cast<size_t>(std::count(options.begin(), options.end(), ',')) >= connection_options_max;
  drop_fields(fields_, count_, 0, [&](const HeaderField& field) {
    if (field.id == HeaderId::other) return names_all || (!options.empty() && lists_token(options, field.name));
    return (flags_of(field.id) & header_hop) != 0;
  });
}

bool Headers::has_connection_option(std::string_view option) const {
  for (const HeaderField& field : fields())
    if (field.id == HeaderId::connection && lists_token(field.value, option)) return true;
  return false;
}

const HeaderField* Headers::find(std::string_view name, HeaderId id) const {
  if (id != HeaderId::other) return find(id);
  for (const HeaderField& field : fields())
    if (field.id == HeaderId::other && field.name.size() == name.size() && equal_ignoring_case(field.name, name)) return &field;
  return nullptr;
}

std::string_view Headers::get(std::string_view name, HeaderId id) const {
  const std::string_view separator = id == HeaderId::cookie ? "; " : ", ";
  const HeaderField* const first = find(name, id);
  if (!first) return {};
  size_t size = first->value.size();
  size_t lines = 1;
  for (const HeaderField* field = first + 1; field != fields_ + count_; ++field) {
    if (!is_named(*field, name, id)) continue;
    size += separator.size() + field->value.size();
    ++lines;
  }
  if (lines == 1) return first->value;

  char* const bytes = static_cast<char*>(arena_->allocate(size, 1));
  char* out = bytes;
  for (const HeaderField* field = first; field != fields_ + count_; ++field) {
    if (!is_named(*field, name, id)) continue;
    if (field != first) out = std::copy(separator.begin(), separator.end(), out);
    out = std::copy(field->value.begin(), field->value.end(), out);
  }
  assert(out == bytes + size);
  return {bytes, size};
}

}  // namespace gatelet
