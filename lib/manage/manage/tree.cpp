#include "manage/manage/tree.hpp"

#include "base/text.hpp"

namespace gatelet::manage {

namespace manage_tree {

constexpr char behind_slash = '/' + 1;  // all that is below a key sorts before the key with this behind it

}  // namespace manage_tree

using namespace manage_tree;

std::string_view api_name_of(std::string_view api) { return api.substr(0, lower(api).find(";rev=")); }

const Entry* Tree::find(std::string_view key) const {
  const auto found = entries_.find(lower(key));
  return found == entries_.end() ? nullptr : found->second.get();
}

EntryPointer Tree::share(std::string_view key) const {
  const auto found = entries_.find(lower(key));
  return found == entries_.end() ? nullptr : found->second;
}

std::vector<const Entry*> Tree::children(std::string_view collection) const {
  std::vector<const Entry*> out;
  const std::string prefix = lower(collection) + '/';
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && at->first.starts_with(prefix);) {
    const size_t slash = at->first.find('/', prefix.size());
    if (slash != std::string::npos) {
      at = entries_.lower_bound(at->first.substr(0, slash) + behind_slash);
    } else {
      out.push_back(at->second.get());
      ++at;
    }
  }
  return out;
}

std::vector<const Entry*> Tree::below(std::string_view key) const {
  std::vector<const Entry*> out;
  const std::string prefix = lower(key) + '/';
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && at->first.starts_with(prefix); ++at) out.push_back(at->second.get());
  return out;
}

std::vector<const Entry*> Tree::revisions(std::string_view api_name) const {
  std::vector<const Entry*> out;
  const std::string prefix = "apis/" + lower(api_name) + ";rev=";
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && at->first.starts_with(prefix);) {
    const size_t slash = at->first.find('/');
    const size_t below = at->first.find('/', slash + 1);
    if (below == std::string::npos) out.push_back(at->second.get());
    at = below == std::string::npos ? std::next(at) : entries_.lower_bound(at->first.substr(0, below) + behind_slash);
  }
  return out;
}

std::string Tree::api_with_revision(std::string_view api) const {
  if (api_name_of(api).size() != api.size())
    return find("apis/" + std::string(api)) ? std::string(find("apis/" + std::string(api))->name()) : "";
  for (const Entry* entry : revisions(api))
    if (entry->shown["isCurrent"].boolean()) return std::string(entry->name());
  return {};
}

void Tree::put(EntryPointer entry) {
  std::string key = lower(entry->key);
  entries_[std::move(key)] = std::move(entry);
}

void Tree::erase(std::string_view key) { entries_.erase(lower(key)); }

void Edit::remember(std::string_view key) {
  std::string name = lower(key);
  if (!before_.contains(name)) before_.emplace(std::move(name), tree_.share(key));
}

void Edit::put(Entry entry) {
  if (const Entry* before = tree_.find(entry.key)) {
    if (before->shown == entry.shown && before->secrets == entry.secrets) return;
    entry.key = before->key;  // names keep their first spelling
  }
  remember(entry.key);
  entry.revision = revision_;
  tree_.put(std::make_shared<const Entry>(std::move(entry)));
}

void Edit::erase(std::string_view key) {
  if (!tree_.find(key)) return;
  remember(key);
  tree_.erase(key);
}

void Edit::erase_all(std::string_view key) {
  std::vector<std::string> keys;
  for (const Entry* entry : tree_.below(key)) keys.push_back(entry->key);
  for (const std::string& below : keys) erase(below);
  erase(std::string(key));
}

void Edit::take_back() {
  for (const auto& [key, entry] : before_) {
    if (entry) {
      tree_.put(entry);
    } else {
      tree_.erase(key);
    }
  }
}

}  // namespace gatelet::manage
