// Tree: all resources of the service in memory, by path. Reads never ask the store; writes go through an Edit, which can be taken back.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace gatelet::manage {

struct Entry {
  std::string key;        // "apis/echo;rev=1/operations/get": APIs always with their revision, but for releases and links
  uint64_t revision = 0;  // of the service at its last change: its ETag
  Json shown;
  Json secrets;  // an object

  std::string_view name() const { return std::string_view(key).substr(key.rfind('/') + 1); }
  const Json& secret(std::string_view member) const { return secrets[member]; }
};
using EntryPointer = std::shared_ptr<const Entry>;

class Tree {
 public:
  const Entry* find(std::string_view key) const;
  EntryPointer share(std::string_view key) const;
  // Those directly in a collection, "apis/echo;rev=1/operations", in the order of their names.
  std::vector<const Entry*> children(std::string_view collection) const;
  // Everything below a resource, itself not.
  std::vector<const Entry*> below(std::string_view key) const;
  const std::map<std::string, EntryPointer, std::less<>>& entries() const { return entries_; }

  // "echo" → "echo;rev=2", the current revision; with a revision as it is. Empty: no such API.
  std::string api_with_revision(std::string_view api) const;
  std::vector<const Entry*> revisions(std::string_view api_name) const;

  void put(EntryPointer entry);
  void erase(std::string_view key);

 private:
  std::map<std::string, EntryPointer, std::less<>> entries_;  // by key in lower case
};

// The changes of one request.
class Edit {
 public:
  Edit(Tree& tree, uint64_t revision) : tree_(tree), revision_(revision) {}
  Edit(const Edit&) = delete;
  Edit& operator=(const Edit&) = delete;
  ~Edit() {
    if (!is_kept_) take_back();
  }

  // Gets the revision of the edit. Nothing happens where nothing would differ.
  void put(Entry entry);
  void erase(std::string_view key);
  void erase_all(std::string_view key);  // and everything below it
  void keep() { is_kept_ = true; }

  uint64_t revision() const { return revision_; }
  bool has_changes() const { return !before_.empty(); }
  // The keys that changed, in lower case, with what was there.
  const std::map<std::string, EntryPointer>& before() const { return before_; }

 private:
  void remember(std::string_view key);
  void take_back();

  Tree& tree_;
  uint64_t revision_;
  std::map<std::string, EntryPointer> before_;
  bool is_kept_ = false;
};

std::string_view api_name_of(std::string_view api);  // "echo;rev=2" → "echo"

}  // namespace gatelet::manage
