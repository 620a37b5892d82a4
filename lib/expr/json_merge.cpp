// JContainer.Merge.
#include "expr/collections.hpp"
#include "expr/json.hpp"

namespace gatelet::cs {

static bool holds_equal(Evaluation& run, const ContainerToken& array, const Token* item) {
  for (uint32_t i = 0; i < array.count && run.charge(1); ++i)
    if (deep_equals(run, array.items[i], item)) return true;
  return false;
}

static bool merge(Evaluation& run, ContainerToken& target, Value content, const MergeSettings& settings, uint32_t depth);

static bool merge_member(Evaluation& run, ContainerToken& target, const PropertyToken& from, const MergeSettings& settings,
                         uint32_t depth) {
  const PropertyToken* existing =
      settings.ignores_case ? find_property_ignoring_case(run, target, *from.name) : find_property(run, target, *from.name);
  if (run.failed()) return false;
  if (!existing) return add_named(run, target, from.name, from.content);
  if (is_container(*existing->content) && existing->content->kind == from.content->kind)
    return merge(run, as_container(*existing->content), token_value(from.content), settings, depth);
  const bool is_ignored = from.content->kind == TokenKind::null && !settings.merges_nulls;
  return is_ignored || replace_token(run, *existing->content, from.content);
}

static bool merge_items(Evaluation& run, ContainerToken& target, Value content, const MergeSettings& settings, uint32_t depth) {
  if (settings.arrays == ArrayMerge::replace && !clear_tokens(run, target)) return false;
  uint32_t index = 0;
  for (const Value item : collect(run, content)) {
    Token* added = token_of_content(run, item);
    if (!added) return false;
    Token* existing = settings.arrays == ArrayMerge::merge && index < target.count ? target.items[index] : nullptr;
    ++index;
    if (existing && is_container(*existing)) {
      if (!merge(run, as_container(*existing), item, settings, depth)) return false;
    } else if (existing) {
      if (added->kind != TokenKind::null && !replace_token(run, *existing, added)) return false;
    } else if (settings.arrays != ArrayMerge::unite || !holds_equal(run, target, added)) {
      if (run.failed() || !insert_token(run, target, target.count, added)) return false;
    }
  }
  return !run.failed();
}

static bool merge(Evaluation& run, ContainerToken& target, Value content, const MergeSettings& settings, uint32_t depth) {
  if (depth > payload_json_depth_max) return run.abort();
  const Token* from = is_token(content) ? content.object<const Token>() : nullptr;
  if (from == &target) return true;
  if (target.kind == TokenKind::array) {
    const bool has_items = has_many(content) || (from && from->kind == TokenKind::array);
    return !has_items || merge_items(run, target, content, settings, depth + 1);
  }
  if (!from || from->kind != TokenKind::object || target.kind != TokenKind::object) return true;
  for (const Token* property : children(*from))
    if (!run.charge(1) || !merge_member(run, target, as_property(*property), settings, depth + 1)) return false;
  return true;
}

bool merge_into(Evaluation& run, ContainerToken& target, Value content, const MergeSettings& settings) {
  return merge(run, target, content, settings, 0);
}

}  // namespace gatelet::cs
