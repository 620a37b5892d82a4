// SchemaSample: a value that a JSON schema describes, for mock-response (policies-b.md 5.6): the schema's own example, default or first
// enum value where there is one, else the plainest value of its type.
#pragma once

#include <optional>
#include <vector>

#include "base/json.hpp"

namespace gatelet {

class SchemaSample {
 public:
  // `document` is what references (#/…) point into; it outlives this.
  explicit SchemaSample(const Json& document) : document_(document) {}

  // Nullopt: nothing can be made, as inside a schema that contains itself.
  std::optional<Json> make(const Json& schema);

 private:
  std::optional<Json> make_known(const Json& schema);
  std::optional<Json> make_reference(std::string_view reference);
  std::optional<Json> make_merged(const Json& schema);
  Json make_object(const Json& schema);
  Json make_array(const Json& schema);
  const Json* find(std::string_view reference) const;

  const Json& document_;
  std::vector<const Json*> under_way_;  // what references led to
  size_t value_count_ = 0;
  uint32_t depth_ = 0;
};

}  // namespace gatelet
