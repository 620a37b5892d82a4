// Render: one rendering of one template: its variables, its output and what it may still use up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "liquid/value.hpp"

namespace gatelet::liquid {

// Variables of a template are known when it is read: a slot each.
using Slot = uint32_t;

class Render {
 public:
  Render(const Scene& scene, std::span<const cs::String* const> names, std::string& out, size_t bytes_max);

  const Scene& scene;
  cs::Evaluation& run;

  bool put(std::string_view text);
  bool put(const cs::String& text);
  std::string& out() { return *out_; }
  // Sends what is put elsewhere; the same place again afterwards.
  std::string* redirect(std::string* to) { return std::exchange(out_, to); }

  Value variable(Slot slot) const;
  Value variable(const cs::String& name) const;
  void set_global(const cs::String& name, Value value);
  void assign(Slot slot, Value value) { slots_[slot].assigned = {true, value}; }
  void push(Slot slot, Value value) { loops_.push_back({slot, value}); }
  void set_top(Value value) { loops_.back().value = value; }
  void pop() { loops_.pop_back(); }
  // increment and decrement: counters that variables of the same name hide.
  int64_t counter(Slot slot) const { return slots_[slot].counter.value.bits; }
  void set_counter(Slot slot, int64_t value) { slots_[slot].counter = {true, integer(value)}; }

  // Numbers that tags keep for the whole rendering, by name: 0 at first. Null: refused by a limit.
  int64_t* kept(char kind, const cs::String& name);
  // ifchanged: whether the text is another one than last time.
  bool has_changed(std::string_view text);

  bool begin_iteration();
  bool fail(std::string_view message) { return run.fail(cs::types::invalid_operation_exception, message), false; }

  SourcePos failed_at;

 private:
  struct Held {
    bool is_set = false;
    Value value;
  };
  struct Variable {
    Held assigned;
    Held global;
    Held counter;
  };
  struct Bound {
    Slot slot;
    Value value;
  };
  struct Kept {
    char kind;
    const cs::String* name;
    int64_t number;
    Kept* next;
  };

  std::span<const cs::String* const> names_;
  std::vector<Variable> slots_;
  std::vector<Bound> loops_;
  std::vector<std::pair<const cs::String*, Value>> globals_;
  Kept* kept_ = nullptr;
  std::string changed_;
  std::string* out_;
  size_t bytes_left_;
  uint64_t iterations_left_;
};

}  // namespace gatelet::liquid
