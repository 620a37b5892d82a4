// wait: its policies run side by side, until all have ended or the first one has (policies-b.md 5.2). In the program each is a block behind
// a marker, which tells where the block ends.
#include "base/text.hpp"
#include "policies/elements.hpp"
#include "policy/document.hpp"

namespace gatelet {

namespace {

class Marker final : public Policy {
 public:
  Flow run(Context&) const override { return Flow::next; }
};

class Wait final : public Policy {
 public:
  explicit Wait(PolicyReader& in) : for_(in.optional_text("for")) {
    if (const std::string* literal = for_ ? for_->literal() : nullptr; literal && *literal != "all" && *literal != "any")
      in.error(DiagnosticCode::invalid_value, "'for' must be all or any, not '" + *literal + "'", in.at("for"));
    in.allow_children({"send-request", "cache-lookup-value", "choose", "include-fragment"});
    in.block(in);
  }

  uint8_t needs() const override { return for_ ? for_->needs() : static_cast<uint8_t>(needs_no_body); }

  Flow run(Context& context) const override {
    std::string_view text = "all";
    if (for_ && !for_->get(context, text)) return Flow::fail;
    text = trim(text);
    if (text != "all" && text != "any") {
      refuse(context, context.arena.concat("for must be all or any, not '", text, "'."));
      return Flow::fail;
    }
    context.is_fork_any = text == "any";
    context.tell("The policies run side by side; waiting for ", text, " of them.");
    return Flow::fork;
  }

  void flatten(const Statement& statement, Flattener& out) const override {
    const uint32_t begin = out.emit(*this, *statement.origin);
    for (const Statement& child : statement.blocks[0]) {
      const uint32_t marker = out.emit(marker_, *statement.origin);
      out.block({child});
      out.set_jump(marker, out.here());
    }
    out.set_jump(begin, out.here());
  }

 private:
  std::optional<TextValue> for_;
  Marker marker_;
};

}  // namespace

std::unique_ptr<Policy> read_wait(PolicyReader& in) { return std::make_unique<Wait>(in); }

}  // namespace gatelet
