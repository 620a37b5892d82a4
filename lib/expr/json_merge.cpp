// JContainer.Merge.
#include "expr/collections.hpp"
#include "expr/json.hpp"

namespace gatelet::cs {

static bool holds_equal(Evaluation& run, const JContainer& array, const JToken* item) {
  for (uint32_t i = 0; i < array.count && run.charge(1); ++i)
    if (deep_equals(run, array.items[i], item)) return true;
  return false;
}

static bool merge_trees(Evaluation& run, JContainer& target, Value content, const MergeSettings& settings, uint32_t depth);

static bool merge_member(Evaluation& run, JContainer& target, const JProperty& from, const MergeSettings& settings, uint32_t depth) {
  const JProperty* existing =
      settings.ignores_case ? find_property_ignoring_case(run, target, *from.name) : find_property(run, target, *from.name);
  if (run.failed()) return false;
  if (!existing) return add_named(run, target, from.name, from.content);
  if (is_container(*existing->content) && existing->content->kind == from.content->kind)
    return merge_trees(run, as_container(*existing->content), token_value(from.content), settings, depth);
  const bool is_ignored = from.content->kind == JKind::null && !settings.merges_nulls;
  return is_ignored || replace_token(run, *existing->content, from.content);
}

static bool merge_arrays(Evaluation& run, JContainer& target, Value content, const MergeSettings& settings, uint32_t depth) {
  if (settings.arrays == ArrayMerge::replace && !clear_tokens(run, target)) return false;
  uint32_t index = 0;
  for (const Value item : collect(run, content)) {
    JToken* added = token_of_content(run, item);
    if (!added) return false;
    JToken* existing = settings.arrays == ArrayMerge::merge && index < target.count ? target.items[index] : nullptr;
    ++index;
    if (existing && is_container(*existing)) {
      if (!merge_trees(run, as_container(*existing), item, settings, depth)) return false;
    } else if (existing) {
      if (added->kind != JKind::null && !replace_token(run, *existing, added)) return false;
    } else if (settings.arrays != ArrayMerge::unite || !holds_equal(run, target, added)) {
      if (run.failed() || !insert_token(run, target, target.count, added)) return false;
    }
  }
  return !run.failed();
}

static bool merge_trees(Evaluation& run, JContainer& target, Value content, const MergeSettings& settings, uint32_t depth) {
  if (depth > run.budget.json_depth) return run.abort();
  const JToken* from = is_token(content) ? content.object<const JToken>() : nullptr;
  if (from == &target) return true;
  if (target.kind == JKind::array) {
    const bool has_items = has_many(content) || (from && from->kind == JKind::array);
    return !has_items || merge_arrays(run, target, content, settings, depth + 1);
  }
  if (!from || from->kind != JKind::object || target.kind != JKind::object) return true;
  for (const JToken* property : children(*from))
    if (!run.charge(1) || !merge_member(run, target, as_property(*property), settings, depth + 1)) return false;
  return true;
}

bool merge_into(Evaluation& run, JContainer& target, Value content, const MergeSettings& settings) {
  return merge_trees(run, target, content, settings, 0);
}

}  // namespace gatelet::cs
