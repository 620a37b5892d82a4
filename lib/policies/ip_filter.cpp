// ip-filter: lets callers in, or keeps them out, by the address that the gateway sees (policies-a.md 5.3).
#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

// An address of the policy: read once when it is a literal.
class AddressValue {
 public:
  AddressValue(PolicyReader& in, TextValue text, SourcePos at) : text_(std::move(text)) {
    const std::string* literal = text_.literal();
    if (!literal) return;
    literal_ = parse_ip_address(trim(*literal));
    if (!literal_)
      in.error(DiagnosticCode::invalid_value,
               "'" + *literal + "' is no IP address; write one such as 10.0.0.1 or 2001:db8::1 (a block is written as address-range)", at);
  }
  uint8_t needs() const { return text_.needs(); }
  const std::optional<IpAddress>& literal() const { return literal_; }

  // False: context.fail() was called.
  bool get(Context& context, IpAddress& out) const {
    if (literal_) return out = *literal_, true;
    std::string_view text;
    if (!text_.get(context, text)) return false;
    const auto address = parse_ip_address(trim(text));
    if (!address) return refuse(context, context.arena.concat("'", text, "' is no IP address."));
    return out = *address, true;
  }

 private:
  TextValue text_;
  std::optional<IpAddress> literal_;
};

struct AddressRange {
  AddressValue from;
  std::optional<AddressValue> to;  // absent: only `from`

  bool has(Context& context, const IpAddress& address, bool& out) const {
    IpAddress first, last;
    if (!from.get(context, first)) return false;
    last = first;
    if (to && !to->get(context, last)) return false;
    out = address.is_v6 == first.is_v6 && address.is_v6 == last.is_v6 && first <= address && address <= last;
    return true;
  }
};

class IpFilter final : public Policy {
 public:
  explicit IpFilter(PolicyReader& in) : action_(in.required_text("action")) {
    if (const std::string* literal = action_.literal(); literal && !is_action(trim(*literal)))
      in.error(DiagnosticCode::invalid_value, "'action' must be allow or forbid, not '" + *literal + "'", in.at("action"));
    for (PolicyReader* child : in.children("address"))
      ranges_.push_back({AddressValue(*child, child->content(), child->at()), std::nullopt});
    for (PolicyReader* child : in.children("address-range")) read_range(*child);
    if (ranges_.empty()) in.error(DiagnosticCode::missing_value, "'ip-filter' needs an 'address' or an 'address-range'", in.at());
  }

  uint8_t needs() const override {
    uint8_t needs = action_.needs();
    for (const AddressRange& range : ranges_) needs |= static_cast<uint8_t>(range.from.needs() | (range.to ? range.to->needs() : 0));
    return needs;
  }

  Flow run(Context& context) const override {
    std::string_view action;
    if (!action_.get(context, action)) return Flow::fail;
    action = trim(action);
    if (!is_action(action)) return refuse(context, context.arena.concat("action must be allow or forbid, not '", action, "'.")), Flow::fail;
    const auto caller = parse_ip_address(context.client_ip);
    if (!caller) return deny(context, reason::caller_ip_not_parsed, "Failed to establish IP address for the caller. Access denied.");
    bool is_listed = false;
    for (const AddressRange& range : ranges_) {
      if (!range.has(context, *caller, is_listed)) return Flow::fail;
      if (is_listed) break;
    }
    if (action == allow && !is_listed)
      return deny(context, reason::caller_ip_not_allowed,
                  context.arena.concat("Caller IP address ", context.client_ip, " is not allowed. Access denied."));
    if (action == forbid && is_listed) return deny(context, reason::caller_ip_blocked, "Caller IP address is blocked. Access denied.");
    return Flow::next;
  }

 private:
  static constexpr std::string_view allow = "allow", forbid = "forbid";
  static bool is_action(std::string_view text) { return text == allow || text == forbid; }

  void read_range(PolicyReader& child) {
    AddressValue from(child, child.required_text("from"), child.at("from")), to(child, child.required_text("to"), child.at("to"));
    if (from.literal() && to.literal()) {
      if (from.literal()->is_v6 != to.literal()->is_v6)
        child.error(DiagnosticCode::invalid_value, "'from' and 'to' of an address-range must both be IPv4 or both IPv6", child.at("to"));
      else if (*from.literal() > *to.literal())
        child.error(DiagnosticCode::invalid_value, "'from' of an address-range is greater than 'to'; exchange them", child.at("from"));
    }
    ranges_.push_back({std::move(from), std::move(to)});
  }

  // The caller does not learn who is on the list.
  static Flow deny(Context& context, std::string_view why, std::string_view message) {
    Failure failure;
    failure.reason = why;
    failure.message = message;
    failure.status = 403;
    failure.public_message = "Forbidden";
    return context.fail(failure);
  }

  TextValue action_;
  std::vector<AddressRange> ranges_;
};

}  // namespace

std::unique_ptr<Policy> read_ip_filter(PolicyReader& in) { return std::make_unique<IpFilter>(in); }

}  // namespace gatelet
