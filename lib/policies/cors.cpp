// cors: lets pages of other origins use the API (policies-a.md 9.1). A preflight is answered before operation and key matter; the lines of
// another request's answer are demanded early, so that errors have them as well.
#include <algorithm>

#include "base/text.hpp"
#include "policies/elements.hpp"
#include "policies/web_origin.hpp"
#include "policy/preflight.hpp"

namespace gatelet {

namespace {

constexpr std::string_view allow_origin = "Access-Control-Allow-Origin";
constexpr std::string_view any = "*";
constexpr std::string_view methods_by_default[] = {"GET", "POST"};

// Methods or names of headers; one of them may be "*".
class NameList {
 public:
  void read(PolicyReader& in, std::string_view item) {
    for (PolicyReader* child : in.children(item, {.least = 1})) {
      values_.push_back(child->content());
      const std::string* literal = values_.back().literal();
      if (literal && !is_token(trim(*literal)))
        child->error(DiagnosticCode::invalid_value, "'" + *literal + "' is no name; write one name, or * for all", child->at());
    }
  }
  bool is_empty() const { return values_.empty(); }
  uint8_t needs() const {
    uint8_t needs = needs_no_body;
    for (const TextValue& value : values_) needs |= value.needs();
    return needs;
  }
  // False: context.fail() was called.
  template <class Equal>
  bool has(Context& context, std::string_view name, Equal equal, bool& out) const {
    out = false;
    for (const TextValue& value : values_) {
      std::string_view text;
      if (!value.get(context, text)) return false;
      out |= trim(text) == any || equal(trim(text), name);
    }
    return true;
  }
  bool join(Context& context, std::string_view& out) const {
    for (const TextValue& value : values_) {
      std::string_view text;
      if (!value.get(context, text)) return false;
      out = out.empty() ? trim(text) : context.arena.concat(out, ", ", trim(text));
    }
    return true;
  }

 private:
  std::vector<TextValue> values_;
};

class AllowedOrigins {
 public:
  void read(PolicyReader& in) {
    for (PolicyReader* child : in.children("origin", {.least = 1})) {
      const TextValue value = child->content();
      if (value.is_expression())
        child->error(DiagnosticCode::invalid_value, "'origin' cannot be an expression; write a literal value", child->at());
      if (value.literal()) add(*child, trim(*value.literal()));
    }
  }
  bool has_any() const { return has_any_; }
  bool has(std::string_view text) const {
    if (has_any_) return true;
    const auto origin = parse_web_origin(text);
    return origin && std::ranges::any_of(texts_, [&](const std::string& known) { return is_same(*parse_web_origin(known), *origin); });
  }

 private:
  void add(PolicyReader& child, std::string_view text) {
    if (text == any) {
      has_any_ = true;
      return;
    }
    if (text.ends_with('/')) text.remove_suffix(1);
    if (!parse_web_origin(text))
      return child.error(
          DiagnosticCode::invalid_value,
          "'" + std::string(text) + "' is no origin: it must be * or a URL of scheme, host and port only, such as " + "https://app.example",
          child.at());
    texts_.emplace_back(text);
  }

  std::vector<std::string> texts_;
  bool has_any_ = false;
};

class Cors final : public Policy {
 public:
  explicit Cors(PolicyReader& in)
      : allows_credentials_(in.optional_bool("allow-credentials", false)),
        terminates_(in.optional_bool("terminate-unmatched-request", true)) {
    for (PolicyReader* child : in.children("allowed-origins", {.least = 1, .most = 1})) origins_.read(*child);
    for (PolicyReader* child : in.children("allowed-methods", {.most = 1})) {
      max_age_s_ = child->optional_integer("preflight-result-max-age", {});
      methods_.read(*child, "method");
    }
    for (PolicyReader* child : in.children("allowed-headers", {.most = 1})) headers_.read(*child, "header");
    for (PolicyReader* child : in.children("expose-headers", {.most = 1})) exposed_.read(*child, "header");
  }

  uint8_t needs() const override {
    return static_cast<uint8_t>(allows_credentials_.needs() | terminates_.needs() | (max_age_s_ ? max_age_s_->needs() : 0) |
                                methods_.needs() | headers_.needs() | exposed_.needs());
  }
  bool may_answer_early() const override { return true; }

  Flow run_early(Context& context) const override {
    if (!is_preflight(context.request)) return Flow::next;
    const std::string_view origin = context.request.headers.get(HeaderId::origin);
    // What goes out when no cors answers: nothing that a browser takes for leave.
    context.has_response = true;
    bool terminates;
    if (!origins_.has(origin)) return !terminates_.get(context, terminates) ? Flow::fail : terminates ? Flow::stop : Flow::next;
    bool is_allowed;
    if (!allows_request(context, is_allowed)) return Flow::fail;
    if (is_allowed && !allow_request(context, origin)) return Flow::fail;
    return Flow::stop;
  }

  // A request that is no preflight. Only the first cors that knows the origin counts.
  Flow run(Context& context) const override {
    const std::string_view origin = context.request.headers.get(HeaderId::origin);
    if (origin.empty())
      context.tell("Origin header was missing or empty and the request was classified as not cross-domain. CORS policy was not applied.");
    if (origin.empty() || context.pending.contains(allow_origin)) return Flow::next;
    if (origins_.has(origin)) {
      std::string_view exposed;
      if (!add_origin(context, context.pending, origin) || !exposed_.join(context, exposed)) return Flow::fail;
      if (!exposed.empty() && !context.pending.set("Access-Control-Expose-Headers", exposed)) return fail_value(context);
      return Flow::next;
    }
    bool terminates;
    if (!terminates_.get(context, terminates)) return Flow::fail;
    if (!terminates) return Flow::next;
    context.response = Response(context.arena);
    context.has_response = true;
    return Flow::stop;
  }

 private:
  bool allows_request(Context& context, bool& out) const {
    const std::string_view method = preflight_method(context.request);
    if (methods_.is_empty())
      out = std::ranges::find(methods_by_default, method) != std::end(methods_by_default);
    else if (!methods_.has(context, method, std::equal_to<>(), out))
      return false;
    std::string_view names = requested_headers(context);
    while (out && !names.empty()) {
      const size_t comma = std::min(names.find(','), names.size());
      const std::string_view name = trim(names.substr(0, comma));
      names.remove_prefix(std::min(comma + 1, names.size()));
      if (!name.empty() && !headers_.has(context, name, equal_ignoring_case, out)) return false;
    }
    return true;
  }

  bool allow_request(Context& context, std::string_view origin) const {
    Headers& lines = context.response.headers;
    if (!add_origin(context, lines, origin)) return false;
    lines.set("Access-Control-Allow-Methods", preflight_method(context.request));
    if (const std::string_view names = requested_headers(context); !names.empty()) lines.set("Access-Control-Allow-Headers", names);
    int64_t max_age_s = 0;
    if (max_age_s_ && !max_age_s_->get(context, max_age_s)) return false;
    if (max_age_s > 0) lines.set("Access-Control-Max-Age", decimal(context.arena, max_age_s));
    return true;
  }

  bool add_origin(Context& context, Headers& lines, std::string_view origin) const {
    bool allows_credentials;
    if (!allows_credentials_.get(context, allows_credentials)) return false;
    const bool is_for_all = origins_.has_any() && !allows_credentials;
    lines.set(allow_origin, is_for_all ? any : origin);
    if (allows_credentials) lines.set("Access-Control-Allow-Credentials", "true");
    if (!is_for_all) lines.append_value(text_of(HeaderId::vary), text_of(HeaderId::origin));
    return true;
  }

  static std::string_view requested_headers(const Context& context) {
    return context.request.headers.get("Access-Control-Request-Headers");
  }

  static Flow fail_value(Context& context) {
    refuse(context, "A name in expose-headers holds a line break or a control character.");
    return Flow::fail;
  }

  BoolValue allows_credentials_;
  BoolValue terminates_;
  AllowedOrigins origins_;
  NameList methods_;
  std::optional<IntegerValue> max_age_s_;
  NameList headers_;
  NameList exposed_;
};

}  // namespace

std::unique_ptr<Policy> read_cors(PolicyReader& in) { return std::make_unique<Cors>(in); }

}  // namespace gatelet
