// Values as caches keep them: a tag and bytes, so that an external cache can hold them as well (policies-a.md 8.5).
#pragma once

#include "policy/reader.hpp"

namespace gatelet {

CachingType read_caching_type(PolicyReader& in);
// Keys of values and of responses must not meet.
std::string_view value_key(Context& context, std::string_view key);

// False: context.fail() was called: objects of that type cannot be kept. `is_null`: there is nothing to keep.
bool encode_value(Context& context, const AnyRead& value, Buffer& out, bool& is_null);
// Sets the variable to the value that the bytes are; false: they are none.
bool decode_into_variable(Context& context, std::string_view name, std::string_view bytes);

}  // namespace gatelet
