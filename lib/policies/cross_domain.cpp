// cross-domain: the file with which Flash and Silverlight asked what they may do on a host (policies-a.md 9.2).
#include "policies/elements.hpp"

namespace gatelet {

namespace {

constexpr std::string_view files[] = {"/crossdomain.xml", "/clientaccesspolicy.xml"};
constexpr std::string_view root = "cross-domain-policy";
constexpr std::string_view old_root = "cross-domain";  // as an old sample has it

class CrossDomain final : public Policy {
 public:
  explicit CrossDomain(PolicyReader& in) {
    std::vector<PolicyReader*> roots = in.children(root, {.most = 1});
    if (roots.empty()) roots = in.children(old_root, {.most = 1});
    if (roots.empty()) {
      in.error(DiagnosticCode::missing_value, "'cross-domain' needs the element 'cross-domain-policy'", in.at());
      return;
    }
    const TextValue content = roots[0]->body();
    if (content.is_expression())
      in.error(DiagnosticCode::invalid_value, "'cross-domain-policy' cannot be an expression; write a literal value", roots[0]->at());
    const std::string name(root);
    if (content.literal()) file_ = Buffer::copy("<?xml version=\"1.0\"?>\n<" + name + ">" + *content.literal() + "</" + name + ">");
  }

  // Other requests pass.
  Flow run(Context&) const override { return Flow::next; }

  bool may_answer_early() const override { return true; }
  Flow run_early(Context& context) const override {
    const std::string_view path = context.request.target.path;
    if (context.request.method != Method::get || (path != files[0] && path != files[1])) return Flow::next;
    context.response.headers.append(text_of(HeaderId::content_type), "text/x-cross-domain-policy");
    context.response.body = Body::from(file_);
    context.has_response = true;
    return Flow::stop;
  }

 private:
  Buffer file_;
};

}  // namespace

std::unique_ptr<Policy> read_cross_domain(PolicyReader& in) { return std::make_unique<CrossDomain>(in); }

}  // namespace gatelet
