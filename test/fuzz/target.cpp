// Canonical targets: whatever a client sends, a target that is accepted is the one a slow and simple model of R-14 gives, is its own
// canonical form, is no longer than what came in, and keeps its query byte for byte.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/url.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

std::string decode_unreserved(std::string_view path) {
  static constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    out += path[i];
    if (path[i] != '%') continue;
    const std::string escape = upper(path.substr(i + 1, 2));
    const std::string byte = percent_decode("%" + escape);
    i += 2;
    if (unreserved.find(byte) != std::string_view::npos)
      out.back() = byte[0];
    else
      out += escape;
  }
  return out;
}

// Empty when it leads above the root.
std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  const std::vector<std::string_view> segments = split(path.substr(1), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool is_last = i + 1 == segments.size();
    if (segments[i] == "..") {
      if (kept.empty()) return {};
      kept.pop_back();
    } else if (segments[i] != ".") {
      kept.push_back(segments[i]);
      continue;
    }
    if (is_last) kept.push_back("");
  }
  std::string out;
  for (std::string_view segment : kept) out += "/" + std::string(segment);
  return out;
}

void check(std::string_view raw) {
  Arena arena(256);
  Target target;
  const TargetFault fault = canonicalize(raw, arena, target);
  const std::string_view raw_path = raw.substr(0, raw.find('?'));
  if (fault == TargetFault::above_root) require(remove_dot_segments(decode_unreserved(raw_path)).empty());
  if (fault != TargetFault::none) return;

  require(target.path == remove_dot_segments(decode_unreserved(raw_path)));
  require(target.path.size() <= raw_path.size());
  require(target.has_query == (raw.size() > raw_path.size()));
  require(!target.has_query || target.query == raw.substr(raw_path.size() + 1));
  for (char c : target.path) require(c > 0x20 && c < 0x7F && c != '#' && c != '?');

  Target again;
  require(canonicalize(target.path, arena, again) == TargetFault::none);
  require(again.path == target.path && again.path.data() == target.path.data());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view raw = text_of(data, size);
  check(raw);
  check("/" + std::string(raw));
  return 0;
}
