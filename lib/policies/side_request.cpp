#include "policies/side_request.hpp"

#include "base/text.hpp"
#include "expr/base64.hpp"
#include "policies/elements.hpp"
#include "policy/expression_context.hpp"

namespace gatelet {

static constexpr int64_t side_timeout_s_default = 60;

// They are policies elsewhere, so they may carry an id; here it has no use.
static PolicyReader& with_id(PolicyReader& child) {
  child.has("id");
  return child;
}

void SideRequest::read(PolicyReader& in) {
  mode_ = in.optional_text("mode");
  if (mode_) {
    const std::string* literal = mode_->literal();
    if (literal && *literal != "new" && *literal != "copy")
      in.error(DiagnosticCode::invalid_value, "'mode' must be new or copy, not '" + *literal + "'", in.at("mode"));
    if (literal)
      fixed_mode_ = *literal == "copy" ? Mode::copy : Mode::new_;
    else
      fixed_mode_.reset();
  }
  auto seconds = in.optional_integer("timeout", {});
  timeout_s_ = seconds ? std::move(*seconds) : IntegerValue(side_timeout_s_default);
  for (PolicyReader* child : in.children("set-url", {.most = 1})) url_ = child->content();
  for (PolicyReader* child : in.children("set-method", {.most = 1})) {
    method_ = with_id(*child).content();
    const std::string* literal = method_->literal();
    if (literal && !is_token(*literal))
      in.error(DiagnosticCode::invalid_value, "'" + *literal + "' cannot be a method; write one such as POST", child->at());
  }
  for (PolicyReader* child : in.children("set-header")) headers_.emplace_back().read(with_id(*child));
  for (PolicyReader* child : in.children("set-body", {.most = 1})) body_.emplace().read(with_id(*child));
  for (PolicyReader* child : in.children("authentication-certificate", {.most = 1})) identity_.emplace().read(with_id(*child));
  for (PolicyReader* child : in.children("authentication-managed-identity", {.most = 1})) managed_identity_.emplace().read(with_id(*child));
  for (PolicyReader* child : in.children("authentication-basic", {.most = 1})) {
    with_id(*child);
    basic_.emplace(BasicTexts{child->required_text("username"), child->required_text("password")});
  }
  for (PolicyReader* child : in.children("proxy", {.most = 1})) {
    with_id(*child);
    proxy_.emplace(ProxyTexts{child->required_text("url"), child->optional_text("username"), child->optional_text("password")});
  }
  if (!url_ && fixed_mode_ == Mode::new_)
    in.error(DiagnosticCode::missing_value, "'" + std::string(in.element()) + "' needs the element 'set-url' unless mode is copy", in.at());
  if (const std::string* literal = url_ ? url_->literal() : nullptr) {
    const Result<Url> url = parse_url(trim(*literal));
    if (!url) in.warning(DiagnosticCode::invalid_value, "'set-url', which fails when a request comes: " + url.error().message, in.at());
  }
  copies_body_ = in.section() == Section::inbound || in.section() == Section::backend;
}

uint8_t SideRequest::needs() const {
  uint8_t needs = timeout_s_.needs();
  for (const auto* text : {&mode_, &url_, &method_})
    if (*text) needs |= (*text)->needs();
  for (const HeaderEdit& edit : headers_) needs |= edit.needs();
  if (body_) needs |= body_->needs();
  if (identity_) needs |= identity_->needs();
  if (managed_identity_) needs |= managed_identity_->needs();
  if (basic_) needs |= basic_->user.needs() | basic_->password.needs();
  if (proxy_) needs |= proxy_->url.needs();
  if (copies_body_ && !body_ && fixed_mode_ != Mode::new_) needs |= needs_request_body;
  return needs;
}

bool SideRequest::read_mode(Context& context, Mode& mode) const {
  if (fixed_mode_) return mode = *fixed_mode_, true;
  std::string_view text;
  if (!mode_->get(context, text)) return false;
  text = trim(text);
  if (text != "new" && text != "copy") return refuse(context, context.arena.concat("mode must be new or copy, not '", text, "'."));
  mode = text == "copy" ? Mode::copy : Mode::new_;
  return true;
}

bool SideRequest::copy_request(Context& context, Call& call, std::string_view& url) const {
  const Request& request = context.request;
  call.method = request.method_text;
  call.headers.assign(request.headers);
  call.headers.remove(HeaderId::host);
  if (copies_body_ && !body_) call.body = request.body;
  if (url_) return true;
  const cs::UrlView at = ExpressionContext(context).url(false);
  const std::string_view mark = at.query.empty() ? "" : "?";
  url = context.arena.concat(at.scheme, "://", at.host, ":", decimal(context.arena, at.port), at.path, mark, at.query);
  return true;
}

bool SideRequest::address(Context& context, Call& call, std::string_view text) const {
  Result<Url> url = parse_url(escape_unsafe(trim(text), context.arena));
  if (!url) return refuse(context, context.arena.concat("The URL '", text, "' cannot be used: ", url.error().message));
  if (url->scheme != "http" && url->scheme != "https")
    return refuse(context, context.arena.concat("The URL '", text, "' cannot be used: its scheme is neither http nor https."));
  call.path = context.arena.copy(url->path.empty() ? "/" : std::string_view(url->path));
  call.query = context.arena.copy(url->query);
  call.has_query = !call.query.empty();
  url->path.clear();
  url->query.clear();
  Upstream upstream = upstream_from(*std::move(url));
  upstream.is_guarded = true;
  if (identity_ && !identity_->get(context, upstream.identity)) return false;
  if (proxy_ && !use_proxy(context, upstream)) return false;
  call.upstream = context.hold_upstream(std::move(upstream));
  call.host = call.upstream->authority;
  return true;
}

bool SideRequest::use_proxy(Context& context, Upstream& upstream) const {
  std::string_view url, user, password;
  if (!proxy_->url.get(context, url)) return false;
  if (proxy_->user && !proxy_->user->get(context, user)) return false;
  if (proxy_->password && !proxy_->password->get(context, password)) return false;
  Result<Proxy> proxy = parse_proxy(trim(url), user, password);
  if (!proxy) return refuse(context, context.arena.concat("The proxy cannot be used: ", proxy.error().message));
  upstream.proxy = std::make_shared<const Proxy>(*std::move(proxy));
  return true;
}

bool SideRequest::follow_host(Context& context, Call& call) const {
  if (!call.headers.contains(HeaderId::host)) return true;
  const std::string_view host = call.headers.get(HeaderId::host);
  Authority authority;
  if (!parse_authority(host, context.arena, authority))
    return refuse(context, context.arena.concat("'", host, "' cannot be a Host header."));
  call.host = host;
  call.headers.remove(HeaderId::host);
  return true;
}

bool SideRequest::build(Context& context, Call& call) const {
  Mode mode;
  int64_t seconds = 0;
  std::string_view url;
  if (!read_mode(context, mode) || !timeout_s_.get(context, seconds)) return false;
  call.method = "GET";
  if (mode == Mode::copy && !copy_request(context, call, url)) return false;
  if (url_ && !url_->get(context, url)) return false;
  if (method_) {
    std::string_view method;
    if (!method_->get(context, method)) return false;
    call.method = method_spelled(trim(method));
    if (!is_token(call.method)) return refuse(context, context.arena.concat("'", method, "' cannot be a method."));
  }
  HeaderId changed;
  for (const HeaderEdit& edit : headers_)
    if (!edit.apply(context, call.headers, changed)) return false;
  if (body_ && !body_->apply(context, call.body, call.headers)) return false;
  if (basic_) {
    std::string_view user, password;
    if (!basic_->user.get(context, user) || !basic_->password.get(context, password)) return false;
    call.headers.set("Authorization", "Basic " + cs::base64_text(std::string(user) + ":" + std::string(password)));
  }
  if (!address(context, call, url) || !follow_host(context, call)) return false;
  call.timeout_ms = static_cast<uint64_t>(seconds) * 1000;
  call.hold_response = call.is_timeout_whole = true;
  return true;
}

}  // namespace gatelet
