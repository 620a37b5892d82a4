// A write that would not compile is refused: the configuration is built as gateways would, of what the write may touch.
#include <algorithm>

#include "base/text.hpp"
#include "config/document.hpp"
#include "expr/expression.hpp"
#include "manage/manage/delivered.hpp"
#include "manage/manage/plane.hpp"
#include "policy/table.hpp"

namespace gatelet::manage {

namespace compile_checks {

constexpr std::string_view whole_name = "service";  // in problems that are of no policy

// What every policy may use, and those of which a write can break policies elsewhere.
constexpr std::string_view shared_kinds[] = {"policyFragments", "backends", "certificates", "loggers",
                                             "apiVersionSets",  "schemas",  "namedValues"};  // these last: the others name them
constexpr std::string_view compiled_types[] = {
    "apis",        "apis/operations", "apis/schemas",      "apis/policies", "apis/operations/policies",
    "policies",    "policyFragments", "products/policies", "namedValues",   "backends",
    "certificates"};

bool is_one_of(std::string_view text, std::span<const std::string_view> list) { return std::ranges::find(list, text) != list.end(); }

// The element that a place is in, for the shape of Azure's messages.
std::string element_at(std::string_view text, SourcePos at) {
  size_t offset = 0;
  for (uint32_t line = 1; line < at.line && offset != text.npos; ++line) {
    offset = text.find('\n', offset);
    if (offset != text.npos) ++offset;
  }
  if (offset == text.npos || !at) return {};
  offset = std::min(offset + at.column, text.size());
  for (size_t open = text.rfind('<', offset); open != text.npos && open != 0; open = text.rfind('<', open - 1)) {
    size_t end = open + 1;
    while (end < text.size() && (is_alpha(text[end]) || is_digit(text[end]) || text[end] == '-')) ++end;
    if (end > open + 1) return std::string(text.substr(open + 1, end - open - 1));
  }
  return {};
}

ErrorDetail detail_of(const Diagnostic& problem, std::string_view text) {
  const std::string element = element_at(text, problem.at);
  if (element.empty()) return {problem.file, problem.file + ": " + problem.message};
  return {element, "Error in element '" + element + "' on line " + std::to_string(problem.at.line) + ", column " +
                       std::to_string(problem.at.column) + ": " + problem.message};
}

}  // namespace compile_checks

using namespace compile_checks;

Diagnostics Plane::compile(const std::vector<std::string>& keys, bool is_whole) {
  std::vector<Json> items;
  const auto add = [&](const Entry& entry) {
    auto value = delivered_value(tree_, entry);
    if (!value) return;
    if (!is_whole && value->has("apis")) value = value->with("apis", Json::array({}));  // they are not all among the keys
    items.push_back(Json::object({{"k", Json::from(entry.key), {}}, {"v", *std::move(value), {}}}));
  };
  if (is_whole)
    for (const auto& [key, entry] : tree_.entries()) add(*entry);
  for (const std::string& key : keys)
    if (const Entry* entry = tree_.find(key)) add(*entry);
  Diagnostics problems;
  const ResourceSet set =
      resources_from_json(Json::object({{"resources", Json::array(std::move(items)), {}}}), std::string(whole_name), problems);
  BuildOptions build;
  build.policies = builtin_policies();
  build.expressions = &expression_compiler();
  build.key_seed = {epoch_, revision_};
  build.previous = compiled_;
  auto config = build_config(set, build, std::move(problems));
  if (is_whole && !config->diagnostics.has_errors()) compiled_ = config;
  return config->diagnostics;
}

std::vector<std::string> Plane::keys_to_compile(std::string_view changed_key, const Kind& kind) const {
  std::vector<std::string> keys, parts;
  for (const std::string_view part : split(changed_key, '/')) parts.emplace_back(part);
  const std::string owner = parts[0] + '/' + (parts.size() > 1 ? parts[1] : "");
  const bool is_operation = kind.type.starts_with("apis/operations");
  const std::string operation = is_operation ? owner + "/operations/" + parts[3] : std::string();
  keys = {"policies/policy", owner, owner + "/policies/policy"};
  if (is_operation) keys.insert(keys.end(), {operation, operation + "/policies/policy"});
  if (kind.type == "apis" || kind.type == "apis/schemas" || kind.type == "apis/policies" || kind.type == "apis/operations")
    for (const Entry* entry : tree_.below(owner))
      if (!is_operation || (entry->key != operation && !entry->key.ends_with("/policies/policy"))) keys.push_back(entry->key);
  std::string texts;
  for (const std::string& key : keys)
    if (const Entry* entry = tree_.find(key); entry && kind_of_key(key)->names == NameRule::policy) texts += entry->shown["value"].string();
  for (const std::string_view shared : shared_kinds)
    for (const Entry* entry : tree_.children(shared)) {
      if (shared != "namedValues") texts += entry->shown.text();
      if (shared != "namedValues" || texts.find(entry->shown["displayName"].string()) != texts.npos) keys.push_back(entry->key);
    }
  return keys;
}

std::vector<ErrorDetail> Plane::compile_problems(std::string_view changed_key, bool is_new, std::string_view text) {
  const Kind& kind = *kind_of_key(changed_key);
  if (!is_one_of(kind.type, compiled_types)) return {};
  const bool is_owned = changed_key.starts_with("apis/") || changed_key.starts_with("products/");
  // What is new and no policy breaks nothing else; a named value is then looked at alone.
  const bool is_whole = !is_owned && (!is_new || kind.names == NameRule::policy || kind.names == NameRule::fragment);
  std::vector<std::string> keys;
  if (is_owned || (is_new && kind.type == "backends")) keys = keys_to_compile(changed_key, kind);
  if (!is_whole) keys.emplace_back(changed_key);
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<ErrorDetail> details;
  const Diagnostics problems = compile(keys, is_whole);
  for (const Diagnostic& problem : problems.items()) {
    if (problem.severity != Severity::error) continue;
    const bool is_own = equal_ignoring_case(problem.file, changed_key) && !text.empty();
    if (problem.file == whole_name) {
      details.push_back({std::string(changed_key), problem.message});
    } else {
      details.push_back(detail_of(problem, is_own ? text : std::string_view()));
    }
  }
  return details;
}

}  // namespace gatelet::manage
