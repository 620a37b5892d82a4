#include "capi/sync_options.hpp"

#include "crypto/sealed.hpp"
#include "net/random.hpp"

namespace gatelet {

static_assert(static_cast<int>(SignatureMode::off) == GATELET_SIGNATURE_OFF &&
              static_cast<int>(SignatureMode::verify) == GATELET_SIGNATURE_VERIFY &&
              static_cast<int>(SignatureMode::require) == GATELET_SIGNATURE_REQUIRE);

namespace sync_options {

constexpr size_t keys_max = 16;
constexpr size_t listeners_max = 64;

Result<> check_options(const gatelet_sync_options& given) {
  for (const gatelet_str& text : {given.gateway, given.instance, given.user_agent, given.backup_key, given.host_name, given.os, given.arch})
    if (is_bad(text)) return bad_argument("a text of the options is NULL although its size is not 0; set both members");
  if (!is_field_value(view(given.instance)) || !is_field_value(view(given.user_agent)))
    return bad_argument("instance or user_agent has control characters; they are sent as headers");
  if (given.poll_ms != 0 && (given.poll_ms < poll_s_min * 1000 || given.poll_ms > poll_s_max * 1000))
    return bad_argument("poll_ms is not between 5000 and 300000; 0 is 10 s");
  if (given.long_poll_s > long_poll_s_max) return bad_argument("long_poll_s is larger than 60");
  if (given.body_bytes_max > sync_body_bytes_max) return bad_argument("body_bytes_max is larger than 64 MiB; 0 is as much");
  if (given.signature < GATELET_SIGNATURE_OFF || given.signature > GATELET_SIGNATURE_REQUIRE)
    return bad_argument("signature is not one of GATELET_SIGNATURE_OFF, _VERIFY and _REQUIRE; use one of them");
  if ((given.key_count && !given.keys) || (given.listener_count && !given.listeners))
    return bad_argument("keys or listeners is NULL although its count is not 0; set both members");
  if (given.key_count > keys_max || given.listener_count > listeners_max)
    return Error{Code::limit, "there are more than 16 keys or 64 listeners; leave some out", {}, {}};
  if (given.signature != GATELET_SIGNATURE_OFF && given.key_count == 0)
    return bad_argument("signatures are to be checked, but there are no keys; pin those of the management plane");
  if (given.backup_key.size != 0 && given.backup_key.size != crypto::seal_key_bytes)
    return bad_argument("backup_key has not 32 bytes; give a key for AES-256");
  return Done{};
}

}  // namespace sync_options

using namespace sync_options;

Result<FederationOptions> federation_options_from(const gatelet_sync_options& given, HostLog& log) {
  if (Result<> checked = check_options(given); !checked) return std::move(checked.error());
  GATELET_TRY(config, config_options_from(given.config));
  FederationOptions out;
  out.identity.gateway = view(given.gateway);
  out.identity.instance = given.instance.size ? std::string(view(given.instance)) : random_uuid();
  out.identity.user_agent = given.user_agent.size ? std::string(view(given.user_agent)) : "gatelet/" GATELET_VERSION_TEXT;
  out.facts = {
      GATELET_VERSION_TEXT, std::string(view(given.host_name)), std::string(view(given.os)), std::string(view(given.arch)), {}, {}};
  for (size_t i = 0; i < given.listener_count; ++i) {
    if (is_bad(given.listeners[i])) return bad_argument("a listener is NULL although its size is not 0; set both members");
    out.facts.listeners.emplace_back(view(given.listeners[i]));
  }
  for (size_t i = 0; i < given.key_count; ++i) {
    if (is_bad(given.keys[i].id) || is_bad(given.keys[i].key))
      return bad_argument("a key is NULL although its size is not 0; set both members");
    GATELET_TRY(key, read_pinned_key(std::string(view(given.keys[i].id)), view(given.keys[i].key)));
    out.keys.push_back(std::move(key));
  }
  if (given.poll_ms) out.poll_ms = given.poll_ms;
  if (given.timeout_ms) out.call_timeout_ms = given.timeout_ms;
  if (given.body_bytes_max) out.body_bytes_max = static_cast<size_t>(given.body_bytes_max);
  out.long_poll_s = given.long_poll_s;
  out.signature = static_cast<SignatureMode>(given.signature);
  out.build = build_options_from(config);
  out.build.gateway_name = view(given.gateway);
  out.has_backups = given.backups != 0;
  out.backup_key = view(given.backup_key);
  out.random = system_random();
  out.random.fill(out.random.state, &out.seed, sizeof out.seed);
  if (log.is_on()) out.log = &log;
  return out;
}

}  // namespace gatelet
