// What an external cache sends: read whole or in pieces it is the same answers and the same fault, and no answer is larger than allowed. As
// the answer about a limit it says what a limit could, or nothing.
#include "net/redis_protocol.hpp"

#include <string>
#include <vector>

#include "net/limit_script.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

constexpr size_t answer_bytes_max = 4096;

struct Seen {
  std::vector<std::string> answers;
  bool has_fault = false;
};

Seen read_in_pieces(std::string_view bytes, size_t piece) {
  RedisReader reader(answer_bytes_max);
  Seen seen;
  for (size_t at = 0; at < bytes.size() && reader.fault().empty(); at += piece) {
    reader.feed(bytes.substr(at, piece));
    while (const auto answer = reader.next()) {
      require(answer->bytes.size() <= answer_bytes_max);
      seen.answers.push_back(std::to_string(static_cast<int>(answer->kind)) + std::to_string(answer->integer) +
                             std::string(answer->bytes.view()));
    }
  }
  seen.has_fault = !reader.fault().empty();
  require(!seen.has_fault || !reader.next());
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = text_of(data, size);
  const Seen whole = read_in_pieces(bytes, bytes.size() + 1), pieces = read_in_pieces(bytes, 1);
  require(whole.has_fault == pieces.has_fault || size > answer_bytes_max);
  require(whole.has_fault || whole.answers == pieces.answers);
  const LimitReply rate = read_rate_answer(bytes), quota = read_quota_answer(bytes, 1000);
  require(!rate.is_known || rate.rate.allowed == (rate.rate.retry_after_s == 0));
  require(rate.rate.retry_after_s <= 300);
  require(!quota.is_known || quota.quota.renewed_ms >= 1000);
  return 0;
}
