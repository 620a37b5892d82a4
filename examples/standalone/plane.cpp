#include "plane.hpp"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "setting_values.hpp"

namespace host {

namespace {

constexpr const char* default_backup_folder = "/apim/config";
constexpr size_t key_bytes = 32;
constexpr uint32_t long_poll_ms_max = 60'000;

bool fail(const std::string& message) {
  std::fprintf(stderr, "gatelet run: %s\n", message.c_str());
  return false;
}

bool is_folder(const char* path) {
  struct stat facts;
  return ::stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

// 32 bytes as they are, or as hexadecimal digits.
bool read_key(const std::string& path, std::string& key) {
  std::string problem;
  auto text = read_text(path, problem);
  if (!text) return fail("config.backup.encryptionKeyFile: " + problem);
  key = *text;
  if (key.size() == key_bytes) return true;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) text->pop_back();
  key.clear();
  const std::string digits = "0123456789abcdefABCDEF";
  if (text->size() == 2 * key_bytes && text->find_first_not_of(digits) == text->npos)
    for (size_t i = 0; i < text->size(); i += 2) key += static_cast<char>(std::stoi(text->substr(i, 2), nullptr, 16));
  return !key.empty() ||
         fail("config.backup.encryptionKeyFile: " + path + " has neither 32 bytes nor 64 hexadecimal digits; make it with openssl rand 32");
}

// "k1=/etc/gatelet/plane.pem,k2=…"
struct SignatureKeys {
  std::vector<std::string> texts;
  std::vector<gatelet_sync_key> keys;
  bool read(const std::string& setting) {
    for (size_t at = 0; at < setting.size();) {
      const size_t end = std::min(setting.find(',', at), setting.size());
      const std::string item = setting.substr(at, end - at);
      at = end + 1;
      const size_t equals = item.find('=');
      if (equals == item.npos || equals == 0) return fail("config.sync.signature.keys: '" + item + "' is not of the form keyid=FILE");
      std::string problem;
      auto text = read_text(item.substr(equals + 1), problem);
      if (!text) return fail("config.sync.signature.keys: " + problem);
      texts.push_back(item.substr(0, equals));
      texts.push_back(std::move(*text));
    }
    for (size_t i = 0; i < texts.size(); i += 2) keys.push_back({str(texts[i]), str(texts[i + 1])});
    return true;
  }
};

// The token itself, or the word that says which setting has it.
bool read_auth(const gatelet_settings* settings, std::string& token, std::string& token_file) {
  token = get(settings, "config.service.auth");
  token_file = get(settings, "config.service.auth.key-file");
  if (token == "azureAdApp" || token == "workloadIdentity")
    return fail("config.service.auth: " + token + " is not in this version; give a gateway token");
  if (token == "key") token = get(settings, "config.service.auth.key");
  if (!token_file.empty()) token.clear();
  return true;
}

}  // namespace

bool has_plane(const gatelet_settings* settings) { return !get(settings, "config.service.endpoint").empty(); }

bool follow_plane(gatelet_server* server, const gatelet_settings* settings, const gatelet_config_options& config) {
  std::string token, token_file, backup_key;
  SignatureKeys keys;
  if (!read_auth(settings, token, token_file) || !keys.read(get(settings, "config.sync.signature.keys"))) return false;
  const std::string key_file = get(settings, "config.backup.encryptionKeyFile");
  if (!key_file.empty() && !read_key(key_file, backup_key)) return false;
  const uint32_t long_poll_ms = milliseconds(settings, "config.sync.long-poll");
  if (long_poll_ms > long_poll_ms_max) return fail("config.sync.long-poll is longer than a minute");

  const std::string endpoint = get(settings, "config.service.endpoint"), gateway = get(settings, "gateway.name"),
                    authorities = get(settings, "config.service.tls.caFile"), signature = get(settings, "config.sync.signature");
  std::string folder = get(settings, "config.backup.path");
  if (folder.empty() && is_folder(default_backup_folder)) folder = default_backup_folder;
  utsname system{};
  ::uname(&system);
  gatelet_sync_options sync = GATELET_SYNC_OPTIONS_INIT;
  sync.gateway = str(gateway);
  sync.long_poll_s = long_poll_ms / 1000;
  sync.timeout_ms = milliseconds(settings, "config.service.integration.timeout");
  sync.body_bytes_max = number(settings, "config.sync.limits.body");
  sync.signature = signature == "require"  ? GATELET_SIGNATURE_REQUIRE
                   : signature == "verify" ? GATELET_SIGNATURE_VERIFY
                                           : GATELET_SIGNATURE_OFF;
  sync.keys = keys.keys.data();
  sync.key_count = keys.keys.size();
  sync.backup_key = str(backup_key);
  sync.host_name = str(system.nodename);
  sync.os = str(system.sysname);
  sync.arch = str(system.machine);
  sync.config = &config;
  gatelet_plane_options options = GATELET_PLANE_OPTIONS_INIT;
  options.endpoint = str(endpoint);
  options.token = str(token);
  options.token_file = str(token_file);
  options.authorities_file = str(authorities);
  options.backup_folder = str(folder);
  options.allow_insecure = is_true(settings, "config.service.endpoint.allow-insecure");
  options.ignore_certificate = is_true(settings, "config.service.endpoint.disableCertificateValidation");
  options.sync = &sync;
  Error error;
  if (gatelet_server_follow(server, &options, error.out()) == GATELET_OK) return true;
  error.print("gatelet run");
  return false;
}

bool InstancePage::start(const std::string& listener) {
  constexpr std::string_view document =
      R"({"resources":[{"k":"apis/instance;rev=1","v":{"path":"","protocols":["http"],"isCurrent":true,"subscriptionRequired":false}},)"
      R"({"k":"apis/instance;rev=1/operations/get","v":{"method":"GET","urlTemplate":"/instance"}}]})";
  return server_.start(document, listener, answer, this, "gatelet run: net.admin.listener");
}

namespace {

// "outgoing":{"requests":{"accepted":…},…}
std::string outgoing_counts(const gatelet_gateway* gateway) {
  constexpr std::pair<const char*, int32_t> kinds[] = {{"requests", GATELET_OUTGOING_CALL},
                                                       {"metrics", GATELET_OUTGOING_METRIC},
                                                       {"events", GATELET_OUTGOING_EVENT},
                                                       {"traces", GATELET_OUTGOING_TRACE}};
  std::string out = "\"outgoing\":{";
  for (const auto& [name, kind] : kinds) {
    gatelet_outgoing_counts counts = GATELET_OUTGOING_COUNTS_INIT;
    if (gatelet_gateway_count_outgoing(gateway, kind, &counts, nullptr) != GATELET_OK) continue;
    out += (out.back() == '{' ? "\"" : ",\"") + std::string(name) + "\":{\"accepted\":" + std::to_string(counts.accepted) +
           ",\"delivered\":" + std::to_string(counts.delivered) + ",\"dropped\":" + std::to_string(counts.dropped) +
           ",\"waiting\":" + std::to_string(counts.waiting) + '}';
  }
  return out + '}';
}

}  // namespace

void InstancePage::answer(void* self, gatelet_call* call) {
  const auto& page = *static_cast<const InstancePage*>(self);
  gatelet_str text = {nullptr, 0};
  std::string json = "{";
  if (gatelet_server_describe(page.described_, &text, nullptr) == GATELET_OK) {  // else it follows no management plane
    json = view(text);
    json.back() = ',';
    gatelet_text_destroy(text);
  }
  respond_json(call, json + outgoing_counts(page.gateway_) + '}');
}

}  // namespace host
