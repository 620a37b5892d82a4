// Writing a Json object member by member; the names take the places of their values.
#pragma once

#include "base/json.hpp"

namespace gatelet {

class JsonMembers {
 public:
  void add(std::string_view name, Json value) {
    const SourcePos at = value.at();
    members_.push_back({std::string(name), std::move(value), at});
  }
  void add_text(std::string_view name, std::string_view text, SourcePos at = {}) { add(name, Json::from(text).placed_at(at)); }
  // Optional properties: an empty text and an empty list are left out.
  void add_unless_empty(std::string_view name, std::string_view text, SourcePos at = {}) {
    if (!text.empty()) add_text(name, text, at);
  }
  void add_unless_empty(std::string_view name, std::vector<Json> items) {
    if (!items.empty()) add(name, Json::array(std::move(items)));
  }

  bool is_empty() const { return members_.empty(); }
  Json object(SourcePos at = {}) { return Json::object(std::move(members_)).placed_at(at); }

 private:
  std::vector<Json::Member> members_;
};

}  // namespace gatelet
