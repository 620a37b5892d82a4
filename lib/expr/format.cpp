#include "expr/format.hpp"

#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace gatelet::cs {

static constexpr std::string_view bad_format = "Input string was not in a correct format.";
static constexpr int32_t alignment_max = 1'000'000;

const String* format_value(Evaluation& run, Value value, const String* format) {
  if (value.is_null()) return &empty_string;
  const auto formatted = value.type->operations().format;
  return formatted ? formatted(run, value, format) : to_string(run, value);
}

void append_aligned(TextBuilder& out, const String& text, int32_t alignment) {
  const size_t width = static_cast<size_t>(std::abs(alignment));
  const size_t pad = width > text.length ? width - text.length : 0;
  if (alignment > 0 && pad) out.append(u' ', pad);
  out.append(&text);
  if (alignment < 0 && pad) out.append(u' ', pad);
}

namespace {

// One hole "{index[,alignment][:format]}" after its "{".
struct Hole {
  size_t index = 0;
  int32_t alignment = 0;
  const String* format = nullptr;
};

class HoleReader {
 public:
  HoleReader(const String& text, size_t at) : text_(text), at_(at) {}
  bool read(Evaluation& run, Hole& out);
  size_t at() const { return at_; }

 private:
  bool more() const { return at_ < text_.length; }
  void skip_blanks() {
    while (more() && text_[at_] == ' ') ++at_;
  }
  bool read_number(int32_t& out);

  const String& text_;
  size_t at_;
};

}  // namespace

bool HoleReader::read_number(int32_t& out) {
  const size_t start = at_;
  for (out = 0; more() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
    if (out < alignment_max) out = out * 10 + (text_[at_] - '0');
  return at_ != start;
}

bool HoleReader::read(Evaluation& run, Hole& out) {
  int32_t index = 0;
  if (!read_number(index)) return false;
  out.index = static_cast<size_t>(index);
  skip_blanks();
  if (more() && text_[at_] == ',') {
    ++at_;
    skip_blanks();
    const bool is_left = more() && text_[at_] == '-';
    if (is_left) ++at_;
    if (!read_number(out.alignment)) return false;
    if (is_left) out.alignment = -out.alignment;
    skip_blanks();
  }
  if (more() && text_[at_] == ':') {
    const size_t start = ++at_;
    while (more() && text_[at_] != '}' && text_[at_] != '{') ++at_;
    out.format = substring(run, text_, start, at_ - start);
  }
  return more() && text_[at_++] == '}';
}

static const String* refuse(Evaluation& run, std::string_view message) {
  run.fail(types::format_exception, message);
  return &empty_string;
}

const String* composite_format(Evaluation& run, const String& format, std::span<const Value> arguments) {
  TextBuilder out(run);
  for (size_t at = 0; at < format.length && !run.failed();) {
    const char16_t unit = format[at++];
    if (unit != '{' && unit != '}') {
      out.append(unit);
    } else if (at < format.length && format[at] == unit) {
      out.append(unit);
      ++at;
    } else {
      Hole hole;
      HoleReader reader(format, at);
      if (unit == '}' || !reader.read(run, hole)) return refuse(run, bad_format);
      if (hole.index >= arguments.size())
        return refuse(run, "Index (zero based) must be greater than or equal to zero and less than the size of the argument list.");
      append_aligned(out, *format_value(run, arguments[hole.index], hole.format), hole.alignment);
      at = reader.at();
    }
  }
  return out.finish();
}

// "d.ddde±xx" of to_chars as .NET writes it: plain up to `plain_digits` before the point, "E+16" beyond.
static std::string shortest(const char* digits_text, size_t size, int plain_digits) {
  const std::string_view text(digits_text, size);
  const bool is_negative = text[0] == '-';
  const size_t mark = text.find('e');
  std::string digits;
  for (char c : text.substr(is_negative, mark - is_negative))
    if (c != '.') digits += c;
  int exponent = 0;
  const char* number = digits_text + mark + 1;
  std::from_chars(*number == '+' ? number + 1 : number, digits_text + size, exponent);
  std::string out = is_negative ? "-" : "";
  if (exponent >= plain_digits || exponent < -5 + 1) {
    out += digits[0];
    if (digits.size() > 1) out += "." + digits.substr(1);
    const std::string power = std::to_string(std::abs(exponent));
    return out + (exponent < 0 ? "E-" : "E+") + (power.size() < 2 ? "0" : "") + power;
  }
  if (exponent < 0) return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0');
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

static std::string_view special_text(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

template <class T>
static const String* shortest_text(Evaluation& run, T value, int plain_digits) {
  if (!std::isfinite(value)) return view_of(run, special_text(value));
  char digits[48];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr;
  return copy_of(run, shortest(digits, static_cast<size_t>(end - digits), plain_digits));
}

const String* real_text(Evaluation& run, double value) { return shortest_text(run, value, 15); }

const String* single_text(Evaluation& run, double value) { return shortest_text(run, static_cast<float>(value), 7); }

const String* integer_text(Evaluation& run, int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return copy_of(run, {digits, static_cast<size_t>(end - digits)});
}

}  // namespace gatelet::cs
