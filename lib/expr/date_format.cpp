// Formats of dates and time spans.
#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "expr/dates.hpp"

namespace gatelet::cs {

namespace {

constexpr std::string_view day_names[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::string_view month_names[] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};
constexpr int fraction_digits_max = 7;

// The moment that is written; `offset` only where one is known.
struct Moment {
  int64_t ticks = 0;
  DateTimeKind kind = DateTimeKind::unspecified;
  int16_t offset_minutes = 0;
  bool is_offset = false;  // a DateTimeOffset
};

std::string padded(int64_t number, size_t width) {
  std::string text = std::to_string(number);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

std::string offset_text(int offset_minutes, bool has_minutes, size_t hour_width) {
  const int size = std::abs(offset_minutes);
  std::string text = (offset_minutes < 0 ? "-" : "+") + padded(size / 60, hour_width);
  return has_minutes ? text + ":" + padded(size % 60, 2) : text;
}

// The format that a standard letter stands for; empty: none.
std::string_view standard_format(char letter, bool is_offset) {
  switch (letter) {
    case 'd': return "MM/dd/yyyy";
    case 'D': return "dddd, dd MMMM yyyy";
    case 'f': return "dddd, dd MMMM yyyy HH:mm";
    case 'F':
    case 'U': return is_offset && letter == 'U' ? "" : "dddd, dd MMMM yyyy HH:mm:ss";
    case 'g': return "MM/dd/yyyy HH:mm";
    case 'G': return "MM/dd/yyyy HH:mm:ss";
    case 'm':
    case 'M': return "MMMM dd";
    case 'o':
    case 'O': return is_offset ? "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffzzz" : "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK";
    case 'r':
    case 'R': return "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'";
    case 's': return "yyyy'-'MM'-'dd'T'HH':'mm':'ss";
    case 't': return "HH:mm";
    case 'T': return "HH:mm:ss";
    case 'u': return "yyyy'-'MM'-'dd HH':'mm':'ss'Z'";
    case 'y':
    case 'Y': return "yyyy MMMM";
    default: return "";
  }
}

// Letters that write a part of the date, in runs.
class DateWriter {
 public:
  explicit DateWriter(const Moment& moment) : moment_(moment), date_(calendar_date(moment.ticks)), time_(moment.ticks % ticks_per_day) {}

  // False: the format is refused.
  bool write(std::string_view format) {
    for (size_t at = 0; at < format.size();) {
      const char c = format[at];
      if (c == '\'' || c == '"') {
        if (!quoted(format, at)) return false;
      } else if (c == '\\') {
        if (at + 1 == format.size()) return false;
        out_ += format[at + 1];
        at += 2;
      } else if (c == '%') {
        if (at + 1 == format.size() || format[at + 1] == '%') return false;
        part(format[at + 1], 1);
        at += 2;
      } else {
        const size_t run = is_run(c) ? std::min(format.find_first_not_of(c, at), format.size()) - at : 1;
        if ((c == 'f' || c == 'F') && run > fraction_digits_max) return false;
        part(c, run);
        at += run;
      }
    }
    return true;
  }
  std::string take() { return std::move(out_); }

 private:
  static bool is_run(char c) { return std::string_view("dfFghHKmMstyz").find(c) != std::string_view::npos; }

  bool quoted(std::string_view format, size_t& at) {
    const char quote = format[at++];
    for (; at < format.size(); ++at) {
      if (format[at] == quote) return ++at, true;
      if (format[at] == '\\' && ++at == format.size()) return false;
      out_ += format[at];
    }
    return false;
  }

  void number(int64_t value, size_t run, size_t width_max = 2) { out_ += padded(value, std::min(run, width_max)); }

  void part(char c, size_t run) {
    const int hour = static_cast<int>(time_ / ticks_per_hour);
    switch (c) {
      case 'd': day(run); break;
      case 'M': month(run); break;
      case 'y':
        if (run <= 2)
          number(date_.year % 100, run);
        else
          out_ += padded(date_.year, run);
        break;
      case 'h': number(hour % 12 == 0 ? 12 : hour % 12, run); break;
      case 'H': number(hour, run); break;
      case 'm': number(time_ / ticks_per_minute % 60, run); break;
      case 's': number(time_ / ticks_per_second % 60, run); break;
      case 'f':
      case 'F': fraction(run, c == 'F'); break;
      case 't': out_ += run == 1 ? (hour < 12 ? "A" : "P") : (hour < 12 ? "AM" : "PM"); break;
      case 'g': out_ += "A.D."; break;
      case 'z': out_ += offset_text(moment_.offset_minutes, run > 2, run == 1 ? 1 : 2); break;
      case 'K': kind(); break;
      default: out_ += c; break;
    }
  }
  void day(size_t run) {
    const std::string_view name = day_names[day_of_week(moment_.ticks)];
    if (run <= 2)
      number(date_.day, run);
    else
      out_ += run == 3 ? name.substr(0, 3) : name;
  }
  void month(size_t run) {
    const std::string_view name = month_names[date_.month - 1];
    if (run <= 2)
      number(date_.month, run);
    else
      out_ += run == 3 ? name.substr(0, 3) : name;
  }
  void fraction(size_t run, bool is_short) {
    std::string digits = padded(time_ % ticks_per_second, fraction_digits_max).substr(0, run);
    if (is_short) {
      digits.resize(digits.find_last_not_of('0') + 1);
      if (digits.empty() && out_.ends_with('.')) out_.pop_back();
    }
    out_ += digits;
  }
  void kind() {
    if (moment_.is_offset || moment_.kind == DateTimeKind::local)
      out_ += offset_text(moment_.offset_minutes, true, 2);
    else if (moment_.kind == DateTimeKind::utc)
      out_ += 'Z';
  }

  Moment moment_;
  CalendarDate date_;
  int64_t time_;
  std::string out_;
};

const String* refuse(Evaluation& run) {
  run.fail(types::format_exception, "Input string was not in a correct format.");
  return &empty_string;
}

const String* format_moment(Evaluation& run, Moment moment, std::string_view format) {
  if (format.size() == 1) {
    const char letter = format[0];
    format = standard_format(letter, moment.is_offset);
    if (format.empty()) return refuse(run);
    if (moment.is_offset && (letter == 'r' || letter == 'R' || letter == 'u')) moment.ticks -= moment.offset_minutes * ticks_per_minute;
  }
  if (!run.charge_text(format.size())) return &empty_string;
  DateWriter writer(moment);
  return writer.write(format) ? copy_of(run, writer.take()) : refuse(run);
}

}  // namespace

const String* format_date(Evaluation& run, DateTime value, const String* format) {
  return format_moment(run, {value.ticks, value.kind, 0, false}, format && !format->empty() ? utf8(*format) : std::string("G"));
}

const String* format_date_offset(Evaluation& run, const DateTimeOffset& value, const String* format) {
  const std::string wanted = format && !format->empty() ? utf8(*format) : std::string("MM/dd/yyyy HH:mm:ss zzz");
  return format_moment(run, {value.ticks, DateTimeKind::unspecified, value.offset_minutes, true}, wanted);
}

static std::string iso_moment(int64_t ticks) {
  DateWriter writer({ticks, DateTimeKind::unspecified, 0, false});
  writer.write("yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'FFFFFFF");
  return writer.take();
}

std::string iso_text(DateTime value) {
  return iso_moment(value.ticks) + (value.kind == DateTimeKind::utc ? "Z" : value.kind == DateTimeKind::local ? "+00:00" : "");
}

std::string iso_text(const DateTimeOffset& value) { return iso_moment(value.ticks) + offset_text(value.offset_minutes, true, 2); }

namespace {

// The parts of a span's size.
struct SpanParts {
  explicit SpanParts(int64_t ticks)
      : is_negative(ticks < 0), size(ticks < 0 ? 0 - static_cast<uint64_t>(ticks) : static_cast<uint64_t>(ticks)) {
    days = static_cast<int64_t>(size / ticks_per_day);
    hours = static_cast<int64_t>(size / ticks_per_hour % 24);
    minutes = static_cast<int64_t>(size / ticks_per_minute % 60);
    seconds = static_cast<int64_t>(size / ticks_per_second % 60);
    fraction = static_cast<int64_t>(size % ticks_per_second);
  }
  bool is_negative;
  uint64_t size;
  int64_t days, hours, minutes, seconds, fraction;
};

std::string general_span(const SpanParts& parts, bool is_long) {
  std::string text = parts.is_negative ? "-" : "";
  if (is_long || parts.days != 0) text += std::to_string(parts.days) + ":";
  text += padded(parts.hours, is_long ? 2 : 1) + ":" + padded(parts.minutes, 2) + ":" + padded(parts.seconds, 2);
  if (!is_long && parts.fraction == 0) return text;
  std::string fraction = padded(parts.fraction, fraction_digits_max);
  if (!is_long) fraction.resize(fraction.find_last_not_of('0') + 1);
  return text + "." + fraction;
}

// Custom formats: d h m s f F with runs, separators quoted or escaped. False: refused.
bool custom_span(const SpanParts& parts, std::string_view format, std::string& out) {
  for (size_t at = 0; at < format.size();) {
    const char c = format[at];
    if (c == '\\' && at + 1 < format.size()) {
      out += format[at + 1];
      at += 2;
      continue;
    }
    if (c == '\'' || c == '"') {
      const size_t end = format.find(c, at + 1);
      if (end == std::string_view::npos) return false;
      out += format.substr(at + 1, end - at - 1);
      at = end + 1;
      continue;
    }
    if (c == '%' && at + 1 < format.size() && format[at + 1] != '%') {
      ++at;
      continue;
    }
    const size_t run = std::min(format.find_first_not_of(c, at), format.size()) - at;
    switch (c) {
      case 'd': out += run <= 8 ? padded(parts.days, run) : ""; break;
      case 'h': out += padded(parts.hours, run); break;
      case 'm': out += padded(parts.minutes, run); break;
      case 's': out += padded(parts.seconds, run); break;
      case 'f':
      case 'F': {
        if (run > fraction_digits_max) return false;
        std::string digits = padded(parts.fraction, fraction_digits_max).substr(0, run);
        if (c == 'F') digits.resize(digits.find_last_not_of('0') + 1);
        out += digits;
        break;
      }
      default: return false;
    }
    if ((c == 'd' && run > 8) || (c != 'd' && c != 'f' && c != 'F' && run > 2)) return false;
    at += run;
  }
  return true;
}

}  // namespace

std::string time_span_text(int64_t ticks) {
  const SpanParts parts(ticks);
  std::string text = parts.is_negative ? "-" : "";
  if (parts.days != 0) text += std::to_string(parts.days) + ".";
  text += padded(parts.hours, 2) + ":" + padded(parts.minutes, 2) + ":" + padded(parts.seconds, 2);
  return parts.fraction == 0 ? text : text + "." + padded(parts.fraction, fraction_digits_max);
}

const String* format_time_span(Evaluation& run, int64_t ticks, const String* format) {
  const std::string wanted = format && !format->empty() ? utf8(*format) : std::string("c");
  const SpanParts parts(ticks);
  if (wanted == "c" || wanted == "t" || wanted == "T") return copy_of(run, time_span_text(ticks));
  if (wanted == "g" || wanted == "G") return copy_of(run, general_span(parts, wanted == "G"));
  std::string text;
  if (wanted.size() == 1 || !run.charge_text(wanted.size()) || !custom_span(parts, wanted, text)) return refuse(run);
  return copy_of(run, text);
}

}  // namespace gatelet::cs
