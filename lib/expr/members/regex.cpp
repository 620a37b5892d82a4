// System.Text.RegularExpressions.Regex.
#include <array>

#include "expr/collections.hpp"
#include "expr/regex_objects.hpp"

namespace gatelet::cs {
namespace regex_rows {

static constexpr EnumConstant option_names[] = {{"None", 0},
                                                {"IgnoreCase", 1},
                                                {"Multiline", 2},
                                                {"ExplicitCapture", 4},
                                                {"Compiled", 8},
                                                {"Singleline", 16},
                                                {"IgnorePatternWhitespace", 32},
                                                {"RightToLeft", 64},
                                                {"ECMAScript", 256},
                                                {"CultureInvariant", 512}};
static constinit const Type options_type{
    .name = "System.Text.RegularExpressions.RegexOptions", .kind = TypeKind::enumeration, .constants = option_names, .is_flags = true};
static constinit const Type regex_type{.name = "System.Text.RegularExpressions.Regex"};
static constinit const Type evaluator_type{.name = "System.Text.RegularExpressions.MatchEvaluator",
                                           .kind = TypeKind::delegate,
                                           .bases = "string (System.Text.RegularExpressions.Match)"};

static constexpr uint64_t compile_steps = 100;
static constexpr size_t compiled_bytes_a_step = 16;
static constexpr int64_t infinite_timeout = -ticks_per_millisecond;

using Program = std::shared_ptr<const RegexProgram>;

static bool are_options(int64_t options) {
  constexpr int64_t known = 1 | 2 | 4 | 8 | 16 | 32 | 64 | 256 | 512;
  constexpr int64_t beside_ecma =
      regex_options::ecma_script | regex_options::ignore_case | regex_options::multiline | regex_options::compiled;
  return (options & ~known) == 0 && (!(options & regex_options::ecma_script) || (options & ~beside_ecma) == 0);
}

static std::string unsupported_text(const RegexProgram& program) {
  return "The regular expression has " + program.problem() + ", which is not supported";
}

static std::u16string units_of(const String& text) {
  std::u16string units;
  units.reserve(text.length);
  for (uint32_t i = 0; i < text.length; ++i) units += text[i];
  return units;
}

// The patterns of one place of call: compiled with the expression where they are constants, else the last few are kept.
class CallPatterns {
 public:
  Program fixed;

  Program get(Evaluation& run, const String& pattern, int32_t options) const {
    run.charge_text(pattern.length);
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Program& kept : recent_)
      if (kept && kept->options() == options && is_same(kept->pattern(), pattern)) return kept;
    const bool is_paid = run.charge(compile_steps + pattern.length / compiled_bytes_a_step);
    const Program made = RegexProgram::compile(is_paid ? units_of(pattern) : std::u16string(), options);
    recent_[next_++ % recent_.size()] = made;
    run.charge(made->size() / compiled_bytes_a_step);
    return made;
  }

 private:
  static bool is_same(const std::u16string& kept, const String& pattern) {
    return equal(String{kept.data(), static_cast<uint32_t>(kept.size()), true}, pattern) ||
           (!pattern.is_wide && kept.size() == pattern.length && std::equal(kept.begin(), kept.end(), pattern.ascii().begin()));
  }

  mutable std::mutex mutex_;
  mutable std::array<Program, 4> recent_;
  mutable size_t next_ = 0;
};

// A Regex object.
struct RegexObject {
  const RegexProgram* program;
  uint64_t steps;
};

// One call of a method: what is searched, and how.
struct Job {
  RegexMatch like;  // program and steps, the subject once it is made
  Program held;     // keeps a pattern alive that is not of the expression
  const String* input = nullptr;
  Value replacement;  // string or MatchEvaluator
  int64_t count = -1;
  int64_t start = 0;
};

// What is held goes when the exchange ends: for objects that outlive the call.
static void keep(Evaluation& run, Job& job) {
  if (job.held) run.own(new Program(std::move(job.held)), [](void* held) { delete static_cast<Program*>(held); });
}

static bool read_timeout(Evaluation& run, Value timeout, uint64_t& steps) {
  steps = run.budget.regex_steps;
  if (timeout.bits == infinite_timeout) return true;
  const int64_t ms = timeout.bits / ticks_per_millisecond;
  if (timeout.bits <= 0 || ms >= INT32_MAX)
    return run.fail_range("Specified argument was out of the range of valid values.", "matchTimeout"), false;
  if (ms < regex_timeout_ms_max)
    steps = std::max<uint64_t>(steps * static_cast<uint64_t>(std::max<int64_t>(ms, 1)) / regex_timeout_ms_max, 1);
  return true;
}

// Pattern at `at`, options and timeout behind the method's own `fixed` arguments.
static bool read_pattern(Call& call, size_t at, size_t fixed, int extras, Job& job) {
  Evaluation& run = call.run;
  const String* pattern = call.text(at);
  if (!pattern) return run.fail_null("pattern"), false;
  const int64_t options = extras > 0 ? call.int64(fixed) : 0;
  if (!are_options(options)) return run.fail_range("Specified argument was out of the range of valid values.", "options"), false;
  job.like.steps = run.budget.regex_steps;
  if (extras > 1 && !read_timeout(run, call.arguments[fixed + 1], job.like.steps)) return false;
  const auto* patterns = static_cast<const CallPatterns*>(call.site.prepared.get());
  if (patterns && patterns->fixed) {
    job.like.program = patterns->fixed.get();
  } else {
    const CallPatterns none;  // of a method group
    job.held = (patterns ? patterns : &none)->get(run, *pattern, static_cast<int32_t>(options));
    job.like.program = job.held.get();
  }
  const RegexProgram& program = *job.like.program;
  if (program.problem().empty()) return !run.failed();
  if (program.is_unsupported())
    run.fail(types::not_supported_exception, unsupported_text(program));
  else
    run.fail(types::argument_exception, program.problem());
  return false;
}

template <size_t pattern_at, int options_at>
static Result<std::shared_ptr<const void>> prepare(std::span<const Value* const> constants) {
  static const Value none = value_of_bits(options_type, 0);
  const auto patterns = std::make_shared<CallPatterns>();
  const Value* pattern = constants[pattern_at];
  const Value* options = options_at < 0 ? &none : constants[static_cast<size_t>(options_at)];
  if (pattern && !pattern->is_null() && options && are_options(options->bits)) {
    patterns->fixed = RegexProgram::compile(units_of(*pattern->text()), options->int32());
    if (patterns->fixed->is_unsupported()) return Error{gatelet::Code::config, unsupported_text(*patterns->fixed), {}, {}};
  }
  return std::shared_ptr<const void>(patterns);
}

static bool has_input(Evaluation& run, const Job& job) {
  if (job.input) return true;
  run.fail_null("input");
  return false;
}

// The job of Job&: input and subject are checked and made.
using Work = Value (*)(Call& call, Job& job);

static bool open_subject(Call& call, Job& job) {
  if (!has_input(call.run, job)) return false;
  if (job.start < 0 || job.start > job.input->length)
    return call.run.fail_range("Start index cannot be less than 0 or greater than input length.", "startat"), false;
  job.like.subject = make_subject(call.run, *job.input, 0, job.input->length);
  return job.like.subject != nullptr;
}

template <Work work, size_t fixed, int extras>
static Value of_class(Call& call) {
  Job job;
  if (!read_pattern(call, 1, fixed, extras, job)) return {};
  job.input = call.text(0);
  if (fixed > 2) job.replacement = call.arguments[2];
  return work(call, job);
}

// `extras`: of IsMatch and its like the start; of Replace and Split the count, then the start.
template <Work work, size_t fixed, int extras, bool has_count>
static Value of_object(Call& call) {
  const auto& self = *call.self.object<const RegexObject>();
  Job job;
  job.like.program = self.program;
  job.like.steps = self.steps;
  job.input = call.text(0);
  if (fixed > 1) job.replacement = call.arguments[1];
  if (extras > 0) (has_count ? job.count : job.start) = call.int32(fixed);
  if (extras > 1) job.start = call.int32(fixed + 1);
  return work(call, job);
}

// No object is made, so that short texts are widened on the stack.
static Value is_match(Call& call, Job& job) {
  constexpr size_t few = 512;
  char16_t widened[few];
  bool is_found = false;
  std::u16string_view units;
  if (job.input && !job.input->is_wide && job.input->length <= few && job.start == 0) {
    const std::string_view bytes = job.input->ascii();
    std::copy(bytes.begin(), bytes.end(), widened);
    units = {widened, bytes.size()};
  } else {
    if (!open_subject(call, job)) return {};
    units = job.like.subject->units;
  }
  RegexSearch search(*job.like.program, units, job.like.steps);
  return search_from(call.run, search, static_cast<size_t>(job.start), is_found) ? boolean(is_found) : Value{};
}

static Value first_match(Call& call, Job& job) {
  bool is_found = false;
  RegexSearch search(*job.like.program, job.like.subject->units, job.like.steps);
  if (!search_from(call.run, search, static_cast<size_t>(job.start), is_found)) return {};
  keep(call.run, job);
  return match_value(call.run, job.like, search, is_found);
}

static Value match(Call& call, Job& job) { return open_subject(call, job) ? first_match(call, job) : Value{}; }

static Value match_part(Call& call) {
  const auto& self = *call.self.object<const RegexObject>();
  Job job;
  job.like.program = self.program;
  job.like.steps = self.steps;
  job.input = call.text(0);
  if (!has_input(call.run, job)) return {};
  const int64_t begin = call.int32(1), length = call.int32(2);
  if (begin < 0 || begin > job.input->length)
    return call.run.fail_range("Start index cannot be less than 0 or greater than input length.", "beginning");
  if (length < 0 || begin + length > job.input->length)
    return call.run.fail_range("Length cannot be less than 0 or exceed input length.", "length");
  job.like.subject = make_subject(call.run, *job.input, static_cast<size_t>(begin), static_cast<size_t>(length));
  return job.like.subject ? first_match(call, job) : Value{};
}

// Every match in turn, `count` of them at most; `use` gives false to stop.
template <class Use>
static bool each_match(Call& call, Job& job, const Use& use) {
  if (!open_subject(call, job)) return false;
  RegexSearch search(*job.like.program, job.like.subject->units, job.like.steps);
  auto from = static_cast<size_t>(job.start);
  for (int64_t left = job.count; left != 0 && from != npos; --left) {
    bool is_found = false;
    if (!search_from(call.run, search, from, is_found)) return false;
    if (!is_found) return true;
    if (!use(search)) return false;
    from = next_start(*job.like.subject, search.span(0));
  }
  return true;
}

static Value matches(Call& call, Job& job) {
  List found;
  const bool is_done =
      each_match(call, job, [&](const RegexSearch& search) { return found.add(call.run, match_value(call.run, job.like, search, true)); });
  if (!is_done) return {};
  keep(call.run, job);
  return captures_value(call.run, regex_match_collection_type, {found.items, found.count});
}

// What stands for a match in the result of Replace.
static bool append_replaced(Call& call, const Job& job, const RegexSearch& search, TextBuilder& out) {
  if (job.replacement.is(types::text)) {
    append_replacement(out, *job.replacement.text(), match_of(call.run, job.like, search));
    return !call.run.failed();
  }
  const Value text = invoke(call.run, job.replacement, match_value(call.run, job.like, search, true));
  out.append(text.text());
  return !call.run.failed();
}

static Value replace(Call& call, Job& job) {
  if (!has_input(call.run, job)) return {};
  if (job.replacement.is_null()) return call.run.fail_null("replacement");
  if (job.count < -1) return call.run.fail_range("Count cannot be less than -1.", "count");
  TextBuilder out(call.run);
  size_t done = 0;
  if (job.replacement.type->kind == TypeKind::delegate) keep(call.run, job);
  bool is_changed = false;
  const bool is_done = each_match(call, job, [&](const RegexSearch& search) {
    const RegexSpan span = search.span(0);
    out.append(*job.input, done, span.start - done);
    done = span.end;
    is_changed = true;
    return append_replaced(call, job, search, out);
  });
  if (!is_done) return {};
  if (!is_changed) return text(job.input);
  out.append(*job.input, done, job.input->length - done);
  return text(out.finish());
}

static Value split(Call& call, Job& job) {
  if (!has_input(call.run, job)) return {};
  if (job.count == -1) job.count = 0;
  if (job.count < 0) return call.run.fail_range("Count cannot be less than -1.", "count");
  List parts;
  size_t done = 0;
  --job.count;  // the last part is the rest; without a count there is no last match
  const auto add = [&](size_t start, size_t end) { return parts.add(call.run, text(substring(call.run, *job.input, start, end - start))); };
  const bool is_done = each_match(call, job, [&](const RegexSearch& search) {
    const RegexSpan whole = search.span(0);
    if (!add(done, whole.start)) return false;
    done = whole.end;
    for (size_t i = 1; i < job.like.program->groups().size(); ++i)
      if (const RegexSpan span = search.span(i); span.is_set() && !add(span.start, span.end)) return false;
    return true;
  });
  if (!is_done || !add(done, job.input->length)) return {};
  return array_value(call.run, types::text, {parts.items, parts.count});
}

template <int extras>
static Value create(Call& call) {
  Job job;
  if (!read_pattern(call, 0, 1, extras, job)) return {};
  const RegexProgram* program = job.like.program;
  keep(call.run, job);
  return value_of_object(regex_type, call.run.make<RegexObject>(program, job.like.steps));
}

static const String* pattern_text(Evaluation& run, Value self) {
  return string_of(run, self.object<const RegexObject>()->program->pattern());
}

static constexpr TypeOps regex_ops{.to_string = pattern_text};

static Value escape(Call& call) {
  static constexpr std::pair<char16_t, char16_t> letters[] = {{'\t', 't'}, {'\n', 'n'}, {'\f', 'f'}, {'\r', 'r'}};
  const String* whole = call.text(0);
  if (!whole) return call.run.fail_null("str");
  TextBuilder out(call.run);
  for (uint32_t i = 0; i < whole->length; ++i) {
    char16_t unit = (*whole)[i];
    const bool is_special =
        unit < 0x80 && std::string_view("\\*+?|{[()^$.# \t\n\f\r").find(static_cast<char>(unit)) != std::string_view::npos;
    for (const auto& [character, letter] : letters)
      if (character == unit) unit = letter;
    if (is_special) out.append(u'\\');
    out.append(unit);
  }
  return text(out.finish());
}

static Value unescape(Call& call) {
  if (!call.text(0)) return call.run.fail_null("str");
  const std::u16string whole = units_of(*call.text(0));
  TextBuilder out(call.run);
  for (size_t at = 0; at < whole.size();) {
    char16_t unit = whole[at++];
    std::string problem;
    if (unit == '\\' && !read_regex_escape(whole, at, false, unit, problem))
      return call.run.fail(types::argument_exception, regex_problem(whole, problem));
    out.append(unit);
  }
  return text(out.finish());
}

static constexpr Member regex_members[] = {
    {"new(string pattern)", create<0>, nullptr, prepare<0, -1>},
    {"new(string pattern, RegexOptions options)", create<1>, nullptr, prepare<0, 1>},
    {"new(string pattern, RegexOptions options, TimeSpan matchTimeout)", create<2>, nullptr, prepare<0, 1>},
    {"static TimeSpan InfiniteMatchTimeout", [](Call&) { return time_span(infinite_timeout); }},
    {"static bool IsMatch(string input, string pattern)", of_class<is_match, 2, 0>, nullptr, prepare<1, -1>},
    {"static bool IsMatch(string input, string pattern, RegexOptions options)", of_class<is_match, 2, 1>, nullptr, prepare<1, 2>},
    {"static bool IsMatch(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)", of_class<is_match, 2, 2>, nullptr,
     prepare<1, 2>},
    {"static Match Match(string input, string pattern)", of_class<match, 2, 0>, nullptr, prepare<1, -1>},
    {"static Match Match(string input, string pattern, RegexOptions options)", of_class<match, 2, 1>, nullptr, prepare<1, 2>},
    {"static Match Match(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)", of_class<match, 2, 2>, nullptr,
     prepare<1, 2>},
    {"static MatchCollection Matches(string input, string pattern)", of_class<matches, 2, 0>, nullptr, prepare<1, -1>},
    {"static MatchCollection Matches(string input, string pattern, RegexOptions options)", of_class<matches, 2, 1>, nullptr, prepare<1, 2>},
    {"static MatchCollection Matches(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)", of_class<matches, 2, 2>,
     nullptr, prepare<1, 2>},
    {"static string Replace(string input, string pattern, string replacement)", of_class<replace, 3, 0>, nullptr, prepare<1, -1>},
    {"static string Replace(string input, string pattern, string replacement, RegexOptions options)", of_class<replace, 3, 1>, nullptr,
     prepare<1, 3>},
    {"static string Replace(string input, string pattern, string replacement, RegexOptions options, TimeSpan matchTimeout)",
     of_class<replace, 3, 2>, nullptr, prepare<1, 3>},
    {"static string Replace(string input, string pattern, MatchEvaluator evaluator)", of_class<replace, 3, 0>, nullptr, prepare<1, -1>},
    {"static string Replace(string input, string pattern, MatchEvaluator evaluator, RegexOptions options)", of_class<replace, 3, 1>,
     nullptr, prepare<1, 3>},
    {"static string Replace(string input, string pattern, MatchEvaluator evaluator, RegexOptions options, TimeSpan matchTimeout)",
     of_class<replace, 3, 2>, nullptr, prepare<1, 3>},
    {"static string[] Split(string input, string pattern)", of_class<split, 2, 0>, nullptr, prepare<1, -1>},
    {"static string[] Split(string input, string pattern, RegexOptions options)", of_class<split, 2, 1>, nullptr, prepare<1, 2>},
    {"static string[] Split(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)", of_class<split, 2, 2>, nullptr,
     prepare<1, 2>},
    {"static string Escape(string str)", escape},
    {"static string Unescape(string str)", unescape},
    {"bool IsMatch(string input)", of_object<is_match, 1, 0, false>},
    {"bool IsMatch(string input, int startat)", of_object<is_match, 1, 1, false>},
    {"Match Match(string input)", of_object<match, 1, 0, false>},
    {"Match Match(string input, int startat)", of_object<match, 1, 1, false>},
    {"Match Match(string input, int beginning, int length)", match_part},
    {"MatchCollection Matches(string input)", of_object<matches, 1, 0, false>},
    {"MatchCollection Matches(string input, int startat)", of_object<matches, 1, 1, false>},
    {"string Replace(string input, string replacement)", of_object<replace, 2, 0, true>},
    {"string Replace(string input, string replacement, int count)", of_object<replace, 2, 1, true>},
    {"string Replace(string input, string replacement, int count, int startat)", of_object<replace, 2, 2, true>},
    {"string Replace(string input, MatchEvaluator evaluator)", of_object<replace, 2, 0, true>},
    {"string Replace(string input, MatchEvaluator evaluator, int count)", of_object<replace, 2, 1, true>},
    {"string Replace(string input, MatchEvaluator evaluator, int count, int startat)", of_object<replace, 2, 2, true>},
    {"string[] Split(string input)", of_object<split, 1, 0, true>},
    {"string[] Split(string input, int count)", of_object<split, 1, 1, true>},
    {"string[] Split(string input, int count, int startat)", of_object<split, 1, 2, true>},
};

static const TypeRows regex_types[] = {
    {options_type},
    {regex_type, regex_members, &regex_ops},
    {evaluator_type},
};

}  // namespace regex_rows

extern const Family regex_family;
const Family regex_family{regex_rows::regex_types};

}  // namespace gatelet::cs
