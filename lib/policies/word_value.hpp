// WordValue: an attribute whose value is one of a few words, known at load or computed for each request.
#pragma once

#include <span>

#include "policy/reader.hpp"

namespace gatelet {

using Words = std::span<const std::string_view>;  // static

class WordValue {
 public:
  WordValue() = default;
  static WordValue required(PolicyReader& in, std::string_view name, Words words) { return {in, name, words, in.required_text(name)}; }
  // Absent: the word of index `fallback`.
  static WordValue optional(PolicyReader& in, std::string_view name, Words words, size_t fallback) {
    WordValue value(in, name, words, in.optional_text(name));
    if (!value.is_given_) value.index_ = fallback;
    return value;
  }

  bool is_given() const { return is_given_; }
  uint8_t needs() const { return text_ ? text_->needs() : static_cast<uint8_t>(needs_no_body); }
  // The index of the word. False: context.fail() was called.
  bool get(Context& context, size_t& index) const {
    index = index_;
    return !text_ || evaluate_word(context, index);
  }

 private:
  WordValue(PolicyReader& in, std::string_view name, Words words, std::optional<TextValue> text);
  bool evaluate_word(Context& context, size_t& index) const;

  std::string_view name_;
  Words words_;
  bool is_given_ = false;
  size_t index_ = 0;
  std::optional<TextValue> text_;  // only when it is not known at load
};

}  // namespace gatelet
