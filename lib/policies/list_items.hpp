// The items of a list in a text, without blanks around them, one after the other and without a list in memory.
#pragma once

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {

template <class Visit>
void for_each_item(std::string_view list, char separator, const Visit& visit) {
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(separator, at), list.size());
    visit(trim(list.substr(at, end - at)));
    at = end + 1;
  }
}

}  // namespace gatelet
