#include "expr/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 16
#include <pcre2.h>

#include <algorithm>

#include "base/limits.hpp"

namespace gatelet::cs {

static constexpr size_t first_stack_bytes = 64 * 1024;
static constexpr size_t units_a_step = 16;  // of text that a step may pass over

static PCRE2_SPTR16 pcre2_text(std::u16string_view units) { return reinterpret_cast<PCRE2_SPTR16>(units.empty() ? u"" : units.data()); }

static uint32_t pcre2_options(int32_t options) {
  static constexpr std::pair<int32_t, uint32_t> known[] = {{regex_options::ignore_case, PCRE2_CASELESS},
                                                           {regex_options::multiline, PCRE2_MULTILINE},
                                                           {regex_options::single_line, PCRE2_DOTALL},
                                                           {regex_options::ecma_script, PCRE2_MATCH_UNSET_BACKREF}};
  uint32_t out = PCRE2_UCP | PCRE2_ALT_CIRCUMFLEX;
  for (const auto& [option, flag] : known)
    if (options & option) out |= flag;
  return out;
}

// What PCRE2 does not take although .NET does.
static std::string unsupported(int code) {
  switch (code) {
    case PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH: return "a look-behind of no fixed length";
    case PCRE2_ERROR_PATTERN_TOO_LARGE:
    case PCRE2_ERROR_PATTERN_TOO_COMPLICATED: return "too large a pattern";
    default: break;
  }
  PCRE2_UCHAR16 units[256];
  const int length = pcre2_get_error_message_16(code, units, std::size(units));
  std::string text;
  for (int i = 0; i < length; ++i) text += static_cast<char>(units[i]);
  return "a construct that PCRE2 refuses (" + text + ")";
}

std::shared_ptr<const RegexProgram> RegexProgram::compile(std::u16string_view pattern, int32_t options) {
  const std::shared_ptr<RegexProgram> program(new RegexProgram(pattern, options));
  program->compile();
  return program;
}

void RegexProgram::compile() {
  syntax_ = translate_regex(pattern_, options_);
  if (!syntax_.problem.empty()) {
    if (!syntax_.is_unsupported) syntax_.problem = regex_problem(pattern_, syntax_.problem);
    return;
  }
  pcre2_compile_context_16* context = pcre2_compile_context_create_16(nullptr);
  int code = PCRE2_ERROR_NOMEMORY;
  if (context) {
    PCRE2_SIZE at = 0;
    pcre2_set_newline_16(context, PCRE2_NEWLINE_LF);
    code_ = pcre2_compile_16(pcre2_text(syntax_.pattern), syntax_.pattern.size(), pcre2_options(options_), &code, &at, context);
  }
  pcre2_compile_context_free_16(context);
  if (!code_) {
    syntax_.problem = unsupported(code);
    syntax_.is_unsupported = true;
    return;
  }
  pcre2_jit_compile_16(code_, PCRE2_JIT_COMPLETE);  // where it cannot, the interpreter works
  pcre2_pattern_info_16(code_, PCRE2_INFO_SIZE, &size_);
}

// What PCRE2 needs for a search, of one search at a time.
struct RegexWorkspace {
  explicit RegexWorkspace(const pcre2_code_16* code)
      : data(pcre2_match_data_create_from_pattern_16(code, nullptr)), context(pcre2_match_context_create_16(nullptr)) {
    if (context) pcre2_set_heap_limit_16(context, regex_backtrack_bytes_max / 1024);
  }
  ~RegexWorkspace() {
    drop_stack();
    pcre2_match_data_free_16(data);
    pcre2_match_context_free_16(context);
  }
  RegexWorkspace(const RegexWorkspace&) = delete;
  RegexWorkspace& operator=(const RegexWorkspace&) = delete;

  bool is_whole() const { return data && context; }
  // Compiled code has 32 KiB of stack unless it is given more.
  void add_stack() {
    stack = pcre2_jit_stack_create_16(first_stack_bytes, regex_backtrack_bytes_max, nullptr);
    pcre2_jit_stack_assign_16(context, nullptr, stack);
  }
  void drop_stack() {
    if (!stack) return;
    pcre2_jit_stack_assign_16(context, nullptr, nullptr);
    pcre2_jit_stack_free_16(stack);
    stack = nullptr;
  }

  pcre2_match_data_16* data;
  pcre2_match_context_16* context;
  pcre2_jit_stack_16* stack = nullptr;
};

RegexProgram::~RegexProgram() {
  delete spare_.load();
  pcre2_code_free_16(code_);
}

namespace {

// What the marks of a pattern count.
struct WorkMeter {
  uint64_t left;
  size_t last = 0;
};

int count_work(pcre2_callout_block_16* block, void* data) {
  auto& meter = *static_cast<WorkMeter*>(data);
  const size_t at = block->current_position;
  const uint64_t cost = 1 + (at > meter.last ? at - meter.last : meter.last - at) / units_a_step;
  meter.last = at;
  if (cost > meter.left) return PCRE2_ERROR_CALLOUT;
  meter.left -= cost;
  return 0;
}

}  // namespace

RegexSearch::RegexSearch(const RegexProgram& program, std::u16string_view units, uint64_t steps)
    : program_(program),
      units_(units),
      steps_(std::min<uint64_t>(steps, regex_match_steps_max)),
      workspace_(program.spare_.exchange(nullptr)) {
  if (!workspace_) workspace_ = new RegexWorkspace(program.code_);
  if (workspace_->is_whole()) pcre2_set_match_limit_16(workspace_->context, static_cast<uint32_t>(steps_));
}

RegexSearch::~RegexSearch() {
  workspace_->drop_stack();
  delete program_.spare_.exchange(workspace_);
}

int RegexSearch::run(size_t from) {
  WorkMeter meter{steps_, from};
  pcre2_set_callout_16(workspace_->context, count_work, &meter);
  const int result = pcre2_match_16(program_.code_, pcre2_text(units_), units_.size(), from, 0, workspace_->data, workspace_->context);
  steps_used_ = steps_ - meter.left;
  return result;
}

RegexSearch::Outcome RegexSearch::find(size_t from) {
  if (!workspace_->is_whole()) return Outcome::exhausted;
  int result = run(from);
  if (result == PCRE2_ERROR_JIT_STACKLIMIT && !workspace_->stack) {
    workspace_->add_stack();
    result = run(from);
  }
  if (result > 0) return Outcome::found;
  return result == PCRE2_ERROR_NOMATCH ? Outcome::none : Outcome::exhausted;
}

RegexSpan RegexSearch::span(size_t group) const {
  const PCRE2_SIZE* pairs = pcre2_get_ovector_pointer_16(workspace_->data);
  RegexSpan found;
  for (const uint32_t capture : program_.groups()[group].captures) {
    const PCRE2_SIZE start = pairs[2 * capture], end = pairs[2 * capture + 1];
    // Of several groups of one name the one that captured last.
    if (start != PCRE2_UNSET && (!found.is_set() || end >= found.end)) found = {static_cast<uint32_t>(start), static_cast<uint32_t>(end)};
  }
  return found;
}

}  // namespace gatelet::cs
