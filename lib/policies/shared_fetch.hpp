// What policies fetch from another server and share with all exchanges: keys of an identity provider, access tokens (SharedFetches).
#pragma once

#include "policy/policy.hpp"

namespace gatelet {

// The exchange's turn to fetch. It is given back when the exchange leaves the block, whatever becomes of the fetch.
struct FetchTurn : Obligation {
  SharedFetches* fetches = nullptr;
  std::string_view name;
  bool is_over = false;
};

// One thing that a step wants; lives in the arena while the step waits.
struct FetchRun {
  std::string_view name;      // of the arena or static
  Call* call = nullptr;       // under way; null: another exchange's is waited for
  FetchTurn* turn = nullptr;  // null: it is not ours
};

// Flow::next: `value` is what there is, perhaps null. Flow::wait: look again when resumed. Flow::enter: it is ours to fetch, and `value`
// what there was until now; start_fetch() follows.
Flow look_for(Context& context, FetchRun& run, bool wants_newer, std::shared_ptr<const Fetched>& value);
// The fetch has brought `value`; null: nothing. Its turn is over.
void end_fetch(Context& context, FetchRun& run, std::shared_ptr<const Fetched> value, uint64_t fresh_ms, uint64_t usable_ms);

// Makes `call` a GET of that URL, of which nothing but http and https is taken. False: `problem` says why it cannot be. Guarded, unless a
// setting says the URL (Upstream::is_guarded).
bool fill_get(Context& context, Call& call, std::string_view url, std::string& problem, bool is_guarded = true);
// The body of the answer that has come; false: `problem` says what was wrong instead.
bool read_fetched(Context& context, const Call& call, std::string_view& body, std::string& problem);

}  // namespace gatelet
