// System.Text.RegularExpressions: Match, Group, Capture and their collections.
#include "expr/collections.hpp"
#include "expr/regex_objects.hpp"

namespace gatelet::cs {

constinit const Type regex_capture_type{.name = "System.Text.RegularExpressions.Capture"};
constinit const Type regex_group_type{.name = "System.Text.RegularExpressions.Group", .bases = "System.Text.RegularExpressions.Capture"};
constinit const Type regex_match_type{.name = "System.Text.RegularExpressions.Match", .bases = "System.Text.RegularExpressions.Group"};
constinit const Type regex_match_collection_type{.name = "System.Text.RegularExpressions.MatchCollection",
                                                 .bases = "IReadOnlyList<System.Text.RegularExpressions.Match>, ICollection"};
constinit const Type regex_group_collection_type{.name = "System.Text.RegularExpressions.GroupCollection",
                                                 .bases = "IReadOnlyList<System.Text.RegularExpressions.Group>, ICollection"};
constinit const Type regex_capture_collection_type{.name = "System.Text.RegularExpressions.CaptureCollection",
                                                   .bases = "IReadOnlyList<System.Text.RegularExpressions.Capture>, ICollection"};

static constexpr uint64_t steps_a_charge = 16;  // steps of a search that are one of an evaluation
static constexpr std::string_view timeout_text =
    "The RegEx engine has timed out while trying to match a pattern to an input string. This can occur for many reasons, including very "
    "large inputs or excessive backtracking caused by nested quantifiers, back-references and other factors.";

const RegexSubject* make_subject(Evaluation& run, const String& text, size_t begin, size_t length) {
  auto* subject = run.make<RegexSubject>();
  subject->text = &text;
  subject->begin = begin;
  if (text.is_wide) {
    subject->units = text.wide().substr(begin, length);
    return subject;
  }
  const std::span<char16_t> units = run.try_array<char16_t>(length);
  if (!units.data() || !run.charge_text(length)) return nullptr;
  const std::string_view bytes = text.ascii().substr(begin, length);
  std::copy(bytes.begin(), bytes.end(), units.begin());
  subject->units = {units.data(), length};
  return subject;
}

bool search_from(Evaluation& run, RegexSearch& search, size_t from, bool& is_found) {
  const RegexSearch::Outcome outcome = search.find(from);
  if (!run.charge(1 + search.steps_used() / steps_a_charge)) return false;
  is_found = outcome == RegexSearch::Outcome::found;
  if (outcome != RegexSearch::Outcome::exhausted) return true;
  run.fail(types::regex_match_timeout_exception, timeout_text);
  return false;
}

const String* capture_text(Evaluation& run, const RegexCapture& capture) {
  return substring(run, *capture.text, capture.start, capture.length);
}

static void set_span(RegexCapture& capture, const RegexSubject& subject, RegexSpan span) {
  capture.text = subject.text;
  capture.start = static_cast<uint32_t>(subject.begin + span.start);
  capture.length = span.end - span.start;
}

RegexMatch match_of(Evaluation& run, const RegexMatch& like, const RegexSearch& search) {
  RegexMatch match = like;
  const std::span<RegexSpan> spans = run.try_array<RegexSpan>(like.program->groups().size());
  if (!spans.data()) return match;
  for (size_t i = 0; i < spans.size(); ++i) spans[i] = search.span(i);
  match.spans = spans.data();
  match.group = &like.program->groups()[0];
  match.is_success = true;
  set_span(match, *like.subject, spans[0]);
  return match;
}

Value match_value(Evaluation& run, const RegexMatch& like, const RegexSearch& search, bool is_found) {
  if (!is_found) return value_of_object(regex_match_type, run.make<RegexMatch>());
  return value_of_object(regex_match_type, run.make<RegexMatch>(match_of(run, like, search)));
}

size_t next_start(const RegexSubject& subject, RegexSpan last) {
  if (last.end > last.start) return last.end;
  return last.end < subject.units.size() ? last.end + 1 : npos;
}

Value captures_value(Evaluation& run, const Type& collection, std::span<const Value> items) {
  const std::span<Value> kept = run.try_array<Value>(items.size());
  if (!kept.data() || !run.charge(items.size())) return {};
  std::copy(items.begin(), items.end(), kept.begin());
  return value_of_object(collection, run.make<Array>(kept.data(), static_cast<uint32_t>(kept.size())));
}

namespace regex_match_rows {

static const RegexCapture& self_capture(const Call& call) { return *call.self.object<const RegexCapture>(); }
static const RegexGroupCapture& self_group(const Call& call) { return *call.self.object<const RegexGroupCapture>(); }
static const RegexMatch& self_match(const Call& call) { return *call.self.object<const RegexMatch>(); }
static const Array& self_items(const Call& call) { return *call.self.object<const Array>(); }

static const String* text_of_capture(Evaluation& run, Value self) { return capture_text(run, *self.object<const RegexCapture>()); }

static constexpr TypeOps capture_ops{.to_string = text_of_capture};

template <const Type& element>
static Iterator* iterate_captures(Evaluation& run, Value self) {
  return iterate(run, value_of_object(array_of(element), self.object<const Array>()));
}

static constexpr ListOps capture_list{[](Evaluation&, Value self) -> size_t { return self.object<const Array>()->length; },
                                      [](Evaluation&, Value self, size_t index) { return self.object<const Array>()->items[index]; }};
static constexpr TypeOps match_collection_ops{.iterate = iterate_captures<regex_match_type>, .list = &capture_list};
static constexpr TypeOps group_collection_ops{.iterate = iterate_captures<regex_group_type>, .list = &capture_list};
static constexpr TypeOps capture_collection_ops{.iterate = iterate_captures<regex_capture_type>, .list = &capture_list};

static Value count(Call& call) { return int32(static_cast<int32_t>(self_items(call).length)); }

static Value item_at(Call& call) {
  const Array& items = self_items(call);
  const int32_t index = call.int32(0);
  if (index >= 0 && static_cast<uint32_t>(index) < items.length) return items.items[index];
  return call.run.fail_range("Specified argument was out of the range of valid values.", "i");
}

// A group that did not capture, or that the pattern does not have.
static Value failed_group(Evaluation& run) { return value_of_object(regex_group_type, run.make<RegexGroupCapture>()); }

static Value group_value(Evaluation& run, const RegexMatch& match, size_t index) {
  auto* group = run.make<RegexGroupCapture>();
  group->group = &match.program->groups()[index];
  if (const RegexSpan span = match.spans[index]; span.is_set()) {
    group->is_success = true;
    set_span(*group, *match.subject, span);
  }
  return value_of_object(regex_group_type, group);
}

static Value groups(Call& call) {
  const RegexMatch& match = self_match(call);
  std::vector<Value> all{call.self};
  for (size_t i = 1; match.spans && i < match.program->groups().size(); ++i) all.push_back(group_value(call.run, match, i));
  return captures_value(call.run, regex_group_collection_type, all);
}

template <class Matches>
static Value find_group(Call& call, const Matches& matches) {
  const Array& items = self_items(call);
  for (uint32_t i = 0; i < items.length; ++i) {
    const RegexGroup* group = items.items[i].object<const RegexGroupCapture>()->group;
    if (group && matches(*group)) return items.items[i];
  }
  return failed_group(call.run);
}

static Value group_by_number(Call& call) {
  const int32_t number = call.int32(0);
  return find_group(call, [number](const RegexGroup& group) { return group.number == number; });
}

static Value group_by_name(Call& call) {
  const String* wanted = call.text(0);
  if (!wanted) return call.run.fail_null("groupname");
  return find_group(call, [wanted](const RegexGroup& group) {
    if (group.name.size() != wanted->length) return false;
    for (size_t i = 0; i < group.name.size(); ++i)
      if (group.name[i] != (*wanted)[i]) return false;
    return true;
  });
}

static Value captures(Call& call) {
  const RegexGroupCapture& group = self_group(call);
  if (!group.is_success) return captures_value(call.run, regex_capture_collection_type, {});
  if (group.group->is_repeated)
    return call.run.fail(types::not_supported_exception,
                         "The captures of a group that is repeated are not kept; its Value is the last one.");
  const Value only[] = {call.self};
  return captures_value(call.run, regex_capture_collection_type, only);
}

static Value name(Call& call) {
  const RegexGroup* group = self_group(call).group;
  return text(string_of(call.run, group ? std::u16string_view(group->name) : u"0"));
}

static Value next_match(Call& call) {
  const RegexMatch& match = self_match(call);
  if (!match.spans) return call.self;
  const size_t from = next_start(*match.subject, match.spans[0]);
  RegexSearch search(*match.program, match.subject->units, match.steps);
  bool is_found = false;
  if (from != npos && !search_from(call.run, search, from, is_found)) return {};
  return match_value(call.run, match, search, is_found);
}

static Value result(Call& call) {
  if (!call.text(0)) return call.run.fail_null("replacement");
  if (!self_match(call).spans) return call.run.fail(types::not_supported_exception, "Result cannot be called on a failed Match.");
  TextBuilder out(call.run);
  append_replacement(out, *call.text(0), self_match(call));
  return text(out.finish());
}

static constexpr Member capture_members[] = {
    {"int Index", [](Call& call) { return int32(static_cast<int32_t>(self_capture(call).start)); }},
    {"int Length", [](Call& call) { return int32(static_cast<int32_t>(self_capture(call).length)); }},
    {"string Value", [](Call& call) { return text(capture_text(call.run, self_capture(call))); }},
};

static constexpr Member group_members[] = {
    {"bool Success", [](Call& call) { return boolean(self_group(call).is_success); }},
    {"string Name", name},
    {"CaptureCollection Captures", captures},
};

static constexpr Member match_members[] = {
    {"static Match Empty", [](Call& call) { return value_of_object(regex_match_type, call.run.make<RegexMatch>()); }},
    {"GroupCollection Groups", groups},
    {"Match NextMatch()", next_match},
    {"string Result(string replacement)", result},
};

static constexpr Member match_collection_members[] = {
    {"int Count", count},
    {"Match this[int i]", item_at},
};

static constexpr Member group_collection_members[] = {
    {"int Count", count},
    {"Group this[int groupnum]", group_by_number},
    {"Group this[string groupname]", group_by_name},
};

static constexpr Member capture_collection_members[] = {
    {"int Count", count},
    {"Capture this[int i]", item_at},
};

static const TypeRows regex_match_types[] = {
    {regex_capture_type, capture_members, &capture_ops},
    {regex_group_type, group_members},
    {regex_match_type, match_members},
    {regex_match_collection_type, match_collection_members, &match_collection_ops},
    {regex_group_collection_type, group_collection_members, &group_collection_ops},
    {regex_capture_collection_type, capture_collection_members, &capture_collection_ops},
};

}  // namespace regex_match_rows

// Replacement texts

namespace {

// One '$' of a replacement text, at replacement[at]; what begins none stays as it is.
class ReplacementReader {
 public:
  ReplacementReader(TextBuilder& out, const String& replacement, const RegexMatch& match)
      : out_(out), replacement_(replacement), match_(match) {}
  void run();

 private:
  char16_t peek(size_t ahead) const { return at_ + ahead < replacement_.length ? replacement_[at_ + ahead] : u'\0'; }
  bool read_mark();
  bool read_group();
  const RegexGroup* group_at(size_t& at, bool is_braced) const;
  void append_span(RegexSpan span);
  void append_group(const RegexGroup& group);
  size_t begin() const { return match_.start - match_.subject->begin; }

  TextBuilder& out_;
  const String& replacement_;
  const RegexMatch& match_;
  size_t at_ = 0;
};

void ReplacementReader::run() {
  for (; at_ < replacement_.length; ++at_)
    if (replacement_[at_] != '$' || !read_mark()) out_.append(replacement_[at_]);
}

void ReplacementReader::append_span(RegexSpan span) {
  if (span.is_set()) out_.append(*match_.text, match_.subject->begin + span.start, span.end - span.start);
}

void ReplacementReader::append_group(const RegexGroup& group) {
  append_span(match_.spans[static_cast<size_t>(&group - match_.program->groups().data())]);
}

// Leaves at_ at the mark's last character.
bool ReplacementReader::read_mark() {
  const size_t whole = match_.subject->units.size();
  const char16_t kind = peek(1);
  switch (kind) {
    case '$': out_.append(kind); break;
    case '&': append_span(match_.spans[0]); break;
    case '`': out_.append(*match_.text, match_.subject->begin, begin()); break;
    case '\'': out_.append(*match_.text, match_.start + match_.length, whole - begin() - match_.length); break;
    case '+': append_group(match_.program->groups().back()); break;
    case '_': out_.append(*match_.text, match_.subject->begin, whole); break;
    default: return read_group();
  }
  ++at_;
  return true;
}

bool ReplacementReader::read_group() {
  const bool is_braced = peek(1) == '{';
  size_t at = at_ + (is_braced ? 2 : 1);
  const RegexGroup* group = group_at(at, is_braced);
  if (!group || (is_braced && (at >= replacement_.length || replacement_[at++] != '}'))) return false;
  append_group(*group);
  at_ = at - 1;
  return true;
}

const RegexGroup* ReplacementReader::group_at(size_t& at, bool is_braced) const {
  const size_t first = at;
  std::u16string name;
  while (at < replacement_.length && is_regex_word(replacement_[at])) name += replacement_[at++];
  const size_t digits = std::min(name.find_first_not_of(u"0123456789"), name.size());
  if (digits == 0) return is_braced ? match_.program->syntax().find(name) : nullptr;
  at = first + digits;
  int64_t number = 0;
  for (size_t i = 0; i < digits; ++i) {
    number = number * 10 + (name[i] - '0');
    if (number > INT32_MAX) return nullptr;
  }
  return match_.program->syntax().find(static_cast<int32_t>(number));
}

}  // namespace

void append_replacement(TextBuilder& out, const String& replacement, const RegexMatch& match) {
  ReplacementReader(out, replacement, match).run();
}

extern const Family regex_match_family;
const Family regex_match_family{regex_match_rows::regex_match_types};

}  // namespace gatelet::cs
