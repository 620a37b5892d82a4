// RegexTranslator: the two passes behind translate_regex(): regex_translator.cpp has the structure, regex_escapes.cpp escapes and classes.
#pragma once

#include "expr/regex_syntax.hpp"

namespace gatelet::cs {

inline bool is_ascii_digit(char16_t unit) { return unit >= '0' && unit <= '9'; }
std::string utf8_of(std::u16string_view units);

// Reads the pattern twice: first to learn its groups, which references before them need, then to write.
class RegexTranslator {
 public:
  RegexTranslator(std::u16string_view pattern, int32_t options) : text_(pattern), given_options_(options) {}
  RegexSyntax run();

 private:
  enum class Atom { failed, none, anchor, unit, group };
  struct Occurrence {
    int32_t number = 0;  // 0: none given
    std::u16string name;
  };

  bool fail(std::string problem);
  bool refuse(std::string problem);
  bool has(int32_t option) const { return options_ & option; }
  bool is_ecma() const { return given_options_ & regex_options::ecma_script; }
  bool at_end() const { return at_ == text_.size(); }
  char16_t peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : u'\0'; }
  bool is_at(char16_t unit, size_t ahead = 0) const { return at_ + ahead < text_.size() && text_[at_ + ahead] == unit; }
  bool accept(char16_t unit) { return is_at(unit) && (++at_, true); }

  bool read_pattern();
  void number_groups();
  bool read_alternatives(bool& is_marked, size_t* count = nullptr);
  bool read_sequence();
  bool skip_blanks();
  Atom read_atom();
  bool begins_quantifier() const;
  bool fail_quantifier();
  bool read_counts(int32_t& least, int32_t& most);
  bool read_quantifier(size_t start, Atom atom, uint32_t first_capture);
  bool read_decimal(int32_t& out);
  std::u16string read_name();

  Atom read_group();
  Atom read_group_kind();
  Atom read_content(std::u16string_view open);
  bool read_group_name(char16_t close, Occurrence& out);
  Atom read_condition();
  bool read_condition_reference(const RegexGroup*& group, bool& is_reference);
  bool refuse_condition_group();
  Atom read_inline_options();
  void note(Occurrence occurrence);

  Atom read_escape();
  Atom read_named_reference();
  Atom refer(const RegexGroup* group, const std::string& problem);
  Atom boundary(bool is_negated);
  bool read_property(std::u16string& items, bool is_negated);
  bool read_class(std::u16string& out);
  bool read_class_item(std::u16string& items, bool in_range, char16_t& unit, bool& is_class, bool& is_escaped);
  bool read_subtraction(std::u16string& out);
  Atom write_class(std::u16string_view items);

  std::u16string_view text_;
  const int32_t given_options_;
  int32_t options_ = 0;
  size_t at_ = 0;
  uint32_t depth_ = 0;
  uint32_t capture_count_ = 0;
  bool is_counting_ = true;
  bool was_quantified_ = false;
  bool has_marked_group_ = false;
  size_t content_start_ = 0;  // of the group that was read last
  std::vector<Occurrence> occurrences_;
  RegexSyntax out_;
};

}  // namespace gatelet::cs
