// What forward-request does for a backend resource beside sending: the member of a pool, credentials, and the breaker that hears of the
// answer. All of it is nothing for a bare URL.
#pragma once

#include "policy/context.hpp"

namespace gatelet {

// Where this attempt goes: context.upstream itself, or a member of its pool. Null: context.fail() was called.
const Upstream* choose_stateful_upstream(Context& context);
inline const Upstream* choose_upstream(Context& context) {
  return context.upstream->has_state() ? choose_stateful_upstream(context) : context.upstream;
}

// Puts the backend's credentials in the place of what the request says under the same names.
void add_credentials(Call& call, const BackendCredentials& credentials, Arena& arena);
// Before a redirect to another server.
void remove_credentials(Call& call, const BackendCredentials& credentials);

// Tell the breaker of the call's backend, which has one.
void report_answer(Context& context, const Call& call);
void report_fault(Context& context, const Call& call, std::string_view reason);

// Keeps the client's further requests at this member.
void add_session_cookie(Context& context, const PoolMember& member);

}  // namespace gatelet
