// check-header: refuses the request when a header is absent or has none of the allowed values (policies-a.md 5.1).
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class CheckHeader final : public Policy {
 public:
  explicit CheckHeader(PolicyReader& in)
      : name_(in.required_text("name")),
        status_(in.required_integer("failed-check-httpcode", answer_statuses)),
        message_(in.required_text("failed-check-error-message")),
        ignores_case_(in.required_bool("ignore-case")),
        values_(in.texts("value")),
        acts_on_response_(in.acts_on_response()) {
    if (!name_.literal()) return;
    literal_ = HeaderName(std::string(trim(*name_.literal())));
    if (in.has("name") && !is_token(literal_.text))
      in.error(DiagnosticCode::invalid_value, "'" + literal_.text + "' cannot be the name of a header; use letters, digits and -",
               in.at("name"));
  }

  uint8_t needs() const override {
    uint8_t needs = name_.needs() | status_.needs() | message_.needs() | ignores_case_.needs();
    for (const TextValue& value : values_) needs |= value.needs();
    return needs;
  }

  Flow run(Context& context) const override {
    const Headers& headers = acts_on_response_ ? context.response.headers : context.request.headers;
    std::string_view name = literal_.text;
    bool ignores_case;
    if (name.empty() && !name_.get(context, name)) return Flow::fail;
    if (!ignores_case_.get(context, ignores_case)) return Flow::fail;
    const HeaderField* first = literal_.text.empty() ? headers.find(name) : headers.find(literal_);
    if (!first) return fail_check(context, reason::header_not_found, "Header ", name, " was not found in the request. Access denied.");
    if (values_.empty()) return Flow::next;
    const std::string_view joined = headers.get(name);
    for (const TextValue& value : values_) {
      std::string_view allowed;
      if (!value.get(context, allowed)) return Flow::fail;
      if (holds(headers, name, joined, allowed, ignores_case)) return Flow::next;
    }
    return fail_check(context, reason::header_value_not_allowed, "Header ", name, " value of ", joined, " is not allowed. Access denied.");
  }

 private:
  static bool equals(std::string_view a, std::string_view b, bool ignores_case) {
    return ignores_case ? equal_ignoring_case(a, b) : a == b;
  }

  // The whole header, one of its lines, or one of the values in a line.
  static bool holds(const Headers& headers, std::string_view name, std::string_view joined, std::string_view allowed, bool ignores_case) {
    if (equals(joined, allowed, ignores_case)) return true;
    const HeaderId id = header_id(name);
    for (const HeaderField& field : headers.fields()) {
      if (field.id != id || !equal_ignoring_case(field.name, name)) continue;
      if (equals(field.value, allowed, ignores_case)) return true;
      if (flags_of(id) & header_lines) continue;
      for (std::string_view rest = field.value; !rest.empty();) {
        const size_t comma = std::min(rest.find(','), rest.size());
        if (equals(trim(rest.substr(0, comma)), allowed, ignores_case)) return true;
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    }
    return false;
  }

  template <class... Parts>
  Flow fail_check(Context& context, std::string_view why, const Parts&... message) const {
    int64_t status = 0;
    Failure failure;
    if (!status_.get(context, status) || !message_.get(context, failure.public_message)) return Flow::fail;
    failure.reason = why;
    failure.message = context.arena.concat(message...);
    failure.status = static_cast<int>(status);
    return context.fail(failure);
  }

  TextValue name_;
  HeaderName literal_;  // empty text: not known at load
  IntegerValue status_;
  TextValue message_;
  BoolValue ignores_case_;
  std::vector<TextValue> values_;
  bool acts_on_response_;
};

}  // namespace

std::unique_ptr<Policy> read_check_header(PolicyReader& in) { return std::make_unique<CheckHeader>(in); }

}  // namespace gatelet
