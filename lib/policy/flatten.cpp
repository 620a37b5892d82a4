// Flattening: the documents of all scopes become one program. At <base/> the same section of the next broader scope is put in; a scope
// without a document or without the section passes its parent's on (policies-a.md 2.1, 2.2).
#include <algorithm>

#include "base/limits.hpp"
#include "policy/document.hpp"

namespace gatelet {

static constexpr size_t flattened_scopes = 4;

namespace {

class ProgramFlattener final : public Flattener {
 public:
  explicit ProgramFlattener(const std::shared_ptr<const Document> (&documents)[flattened_scopes], Program& program)
      : documents_(documents), program_(program) {}

  void section(Section section) {
    section_ = static_cast<size_t>(section);
    program_.sections[section_].first = here();
    expand(flattened_scopes);
    program_.sections[section_].last = here();
  }

  uint32_t emit(const Policy& policy, const Origin& origin) override {
    if (is_full()) return 0;
    const uint8_t needs = policy.needs();
    program_.needs |= needs;
    program_.uses_examples |= policy.uses_examples();
    program_.uses_definition |= policy.uses_definition();
    if (depth_ == 1 && section_ == static_cast<size_t>(Section::inbound) && policy.may_answer_early()) program_.early.push_back(here());
    program_.code.push_back({&policy, &origin, here() + 1, needs});
    return here() - 1;
  }
  void set_jump(uint32_t index, uint32_t target) override {
    if (!is_full()) program_.code[index].jump = target;
  }
  uint32_t here() const override { return static_cast<uint32_t>(program_.code.size()); }
  void block(const Block& block) override {
    for (const Statement& statement : block) {
      if (is_full()) return;
      if (statement.is_base()) {
        expand(scope_);
      } else {
        ++depth_;
        statement.policy->flatten(statement, *this);
        --depth_;
      }
    }
  }
  bool is_full() const { return program_.code.size() > program_instructions_max; }

 private:
  // The section of the narrowest document among the scopes broader than `below`.
  void expand(size_t below) {
    for (size_t scope = below; scope-- > 0;) {
      if (!documents_[scope] || !documents_[scope]->sections[section_]) continue;
      const size_t outer = std::exchange(scope_, scope);
      block(*documents_[scope]->sections[section_]);
      scope_ = outer;
      return;
    }
  }

  const std::shared_ptr<const Document> (&documents_)[flattened_scopes];
  Program& program_;
  size_t section_ = 0;
  size_t scope_ = 0;
  size_t depth_ = 0;  // of policies in policies
};

// Whether an instruction stands in a section itself, or in branches: then it can be jumped to.
bool can_go_on_behind(const Origin& origin) {
  for (std::string_view rest = origin.path; !rest.empty();) {
    const size_t end = std::min(rest.find('\\'), rest.size());
    const std::string_view step = rest.substr(0, std::min(rest.find('['), end));
    if (step != origin.element && step != "choose" && step != "when" && step != "otherwise" && step != "include-fragment") return false;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return true;
}

// Outbound from its beginning, where nothing would have kept the response.
uint32_t place_behind_cache_store(const Program& program) {
  const Program::Range outbound = program.sections[static_cast<size_t>(Section::outbound)];
  for (uint32_t at = outbound.first; at < outbound.last; ++at) {
    const Origin& found = *program.code[at].origin;
    if (found.element == cache_store_element && can_go_on_behind(found)) return at + 1;
  }
  return outbound.first;
}

}  // namespace

Result<std::shared_ptr<const Program>> flatten(const std::shared_ptr<const Document> (&by_scope)[flattened_scopes]) {
  auto program = std::make_shared<Program>();
  ProgramFlattener flattener(by_scope, *program);
  for (Section section : {Section::inbound, Section::backend, Section::outbound, Section::on_error}) flattener.section(section);
  if (flattener.is_full())
    return Error{Code::limit,
                 "the merged policies have more than " + std::to_string(program_instructions_max) +
                     " instructions; use fewer policies, or fewer <base/> in branches",
                 {},
                 {}};
  for (const auto& document : by_scope)
    if (document) program->owners.push_back(document);
  program->behind_cache_store = place_behind_cache_store(*program);
  program->code.shrink_to_fit();
  return std::shared_ptr<const Program>(std::move(program));
}

}  // namespace gatelet
