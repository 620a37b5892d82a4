// Regex objects: what Match, Group and Capture are at run time, and the jobs of Regex's methods that make them.
#pragma once

#include <memory>
#include <mutex>

#include "expr/member.hpp"
#include "expr/regex.hpp"

namespace gatelet::cs {

extern const Type regex_capture_type, regex_group_type, regex_match_type, regex_match_collection_type, regex_group_collection_type,
    regex_capture_collection_type;

// The text that is searched: all of `text` or a part of it.
struct RegexSubject {
  const String* text = &empty_string;
  std::u16string_view units;
  size_t begin = 0;  // of the units in the text
};
// Null when refused by a limit.
const RegexSubject* make_subject(Evaluation& run, const String& text, size_t begin, size_t length);

struct RegexCapture {
  const String* text = &empty_string;
  uint32_t start = 0;
  uint32_t length = 0;
};
struct RegexGroupCapture : RegexCapture {
  bool is_success = false;
  const RegexGroup* group = nullptr;
};
struct RegexMatch : RegexGroupCapture {
  const RegexProgram* program = nullptr;  // null: Match.Empty
  const RegexSubject* subject = nullptr;
  const RegexSpan* spans = nullptr;  // of the program's groups, in the subject
  uint64_t steps = 0;
};

// Searches from `from` on and charges for it; fails with RegexMatchTimeoutException.
bool search_from(Evaluation& run, RegexSearch& search, size_t from, bool& is_found);
const String* capture_text(Evaluation& run, const RegexCapture& capture);
// The match that the search found last; the empty one of `found` is false.
Value match_value(Evaluation& run, const RegexMatch& like, const RegexSearch& search, bool is_found);
// Where the next match may begin; npos: nowhere.
size_t next_start(const RegexSubject& subject, RegexSpan last);
// "$1", "${name}", "$&" … of a replacement text.
void append_replacement(TextBuilder& out, const String& replacement, const RegexMatch& match);
// The match with its spans, without being an object of its own.
RegexMatch match_of(Evaluation& run, const RegexMatch& like, const RegexSearch& search);
Value captures_value(Evaluation& run, const Type& collection, std::span<const Value> items);

}  // namespace gatelet::cs
