#include "memory_limit.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "support.hpp"

namespace host {
namespace {

constexpr uint64_t unlimited = uint64_t{1} << 60;  // version 1 writes a number near 2^63

uint64_t limit_in(const std::string& file) {
  std::string problem;
  const auto text = read_text(file, problem);
  const uint64_t bytes = text ? std::strtoull(text->c_str(), nullptr, 10) : 0;  // "max"
  return bytes == 0 ? unlimited : bytes;
}

// A group has at most what the groups around it have. In a container the path may be one of the system outside: then only the root is
// there.
uint64_t limit_of(const std::string& root, std::string path, const char* file) {
  uint64_t least = unlimited;
  for (;;) {
    least = std::min(least, limit_in(root + path + "/" + file));
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return least;
    path.resize(slash);
  }
}

}  // namespace

// /proc/self/cgroup has lines "number:controllers:path"; version 2 has no controllers there.
uint64_t control_group_memory_bytes() {
  std::string problem;
  const auto groups = read_text("/proc/self/cgroup", problem);
  if (!groups) return 0;
  uint64_t least = unlimited;
  for (size_t at = 0, end; at < groups->size(); at = end + 1) {
    end = std::min(groups->find('\n', at), groups->size());
    const std::string line = groups->substr(at, end - at);
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers.empty()) least = std::min(least, limit_of("/sys/fs/cgroup", path, "memory.max"));
    if (controllers == "memory") least = std::min(least, limit_of("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
  }
  return least == unlimited ? 0 : least;
}

}  // namespace host
