// What the validate-… policies have in common: their actions, and what becomes of an error that they find (policies-a.md 6.0).
#pragma once

#include "policies/word_value.hpp"

namespace gatelet {

enum class ValidationAction : uint8_t { ignore, prevent, detect };

class ActionValue {
 public:
  static ActionValue required(PolicyReader& in, std::string_view name);
  // Of a child or a group: absent, the action around it holds.
  static ActionValue optional(PolicyReader& in, std::string_view name);
  bool is_given() const { return word_.is_given(); }
  uint8_t needs() const { return word_.needs(); }
  // False: context.fail() was called.
  bool get(Context& context, ValidationAction& out) const {
    size_t index;
    if (!word_.get(context, index)) return false;
    out = static_cast<ValidationAction>(index);
    return true;
  }

 private:
  WordValue word_;
};

// What the caller is told instead of something about the backend or the definition.
inline constexpr std::string_view validation_internal_error =
    "The request could not be processed due to an internal error. Contact the API owner.";

// One row of the catalogue of errors. The texts are static or in the arena.
struct ValidationError {
  std::string_view name;
  std::string_view type;
  std::string_view rule;
  std::string_view details;
  std::string_view public_response = validation_internal_error;
};

// The errors of one run of a policy, put into its variable behind those that are there.
class ValidationErrors {
 public:
  // `variable`: empty: none.
  ValidationErrors(Context& context, std::string_view variable, bool is_response)
      : context_(context), variable_(variable), is_response_(is_response) {}
  void add(const ValidationError& error, ValidationAction action);
  // What the policy returns.
  Flow finish();

 private:
  bool keep();

  Context& context_;
  std::string_view variable_;
  bool is_response_;
  std::string list_;  // JSON: the objects, separated by commas
  std::optional<ValidationError> prevented_;
};

}  // namespace gatelet
