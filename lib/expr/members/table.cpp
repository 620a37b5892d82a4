// All families of members. A new one: its file in this directory, its declaration and its row here.
#include "expr/registry.hpp"

namespace gatelet::cs {

extern const Family object_family;
extern const Family math_family;

static const Family* const families[] = {
    &object_family,
    &math_family,
};

std::span<const Family* const> all_families() { return families; }

}  // namespace gatelet::cs
