// TimeZoneInfo and TimeZone. The gateway's own zone is UTC.
#include "expr/time_zones.hpp"

#include <algorithm>
#include <cstdlib>

#include "expr/dates.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace time_zone_rows {

static constinit const Type zone_type{.name = "System.TimeZoneInfo", .bases = "IEquatable<TimeZoneInfo>"};
static constinit const Type old_zone_type{.name = "System.TimeZone"};
static constinit const Type rule_type{.name = "System.TimeZoneInfo.AdjustmentRule"};
static constinit const Type transition_type{.name = "System.TimeZoneInfo.TransitionTime"};

namespace {

struct Zone {
  const String* id = nullptr;
  TimeZoneRule rule;
};

// When clocks change, as TransitionTime tells it: on a day of the month, or on a weekday of one of its weeks.
struct Transition {
  int64_t time_ticks = 0;  // of the day
  int32_t month = 1;
  int32_t day = 0;  // 0: by week and weekday
  int32_t week = 1;
  int32_t weekday = 0;
  bool operator==(const Transition&) const = default;
};

struct Adjustment {
  int64_t start_ticks = 0;
  int64_t end_ticks = 0;
  int64_t delta_ticks = 0;
  Transition starts;
  Transition ends;
  bool operator==(const Adjustment&) const = default;
};

}  // namespace

static constexpr std::string_view wrong_kind =
    "The conversion could not be completed because the supplied DateTime did not have the Kind property set correctly. For example, when "
    "the Kind property is DateTimeKind.Local, the source time zone must be TimeZoneInfo.Local.";
static constexpr std::string_view skipped_time =
    "The supplied DateTime represents an invalid time. For example, when the clock is adjusted forward, any time in the period that is "
    "skipped is invalid.";

static constexpr char utc_name[] = "UTC";
static constexpr String utc_id{utc_name, 3, false};
static constexpr Zone utc_zone{&utc_id, {}};

static const Zone* zone(const Call& call, size_t i) { return call.object<const Zone>(i); }
static const Zone& self_zone(const Call& call) { return *call.self.object<const Zone>(); }
static DateTime date(const Call& call, size_t i) { return DateTime::from_bits(call.arguments[i].bits); }

static Value utc(Call&) { return value_of_object(zone_type, &utc_zone); }

static const Zone* find(Evaluation& run, const String* id) {
  constexpr uint64_t search_steps = 200;  // a table of some 700 names
  if (!id) return run.fail_null("id"), nullptr;
  if (!run.charge(search_steps) || !run.charge_text(id->length)) return nullptr;
  const std::string name = utf8(*id);
  const auto rule = find_time_zone(name);
  if (rule) return run.make<Zone>(id, *rule);
  return run.fail(types::time_zone_not_found_exception, "The time zone ID '" + name + "' was not found on the local computer."), nullptr;
}

static Value find_by_id(Call& call) { return value_of_object(zone_type, find(call.run, call.text(0))); }

static Value try_find_by_id(Call& call) {
  const Zone* found = find(call.run, call.text(0));
  if (!found) call.run.take_fault();
  call.out(1) = value_of_object(zone_type, found);
  return boolean(found != nullptr);
}

static Value clamped(int64_t ticks, DateTimeKind kind) { return date_time({std::clamp<int64_t>(ticks, 0, date_ticks_max), kind}); }

// UTC of a clock time of the zone; false: the evaluation has failed.
static bool to_utc(Evaluation& run, DateTime value, const Zone& from, int64_t& ticks) {
  const bool is_plain = value.kind == DateTimeKind::unspecified;
  if (!is_plain && equal(*from.id, utc_id)) return ticks = value.ticks, true;
  if (!is_plain) return run.fail_argument(types::argument_exception, wrong_kind, "sourceTimeZone"), false;
  if (utc_of_local(from.rule, value.ticks, ticks) != LocalTime::invalid) return true;
  return run.fail_argument(types::argument_exception, skipped_time, "dateTime"), false;
}

static Value from_utc_ticks(int64_t ticks, const Zone& to) {
  const DateTimeKind kind = equal(*to.id, utc_id) ? DateTimeKind::utc : DateTimeKind::unspecified;
  return clamped(ticks + offset_minutes(to.rule, ticks) * ticks_per_minute, kind);
}

static Value convert_to_utc(Call& call) {
  const Zone* from = zone(call, 1);
  int64_t ticks = 0;
  if (!from) return call.run.fail_null("sourceTimeZone");
  return to_utc(call.run, date(call, 0), *from, ticks) ? clamped(ticks, DateTimeKind::utc) : Value{};
}

static Value convert_from_utc(Call& call) {
  const Zone* to = zone(call, 1);
  if (!to) return call.run.fail_null("destinationTimeZone");
  if (date(call, 0).kind == DateTimeKind::local) return call.run.fail_argument(types::argument_exception, wrong_kind, "dateTime");
  return from_utc_ticks(date(call, 0).ticks, *to);
}

static Value convert(Evaluation& run, DateTime value, const Zone* from, const Zone* to) {
  if (run.failed()) return {};
  if (!from) return run.fail_null("sourceTimeZone");
  if (!to) return run.fail_null("destinationTimeZone");
  int64_t ticks = 0;
  return to_utc(run, value, *from, ticks) ? from_utc_ticks(ticks, *to) : Value{};
}

static Value convert_offset(Evaluation& run, const DateTimeOffset& value, const Zone* to) {
  if (run.failed()) return {};
  if (!to) return run.fail_null("destinationTimeZone");
  const int64_t ticks = value.ticks - value.offset_minutes * ticks_per_minute;
  const int32_t minutes = offset_minutes(to->rule, ticks);
  const int64_t local = std::clamp<int64_t>(ticks + minutes * ticks_per_minute, 0, date_ticks_max);
  return value_of_object(types::date_time_offset, run.make<DateTimeOffset>(local, static_cast<int16_t>(minutes)));
}

// The instant a DateTime means to a zone: its own clock time unless it says otherwise.
static int64_t instant(const Zone& self, DateTime value, LocalTime& kind) {
  int64_t ticks = value.ticks;
  kind = LocalTime::valid;
  if (value.kind == DateTimeKind::unspecified) kind = utc_of_local(self.rule, value.ticks, ticks);
  return ticks;
}

static Value utc_offset(Call& call) {
  LocalTime kind;
  const int64_t ticks = instant(self_zone(call), date(call, 0), kind);
  return time_span(offset_minutes(self_zone(call).rule, ticks) * ticks_per_minute);
}

static Value utc_offset_of_offset(Call& call) {
  const auto& value = *call.object<const DateTimeOffset>(0);
  const int64_t ticks = value.ticks - value.offset_minutes * ticks_per_minute;
  return time_span(offset_minutes(self_zone(call).rule, ticks) * ticks_per_minute);
}

static Value is_daylight_time(Call& call) {
  LocalTime kind;
  const int64_t ticks = instant(self_zone(call), date(call, 0), kind);
  return boolean(kind != LocalTime::ambiguous && is_daylight(self_zone(call).rule, ticks));
}

template <LocalTime wanted>
static Value is_local_time(Call& call) {
  LocalTime kind;
  instant(self_zone(call), date(call, 0), kind);
  return boolean(kind == wanted);
}

// An instant is ambiguous where the zone's clock shows its time twice.
static bool is_ambiguous_instant(Call& call, DateTime& local) {
  const auto& value = *call.object<const DateTimeOffset>(0);
  const Zone& self = self_zone(call);
  const int64_t utc = value.ticks - value.offset_minutes * ticks_per_minute;
  const int32_t minutes = is_daylight(self.rule, utc) ? self.rule.daylight_minutes : self.rule.standard_minutes;
  local = {utc + minutes * ticks_per_minute, DateTimeKind::unspecified};
  LocalTime kind;
  instant(self, local, kind);
  return kind == LocalTime::ambiguous;
}

static Value display_name(Call& call) {
  const Zone& self = self_zone(call);
  const int32_t minutes = self.rule.standard_minutes, size = std::abs(minutes);
  const auto two = [](int32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const std::string offset = minutes == 0 ? "" : (minutes < 0 ? "-" : "+") + two(size / 60) + ":" + two(size % 60);
  return text(copy_of(call.run, "(UTC" + offset + ") " + utf8(*self.id)));
}

// The only rule of a zone is in force at all times.
static Transition transition_of(const ClockChange& change) {
  const int64_t seconds = std::clamp<int64_t>(change.seconds, 0, ticks_per_day / ticks_per_second - 1);
  return {.time_ticks = seconds * ticks_per_second, .month = change.month, .week = change.week, .weekday = change.weekday};
}

static Value adjustment_rules(Call& call) {
  const TimeZoneRule& rule = self_zone(call).rule;
  if (!rule.has_daylight) return array_value(call.run, rule_type, {});
  auto* made = call.run.make<Adjustment>();
  made->end_ticks = date_ticks_max / ticks_per_day * ticks_per_day;
  made->delta_ticks = (rule.daylight_minutes - rule.standard_minutes) * ticks_per_minute;
  made->starts = transition_of(rule.starts);
  made->ends = transition_of(rule.ends);
  const Value only = value_of_object(rule_type, made);
  return array_value(call.run, rule_type, {&only, 1});
}

static ClockChange change_of(const Transition& transition) {
  // A day of the month is taken for the weekday of its week: rules of zones know no other.
  const int week = transition.day ? std::min((transition.day - 1) / 7 + 1, 5) : transition.week;
  return {transition.month, week, transition.weekday, static_cast<int>(transition.time_ticks / ticks_per_second)};
}

// id, offset and names; the last of the rules, where there are any, is taken.
static Value create_zone(Call& call, const Array* rules) {
  if (!call.text(0)) return call.run.fail_null("id");
  if (call.text(0)->empty())
    return call.run.fail_argument(types::argument_exception, "The specified ID parameter '' is not supported.", "id");
  const int64_t offset = call.int64(1), minutes = offset / ticks_per_minute;
  if (offset % ticks_per_minute != 0)
    return call.run.fail_argument(types::argument_exception,
                                  "The TimeSpan parameter cannot be specified more precisely than whole minutes.", "baseUtcOffset");
  if (minutes < -14 * 60 || minutes > 14 * 60)
    return call.run.fail_range("The TimeSpan parameter must be within plus or minus 14.0 hours.", "baseUtcOffset");
  auto* made = call.run.make<Zone>(call.text(0), TimeZoneRule{});
  made->rule.standard_minutes = made->rule.daylight_minutes = static_cast<int32_t>(minutes);
  if (rules && rules->length && !rules->items[rules->length - 1].is_null()) {
    const auto& last = *rules->items[rules->length - 1].object<const Adjustment>();
    made->rule.daylight_minutes += static_cast<int32_t>(last.delta_ticks / ticks_per_minute);
    made->rule.has_daylight = last.delta_ticks != 0;
    made->rule.starts = change_of(last.starts);
    made->rule.ends = change_of(last.ends);
  }
  return value_of_object(zone_type, made);
}

template <bool is_fixed>
static Value create_transition(Call& call) {
  auto* made = call.run.make<Transition>();
  made->time_ticks = date(call, 0).ticks;
  made->month = call.int32(1);
  (is_fixed ? made->day : made->week) = call.int32(2);
  if (!is_fixed) made->weekday = static_cast<int32_t>(call.int64(3));
  if (made->time_ticks >= ticks_per_day)
    return call.run.fail_argument(types::argument_exception,
                                  "The supplied DateTime must have the Year, Month, and Day properties set to 1.", "timeOfDay");
  if (made->month < 1 || made->month > 12) return call.run.fail_range("The Month parameter must be in the range 1 through 12.", "month");
  if (is_fixed && (made->day < 1 || made->day > 31))
    return call.run.fail_range("The Day parameter must be in the range 1 through 31.", "day");
  if (!is_fixed && (made->week < 1 || made->week > 5))
    return call.run.fail_range("The Week parameter must be in the range 1 through 5.", "week");
  return value_of_object(transition_type, made);
}

static Value create_adjustment(Call& call) {
  if (call.arguments[3].is_null() || call.arguments[4].is_null()) return call.run.fail_null("daylightTransitionStart");
  if (date(call, 0).ticks > date(call, 1).ticks)
    return call.run.fail_argument(types::argument_exception, "The DateStart property must come before the DateEnd property.", "dateStart");
  return value_of_object(rule_type, call.run.make<Adjustment>(date(call, 0).ticks, date(call, 1).ticks, call.int64(2),
                                                              *call.object<const Transition>(3), *call.object<const Transition>(4)));
}

template <class T>
static bool same_parts(Evaluation&, Value self, Value other) {
  return self.type == other.type && *self.object<const T>() == *other.object<const T>();
}

template <class T>
static Value equals_parts(Call& call) {
  return boolean(!call.arguments[0].is_null() && same_parts<T>(call.run, call.self, call.arguments[0]));
}

static bool both_same(const Call& call) {
  const auto *a = call.object<const Transition>(0), *b = call.object<const Transition>(1);
  return a == b || (a && b && *a == *b);
}

static Value ambiguous_offsets(Call& call) {
  LocalTime kind;
  const TimeZoneRule& rule = self_zone(call).rule;
  instant(self_zone(call), date(call, 0), kind);
  if (kind != LocalTime::ambiguous)
    return call.run.fail_argument(types::argument_exception, "The supplied DateTime is not in an ambiguous time range.", "dateTime");
  const Value offsets[] = {time_span(rule.standard_minutes * ticks_per_minute), time_span(rule.daylight_minutes * ticks_per_minute)};
  return array_value(call.run, types::time_span, offsets);
}

static Value ambiguous_offsets_of_instant(Call& call) {
  DateTime local;
  if (!is_ambiguous_instant(call, local))
    return call.run.fail_argument(types::argument_exception, "The supplied DateTimeOffset is not in an ambiguous time range.",
                                  "dateTimeOffset");
  const Value arguments[] = {date_time(local)};
  Call with_local{call.run, call.site, call.self, arguments};
  return ambiguous_offsets(with_local);
}

static Value id(Call& call) { return text(self_zone(call).id); }

static bool same_zone(Evaluation&, Value self, Value other) {
  return self.type == other.type && equal(*self.object<const Zone>()->id, *other.object<const Zone>()->id);
}

static constexpr TypeOps zone_ops{
    .to_string = [](Evaluation&, Value self) { return self.object<const Zone>()->id; },
    .equals = same_zone,
    .hash = [](Evaluation&, Value self) { return hash_of(*self.object<const Zone>()->id); },
};

static constexpr std::string_view needs_culture = "the names of time zones depend on a culture; use Id";

static constexpr Member zone_members[] = {
    {"static TimeZoneInfo Utc", utc},
    {"static TimeZoneInfo Local", utc},
    {"static TimeZoneInfo FindSystemTimeZoneById(string id)", find_by_id},
    {"static bool TryFindSystemTimeZoneById(string id, out TimeZoneInfo timeZoneInfo)", try_find_by_id},
    {"static DateTime ConvertTimeToUtc(DateTime dateTime)", [](Call& call) { return clamped(date(call, 0).ticks, DateTimeKind::utc); }},
    {"static DateTime ConvertTimeToUtc(DateTime dateTime, TimeZoneInfo sourceTimeZone)", convert_to_utc},
    {"static DateTime ConvertTimeFromUtc(DateTime dateTime, TimeZoneInfo destinationTimeZone)", convert_from_utc},
    {"static DateTime ConvertTime(DateTime dateTime, TimeZoneInfo destinationTimeZone)",
     [](Call& call) { return convert(call.run, date(call, 0), &utc_zone, zone(call, 1)); }},
    {"static DateTime ConvertTime(DateTime dateTime, TimeZoneInfo sourceTimeZone, TimeZoneInfo destinationTimeZone)",
     [](Call& call) { return convert(call.run, date(call, 0), zone(call, 1), zone(call, 2)); }},
    {"static DateTimeOffset ConvertTime(DateTimeOffset dateTimeOffset, TimeZoneInfo destinationTimeZone)",
     [](Call& call) { return convert_offset(call.run, *call.object<const DateTimeOffset>(0), zone(call, 1)); }},
    {"static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string destinationTimeZoneId)",
     [](Call& call) { return convert(call.run, date(call, 0), &utc_zone, find(call.run, call.text(1))); }},
    {"static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string sourceTimeZoneId, string destinationTimeZoneId)",
     [](Call& call) {
       const Zone* from = find(call.run, call.text(1));
       return convert(call.run, date(call, 0), from, from ? find(call.run, call.text(2)) : nullptr);
     }},
    {"static DateTimeOffset ConvertTimeBySystemTimeZoneId(DateTimeOffset dateTimeOffset, string destinationTimeZoneId)",
     [](Call& call) { return convert_offset(call.run, *call.object<const DateTimeOffset>(0), find(call.run, call.text(1))); }},
    {"string Id", id},
    {"string DisplayName", display_name},
    {"string StandardName", nullptr, nullptr, nullptr, needs_culture},
    {"string DaylightName", nullptr, nullptr, nullptr, needs_culture},
    {"TimeSpan BaseUtcOffset", [](Call& call) { return time_span(self_zone(call).rule.standard_minutes * ticks_per_minute); }},
    {"bool SupportsDaylightSavingTime", [](Call& call) { return boolean(self_zone(call).rule.has_daylight); }},
    {"TimeSpan GetUtcOffset(DateTime dateTime)", utc_offset},
    {"TimeSpan GetUtcOffset(DateTimeOffset dateTimeOffset)", utc_offset_of_offset},
    {"bool IsDaylightSavingTime(DateTime dateTime)", is_daylight_time},
    {"bool IsDaylightSavingTime(DateTimeOffset dateTimeOffset)",
     [](Call& call) {
       const auto& value = *call.object<const DateTimeOffset>(0);
       return boolean(is_daylight(self_zone(call).rule, value.ticks - value.offset_minutes * ticks_per_minute));
     }},
    {"TimeSpan[] GetAmbiguousTimeOffsets(DateTime dateTime)", ambiguous_offsets},
    {"TimeSpan[] GetAmbiguousTimeOffsets(DateTimeOffset dateTimeOffset)", ambiguous_offsets_of_instant},
    {"bool IsAmbiguousTime(DateTimeOffset dateTimeOffset)",
     [](Call& call) {
       DateTime local;
       return boolean(is_ambiguous_instant(call, local));
     }},
    {"AdjustmentRule[] GetAdjustmentRules()", adjustment_rules},
    {"bool HasSameRules(TimeZoneInfo other)",
     [](Call& call) { return zone(call, 0) ? boolean(self_zone(call).rule == zone(call, 0)->rule) : call.run.fail_null("other"); }},
    {"static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, string standardDisplayName)",
     [](Call& call) { return create_zone(call, nullptr); }},
    {"static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, string standardDisplayName, string "
     "daylightDisplayName, AdjustmentRule[] adjustmentRules)",
     [](Call& call) { return create_zone(call, call.object<const Array>(5)); }},
    {"bool IsAmbiguousTime(DateTime dateTime)", is_local_time<LocalTime::ambiguous>},
    {"bool IsInvalidTime(DateTime dateTime)", is_local_time<LocalTime::invalid>},
    {"bool Equals(TimeZoneInfo other)",
     [](Call& call) { return boolean(!call.arguments[0].is_null() && same_zone(call.run, call.self, call.arguments[0])); }},
};

static const Adjustment& self_rule(const Call& call) { return *call.self.object<const Adjustment>(); }
static const Transition& self_transition(const Call& call) { return *call.self.object<const Transition>(); }

template <Transition Adjustment::*part>
static Value transition(Call& call) {
  return value_of_object(transition_type, &(self_rule(call).*part));
}

template <int32_t Transition::*part>
static Value number_of(Call& call) {
  return int32(self_transition(call).*part);
}

static constexpr TypeOps rule_ops{.equals = same_parts<Adjustment>};
static constexpr TypeOps transition_ops{.equals = same_parts<Transition>};

static constexpr Member rule_members[] = {
    {"DateTime DateStart", [](Call& call) { return clamped(self_rule(call).start_ticks, DateTimeKind::unspecified); }},
    {"DateTime DateEnd", [](Call& call) { return clamped(self_rule(call).end_ticks, DateTimeKind::unspecified); }},
    {"TimeSpan DaylightDelta", [](Call& call) { return time_span(self_rule(call).delta_ticks); }},
    {"TransitionTime DaylightTransitionStart", transition<&Adjustment::starts>},
    {"TransitionTime DaylightTransitionEnd", transition<&Adjustment::ends>},
    {"bool Equals(AdjustmentRule other)", equals_parts<Adjustment>},
    {"static AdjustmentRule CreateAdjustmentRule(DateTime dateStart, DateTime dateEnd, TimeSpan daylightDelta, TransitionTime "
     "daylightTransitionStart, TransitionTime daylightTransitionEnd)",
     create_adjustment},
};

static constexpr Member transition_members[] = {
    {"DateTime TimeOfDay", [](Call& call) { return clamped(self_transition(call).time_ticks, DateTimeKind::unspecified); }},
    {"int Month", number_of<&Transition::month>},
    {"int Week", number_of<&Transition::week>},
    {"int Day", [](Call& call) { return int32(std::max(1, self_transition(call).day)); }},
    {"DayOfWeek DayOfWeek", [](Call& call) { return value_of_bits(types::day_of_week, self_transition(call).weekday); }},
    {"bool IsFixedDateRule", [](Call& call) { return boolean(self_transition(call).day != 0); }},
    {"bool Equals(TransitionTime other)", equals_parts<Transition>},
    {"static TransitionTime CreateFixedDateRule(DateTime timeOfDay, int month, int day)", create_transition<true>},
    {"static TransitionTime CreateFloatingDateRule(DateTime timeOfDay, int month, int week, DayOfWeek dayOfWeek)",
     create_transition<false>},
    {"static bool operator ==(TransitionTime t1, TransitionTime t2)", [](Call& call) { return boolean(both_same(call)); }},
    {"static bool operator !=(TransitionTime t1, TransitionTime t2)", [](Call& call) { return boolean(!both_same(call)); }},
};

// TimeZone: the zone of the gateway only.
static constexpr Member old_zone_members[] = {
    {"static TimeZone CurrentTimeZone", [](Call&) { return value_of_bits(old_zone_type, 1); }},
    {"string StandardName", [](Call&) { return text(&utc_id); }},
    {"string DaylightName", [](Call&) { return text(&utc_id); }},
    {"TimeSpan GetUtcOffset(DateTime time)", [](Call&) { return time_span(0); }},
    {"bool IsDaylightSavingTime(DateTime time)", [](Call&) { return boolean(false); }},
    {"DateTime ToUniversalTime(DateTime time)", [](Call& call) { return clamped(date(call, 0).ticks, DateTimeKind::utc); }},
    {"DateTime ToLocalTime(DateTime time)", [](Call& call) { return clamped(date(call, 0).ticks, DateTimeKind::local); }},
};

static const TypeRows time_zone_types[] = {
    {zone_type, zone_members, &zone_ops},
    {rule_type, rule_members, &rule_ops},
    {transition_type, transition_members, &transition_ops},
    {old_zone_type, old_zone_members},
};

}  // namespace time_zone_rows

extern const Family time_zone_family;
const Family time_zone_family{time_zone_rows::time_zone_types};

}  // namespace gatelet::cs
