// Markup: what stands between the marks of a tag or an output: operands, filters, conditions, attributes.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "liquid/nodes.hpp"

namespace gatelet::liquid {

// The variables of a template and the memory of its literals.
class Names {
 public:
  Names(Arena& arena, Naming naming);
  ~Names();
  Slot slot(std::string_view name);
  const cs::String* text(std::string_view bytes);
  Value decimal(std::string_view digits);
  const std::vector<const cs::String*>& all() const { return names_; }
  bool has(std::string_view name) const;  // in whatever case
  const Naming naming;
  bool computes_names = false;  // [name] stands where a variable does

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
  std::vector<const cs::String*> names_;
  std::map<std::string, Slot, std::less<>> slots_;
};

class Markup {
 public:
  Markup(std::string_view text, Names& names) : text_(text), names_(names) {}

  // Each is false after a problem; problem() says which.
  bool operand(Operand& out);
  bool pipeline(Pipeline& out);    // to the end
  bool condition(Condition& out);  // to the end
  bool name(std::string_view& out);
  bool word(std::string_view wanted);  // takes it when it comes next
  bool character(char wanted);         // likewise
  bool at_end();
  bool expect_end(std::string_view what);
  std::string_view rest() const { return text_.substr(at_); }
  bool fail(std::string problem);
  const std::string& problem() const { return problem_; }
  // Filters that nobody knows.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  void skip_blanks();
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool enter() { return ++depth_ <= depth_max() || fail("brackets are nested too deeply; assign a part of it to a variable first"); }
  static uint32_t depth_max();
  bool quoted(std::string_view& out);
  bool number(Operand& out);
  bool range(Operand& out);
  bool variable(Operand& out);
  bool steps(Operand& out);
  bool step_in_brackets(Operand& out);
  bool filter(FilterUse& out);
  bool find(std::string_view name, FilterUse& out);
  bool check_count(std::string_view name, const FilterUse& use);
  bool term(Condition::Term& out);
  bool operation(Operator& out);

  std::string_view text_;
  Names& names_;
  size_t at_ = 0;
  uint32_t depth_ = 0;
  std::string problem_;
  std::vector<std::string> warnings_;
};

}  // namespace gatelet::liquid
