// exists-action: what set-header and set-query-parameter do with what is already there.
#pragma once

#include "policy/reader.hpp"

namespace gatelet {

enum class ExistsAction : uint8_t { override_, skip, append, delete_ };

class ExistsActionValue {
 public:
  void read(PolicyReader& in);
  uint8_t needs() const { return text_ ? text_->needs() : static_cast<uint8_t>(needs_no_body); }
  // False: context.fail() was called.
  bool get(Context& context, ExistsAction& out) const {
    out = action_;
    return !text_ || evaluate_text(context, out);
  }

 private:
  bool evaluate_text(Context& context, ExistsAction& out) const;

  ExistsAction action_ = ExistsAction::override_;
  std::optional<TextValue> text_;  // only when it is not known at load
};

}  // namespace gatelet
