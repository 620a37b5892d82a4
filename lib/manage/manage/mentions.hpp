// Mentions: what policies and backends may mean by name, so that a gateway gets no more than what its APIs reach. Too much is found rather
// than too little: a name counts wherever it stands alone between quotes or tags, or in {{}}.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace gatelet::manage {

struct Mentions {
  std::vector<uint64_t> names;  // their hashes: one name too many is harmless
  // An expression or a named value makes the id, which may be any.
  bool any_backend = false, any_fragment = false, any_certificate = false;
};

uint64_t mention_hash(std::string_view name);
void add_policy_mentions(std::string_view text, Mentions& out);
// Every text in it, and of ids ("/backends/b") the last part.
void add_value_mentions(const Json& value, Mentions& out);

}  // namespace gatelet::manage
