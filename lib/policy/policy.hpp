// Policy: one element of a policy document, read when a configuration loads, immutable, shared by all exchanges. Policies of all scopes are
// merged at load into flat programs; at run time there is no tree. A policy that has to wait starts an action, returns Flow::wait, and is
// resumed at the same instruction: no coroutine frames, nothing allocated (measured.md 4, d2).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "expr/expression.hpp"
#include "policy/context.hpp"

namespace gatelet {

enum class Section : uint8_t { inbound, backend, outbound, on_error };
inline constexpr size_t section_count = 4;
std::string_view text_of(Section section);  // "inbound", "backend", "outbound", "on-error"

enum class Scope : uint8_t { global, product, api, operation };
std::string_view text_of(Scope scope);

// What Program::behind_cache_store looks for.
inline constexpr std::string_view cache_store_element = "cache-store";

// Masks for the table of policies: where an element may stand.
enum SectionMask : uint8_t { in_inbound = 1, in_backend = 2, in_outbound = 4, in_on_error = 8, in_all_sections = 15 };
enum ScopeMask : uint8_t { at_global = 1, at_product = 2, at_api = 4, at_operation = 8, at_all_scopes = 15 };

// Where an instruction comes from, for LastError, traces and messages.
struct Origin {
  std::string element;    // "set-header"
  std::string path;       // "choose[1]\when[2]\set-header": an index where siblings share a name
  std::string policy_id;  // id attribute
  Scope scope = Scope::global;
  Section section = Section::inbound;
  SourcePos at;
  std::shared_ptr<const std::string> file = nullptr;  // where `at` is, as in diagnostics; shared by all of the file
};

struct Statement;
class Flattener;

class Policy {
 public:
  virtual ~Policy() = default;
  virtual Flow run(Context& context) const = 0;
  // After Flow::wait, when the awaited reply has come. Only policies that wait override it.
  virtual Flow resume(Context& context) const;
  // Before there is an operation, and whatever the key: cors answers a preflight, cross-domain a request for its file. Called for direct
  // children of inbound only, with the product known if the key is. Flow::next asks those behind it; when has_response is set then, the
  // response goes out unless one of them makes another.
  virtual bool may_answer_early() const { return false; }
  virtual Flow run_early(Context& context) const;
  // What it left to do with Context::defer(), when the answer's status is known.
  virtual void after_response(Context& context, const AfterResponse& work) const;
  // Which bodies must be in memory before run(): a mask of BodyNeeds.
  virtual uint8_t needs() const { return needs_no_body; }
  // Whether it answers with the examples of the operation (OperationFacts::examples), which are kept only then.
  virtual bool uses_examples() const { return false; }
  // Whether it compares messages with the definition of the operation (OperationFacts::definition), which is kept only then.
  virtual bool uses_definition() const { return false; }
  // Appends the instructions of its statement; the default is one. Policies with children (choose, retry) override it.
  virtual void flatten(const Statement& statement, Flattener& out) const;
};

// Children of a statement or a section, in document order.
using Block = std::vector<Statement>;

// One policy element of one document, read once. `<base/>` is a statement without a policy.
struct Statement {
  std::shared_ptr<const Policy> policy;  // null: <base/>
  std::shared_ptr<const Origin> origin;
  std::vector<Block> blocks;  // choose: one per when and otherwise; retry: one
  bool is_base() const { return policy == nullptr; }
};

// One step of a flat program.
struct Instruction {
  const Policy* policy = nullptr;
  const Origin* origin = nullptr;
  uint32_t jump = 0;  // where Flow::jump goes
  uint8_t needs = 0;  // BodyNeeds
};

// The four sections of one (API revision, operation, product), merged. Immutable; owns what its instructions point to.
struct Program {
  struct Range {
    uint32_t first = 0, last = 0;
  };
  std::vector<Instruction> code;
  Range sections[section_count];
  uint8_t needs = 0;                // of any instruction
  uint32_t behind_cache_store = 0;  // where Flow::answer goes on
  bool uses_examples = false;
  bool uses_definition = false;
  std::vector<uint32_t> early;  // instructions that may answer early
  std::vector<std::shared_ptr<const void>> owners;
};

}  // namespace gatelet
