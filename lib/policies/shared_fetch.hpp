// What policies fetch from another server and share with all exchanges: keys of an identity provider, access tokens (SharedFetches).
#pragma once

#include "policy/policy.hpp"

namespace gatelet {

// The exchange's turn to send a request of a fetch. It is given back when the exchange leaves the block, whatever becomes of the request.
struct FetchTurn : Obligation {
  SharedFetches* fetches = nullptr;
  uint64_t ticket = 0;
  bool is_over = false;
};

// What a step waits for, if anything; lives in the arena while the step waits.
struct FetchRun {
  Call* call = nullptr;  // under way; null: others send it
  FetchTurn* turn = nullptr;
};

// Flow::next: `look` has what there is. Flow::wait: resume_fetch() and then this again when the step is resumed.
Flow look_for(Context& context, FetchRun& run, const FetchWish& wish, FetchLook& look);
// Flow::wait: there is another request to be answered.
Flow resume_fetch(Context& context, FetchRun& run);

// Makes `request` one to that URL, of which nothing but http and https is taken. False: `problem` says why it cannot be. Guarded, unless a
// setting says the URL (Upstream::is_guarded).
bool fill_request(OutboxItem& request, std::string_view method, std::string_view url, std::string& problem, bool is_guarded = true);

}  // namespace gatelet
