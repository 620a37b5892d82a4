// The inside of a Json value, for the files that build one: json.cpp, json_parse.cpp and yaml.cpp.
#pragma once

#include <variant>

#include "base/json.hpp"

namespace gatelet {

struct JsonNumber {
  double value = 0;
  std::string written;  // as in its text; empty for built numbers
};

struct JsonObject {
  std::vector<Json::Member> members;
  std::vector<uint32_t> by_name;  // indexes in the order of the names; empty for small objects, which are searched one by one
};

struct Json::Node {
  SourcePos at;
  // The alternatives stand in the order of Json::Kind.
  std::variant<std::monostate, bool, JsonNumber, std::string, std::vector<Json>, JsonObject> value;
};

struct JsonBuilder {
  template <class T>
  static Json make(SourcePos at, T value) {
    return Json(std::make_shared<const Json::Node>(Json::Node{at, std::move(value)}));
  }
  static Json null(SourcePos at) { return make(at, std::monostate()); }
  // Makes the index; when two members have the same name, `duplicate` receives the later one.
  static Json object(SourcePos at, std::vector<Json::Member> members, const Json::Member** duplicate);
};

}  // namespace gatelet
