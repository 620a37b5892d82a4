#include "expr/string.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "expr/evaluation.hpp"

namespace gatelet::cs {

const String empty_string{"", 0, false};

static constexpr char16_t replacement = 0xFFFD;

bool is_ascii(std::string_view bytes) {
  const char* at = bytes.data();
  const char* end = at + bytes.size();
  for (; end - at >= 8; at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    if (word & 0x8080'8080'8080'8080) return false;
  }
  for (; at != end; ++at)
    if (static_cast<unsigned char>(*at) >= 0x80) return false;
  return true;
}

bool equal(const String& a, const String& b) {
  if (a.length != b.length || a.is_wide != b.is_wide) return false;
  return a.data == b.data || a.length == 0 || std::memcmp(a.data, b.data, a.is_wide ? a.length * 2ul : a.length) == 0;
}

bool equal(const String& a, std::string_view ascii) { return !a.is_wide && a.ascii() == ascii; }

int compare_ordinal(const String& a, const String& b) {
  const uint32_t shorter = std::min(a.length, b.length);
  for (uint32_t i = 0; i < shorter; ++i)
    if (a[i] != b[i]) return static_cast<int>(a[i]) - static_cast<int>(b[i]);
  return static_cast<int>(a.length) - static_cast<int>(b.length);
}

bool equal_ignoring_case(const String& a, const String& b) {
  if (a.length != b.length) return false;
  for (uint32_t i = 0; i < a.length; ++i)
    if (a[i] != b[i] && upper_unit(a[i]) != upper_unit(b[i])) return false;
  return true;
}

size_t find(const String& text, const String& part, size_t from) {
  if (from > text.length || part.length > text.length - from) return npos;
  if (!text.is_wide) return part.is_wide ? npos : text.ascii().find(part.ascii(), from);
  if (part.is_wide) return text.wide().find(part.wide(), from);
  for (size_t i = from; i + part.length <= text.length; ++i) {
    uint32_t same = 0;
    while (same < part.length && text[i + same] == part[same]) ++same;
    if (same == part.length) return i;
  }
  return npos;
}

// Decodes one code point; an invalid maximal part is one replacement.
static char32_t decode(std::string_view bytes, size_t& at) {
  const auto lead = static_cast<unsigned char>(bytes[at]);
  if (lead < 0x80) return ++at, lead;
  const size_t length = utf8_length(bytes.substr(at));
  if (length) {
    char32_t point = length == 2 ? lead & 0x1Fu : length == 3 ? lead & 0x0Fu : lead & 0x07u;
    for (size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(bytes[at + i]) & 0x3Fu);
    at += length;
    return point;
  }
  const size_t wanted = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 1;
  size_t used = 1;
  for (; used < wanted && at + used < bytes.size(); ++used) {
    const auto next = static_cast<unsigned char>(bytes[at + used]);
    unsigned char least = 0x80, most = 0xBF;
    if (used == 1 && lead == 0xE0) least = 0xA0;
    if (used == 1 && lead == 0xED) most = 0x9F;
    if (used == 1 && lead == 0xF0) least = 0x90;
    if (used == 1 && lead == 0xF4) most = 0x8F;
    if (next < least || next > most) break;
  }
  at += used;
  return replacement;
}

static const String* decoded(Evaluation& run, std::string_view bytes) {
  auto* memory = static_cast<char16_t*>(run.try_allocate(bytes.size() * 2, 2));
  if (!memory || !run.charge_text(bytes.size())) return &empty_string;
  uint32_t length = 0;
  for (size_t at = 0; at < bytes.size();) {
    const char32_t point = decode(bytes, at);
    if (point < 0x10000) {
      memory[length++] = static_cast<char16_t>(point);
    } else {
      memory[length++] = static_cast<char16_t>(0xD7C0 + (point >> 10));
      memory[length++] = static_cast<char16_t>(0xDC00 + (point & 0x3FF));
    }
  }
  return run.make<String>(memory, length, true);
}

const String* view_of(Evaluation& run, std::string_view bytes) {
  if (bytes.empty()) return &empty_string;
  if (!is_ascii(bytes)) return decoded(run, bytes);
  if (bytes.size() > run.budget.string_units) return run.abort(), &empty_string;
  return run.make<String>(bytes.data(), static_cast<uint32_t>(bytes.size()), false);
}

const String* copy_of(Evaluation& run, std::string_view bytes) {
  if (bytes.empty()) return &empty_string;
  if (!is_ascii(bytes)) return decoded(run, bytes);
  void* memory = run.try_allocate(bytes.size(), 1);
  if (!memory || !run.charge_text(bytes.size())) return &empty_string;
  std::memcpy(memory, bytes.data(), bytes.size());
  return run.make<String>(memory, static_cast<uint32_t>(bytes.size()), false);
}

const String* string_of(Evaluation& run, std::u16string_view units) {
  TextBuilder out(run);
  for (char16_t unit : units) out.append(unit);
  return out.finish();
}

const String* unit_string(Evaluation& run, char16_t unit) {
  TextBuilder out(run);
  out.append(unit);
  return out.finish();
}

static bool holds_wide(const char16_t* units, size_t length) {
  for (size_t i = 0; i < length; ++i)
    if (units[i] >= 0x80) return true;
  return false;
}

const String* substring(Evaluation& run, const String& text, size_t from, size_t length) {
  if (length == 0) return &empty_string;
  if (from == 0 && length == text.length) return &text;
  if (!text.is_wide) return run.make<String>(static_cast<const char*>(text.data) + from, static_cast<uint32_t>(length), false);
  const char16_t* units = static_cast<const char16_t*>(text.data) + from;
  if (!run.charge_text(length * 2)) return &empty_string;
  if (holds_wide(units, length)) return run.make<String>(units, static_cast<uint32_t>(length), true);
  auto* bytes = static_cast<char*>(run.try_allocate(length, 1));
  if (!bytes) return &empty_string;
  std::copy(units, units + length, bytes);
  return run.make<String>(bytes, static_cast<uint32_t>(length), false);
}

const String* concat(Evaluation& run, const String* a, const String* b) {
  if (!a || a->empty()) return b ? b : &empty_string;
  if (!b || b->empty()) return a;
  TextBuilder out(run);
  out.append(a);
  out.append(b);
  return out.finish();
}

static size_t encode(char32_t point, char* out) {
  if (point < 0x80) return *out = static_cast<char>(point), 1;
  if (point < 0x800) {
    out[0] = static_cast<char>(0xC0 | point >> 6);
    out[1] = static_cast<char>(0x80 | (point & 0x3F));
    return 2;
  }
  if (point < 0x10000) {
    out[0] = static_cast<char>(0xE0 | point >> 12);
    out[1] = static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out[2] = static_cast<char>(0x80 | (point & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | point >> 18);
  out[1] = static_cast<char>(0x80 | (point >> 12 & 0x3F));
  out[2] = static_cast<char>(0x80 | (point >> 6 & 0x3F));
  out[3] = static_cast<char>(0x80 | (point & 0x3F));
  return 4;
}

static size_t encode(std::u16string_view units, char* out) {
  char* at = out;
  for (size_t i = 0; i < units.size(); ++i) {
    char32_t point = units[i];
    const bool is_pair = (point & 0xFC00) == 0xD800 && i + 1 < units.size() && (units[i + 1] & 0xFC00) == 0xDC00;
    if (is_pair)
      point = 0x10000 + ((point & 0x3FF) << 10) + (units[++i] & 0x3FFu);
    else if ((point & 0xF800) == 0xD800)
      point = replacement;
    at += encode(point, at);
  }
  return static_cast<size_t>(at - out);
}

std::string_view utf8(Evaluation& run, const String& text) {
  if (!text.is_wide) return text.ascii();
  auto* bytes = static_cast<char*>(run.try_allocate(text.length * 3ul, 1));
  return bytes ? std::string_view(bytes, encode(text.wide(), bytes)) : std::string_view();
}

std::string utf8(const String& text) {
  if (!text.is_wide) return std::string(text.ascii());
  std::string bytes(text.length * 3ul, '\0');
  bytes.resize(encode(text.wide(), bytes.data()));
  return bytes;
}

bool TextBuilder::grow(size_t more) {
  const size_t wanted = length_ + more;
  if (wanted <= capacity_) return !run_.is_aborted();
  const size_t most = run_.budget.string_units;
  if (wanted > most) return run_.abort();
  const size_t room = std::min(std::max(wanted, capacity_ * 2ul), most);
  const size_t size = std::max<size_t>(room, 32);
  void* memory = run_.try_allocate(is_wide_ ? size * 2 : size, 2);
  if (!memory || !run_.charge_text(length_)) return false;
  if (length_) std::memcpy(memory, data_, is_wide_ ? length_ * 2ul : length_);
  data_ = memory;
  capacity_ = static_cast<uint32_t>(size);
  return true;
}

void TextBuilder::widen() {
  const unsigned char* bytes = narrow();
  const uint32_t room = std::max<uint32_t>(capacity_, 32);
  void* memory = run_.try_allocate(room * 2ul, 2);
  if (!memory) return;
  std::copy(bytes, bytes + length_, static_cast<char16_t*>(memory));
  data_ = memory;
  capacity_ = room;
  is_wide_ = true;
}

void TextBuilder::append(char16_t unit) {
  if (unit >= 0x80 && !is_wide_) widen();
  if (run_.is_aborted() || !grow(1)) return;
  if (is_wide_)
    wide()[length_++] = unit;
  else
    narrow()[length_++] = static_cast<unsigned char>(unit);
}

void TextBuilder::append(char16_t unit, size_t count) {
  if (count > run_.budget.string_units || !grow(count) || !run_.charge_text(count)) return void(run_.is_aborted() || run_.abort());
  for (size_t i = 0; i < count; ++i) append(unit);
}

void TextBuilder::append(std::string_view bytes) {
  if (is_wide_ || !is_ascii(bytes)) {
    for (size_t at = 0; at < bytes.size() && !run_.is_aborted();) {
      const char32_t point = decode(bytes, at);
      if (point >= 0x10000) append(static_cast<char16_t>(0xD7C0 + (point >> 10)));
      append(static_cast<char16_t>(point >= 0x10000 ? 0xDC00 + (point & 0x3FF) : point));
    }
    return;
  }
  if (bytes.empty() || !grow(bytes.size())) return;
  std::memcpy(narrow() + length_, bytes.data(), bytes.size());
  length_ += static_cast<uint32_t>(bytes.size());
}

void TextBuilder::append(const String* text) {
  if (text) append(*text, 0, text->length);
}

void TextBuilder::append(const String& text, size_t from, size_t length) {
  if (text.is_wide && !is_wide_) widen();
  if (length == 0 || run_.is_aborted() || !grow(length) || !run_.charge_text(length)) return;
  if (!is_wide_) {
    std::memcpy(narrow() + length_, static_cast<const char*>(text.data) + from, length);
  } else if (text.is_wide) {
    std::memcpy(wide() + length_, static_cast<const char16_t*>(text.data) + from, length * 2);
  } else {
    const auto* bytes = static_cast<const unsigned char*>(text.data) + from;
    std::copy(bytes, bytes + length, wide() + length_);
  }
  length_ += static_cast<uint32_t>(length);
}

const String* TextBuilder::finish() {
  if (length_ == 0 || run_.is_aborted()) return &empty_string;
  if (is_wide_ && !holds_wide(wide(), length_)) {  // a part of a wide text, or truncated
    auto* bytes = static_cast<char*>(run_.try_allocate(length_, 1));
    if (!bytes) return &empty_string;
    std::copy(wide(), wide() + length_, bytes);
    return run_.make<String>(bytes, length_, false);
  }
  return run_.make<String>(data_, length_, is_wide_);
}

}  // namespace gatelet::cs
