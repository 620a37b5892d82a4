// gatelet manage: a management plane, and what is done with its store: import and export of APIOps folders, tokens for gateways.
#include <gatelet/manage.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "serving.hpp"

namespace host {

namespace {

namespace fs = std::filesystem;

using Manage = std::unique_ptr<gatelet_manage, Destroyer<gatelet_manage_destroy>>;

constexpr size_t master_key_bytes = 32;
constexpr uint64_t body_bytes_max = 5 * 1024 * 1024;  // a little more than the plane takes, so that it can say so itself
constexpr uint32_t connections_max = 25'000;          // 10,000 gateways, two connections each, and people
constexpr size_t folder_files_max = 100'000;
constexpr int64_t days_ms = 86'400'000;

struct ManageOptions {
  std::vector<std::string> listeners, operands;
  std::string data = "gatelet-data", store, key_file, certificate, key, signing_key, signing_key_id, overrides;
  int days = 30;
  bool request_log = false;
};

Command command_of(ManageOptions& options) {
  Command command;
  command.name = "manage";
  command.synopsis =
      "gatelet manage [--listen URL]... [--data DIR] [--store sqlite:FILE] [--master-key FILE] [--tls-certificate FILE] [--tls-key FILE]\n"
      "               [--signing-key FILE] [--signing-key-id ID] [--request-log]\n"
      "gatelet manage import DIR [--overrides FILE] | export DIR | token GATEWAY [--days N] | epoch bump";
  command.meaning =
      "Serves the management REST API and delivers configurations to gateways. The first start prints the owner's token, once, to the "
      "terminal\n"
      "only. import takes an APIOps folder in the place of what there is, while the plane is stopped; export writes one; token prints what "
      "a\n"
      "gateway needs to connect; epoch bump makes gateways take a store that was restored from an older copy. SIGTERM and SIGINT drain. "
      "Exit 0 when done, 1 when it cannot be done, 2 for wrong use.";
  command.flags = {
      {"--listen", "URL", "address to serve, default http://127.0.0.1:8090; repeatable",
       [&](const std::string& v) { return options.listeners.push_back(v), true; }},
      {"--data", "DIR", "folder of the store and the master key, default ./gatelet-data",
       [&](const std::string& v) { return options.data = v, true; }},
      {"--store", "sqlite:FILE", "the store, default sqlite:DIR/manage.db",
       [&](const std::string& v) {
         if (v.rfind("sqlite:", 0) != 0) {
           std::fprintf(stderr, "gatelet manage: --store is sqlite:FILE, not '%s'\n", v.c_str());
           return false;
         }
         return options.store = v.substr(7), true;
       }},
      {"--master-key", "FILE", "32 bytes in hexadecimal that seal secrets, default DIR/master.key, made when missing",
       [&](const std::string& v) { return options.key_file = v, true; }},
      {"--tls-certificate", "FILE", "PEM or PKCS#12 for https listeners",
       [&](const std::string& v) { return options.certificate = v, true; }},
      {"--tls-key", "FILE", "its private key, where it is a file of its own", [&](const std::string& v) { return options.key = v, true; }},
      {"--signing-key", "FILE", "a private key on P-256 that what gateways get is signed with",
       [&](const std::string& v) { return options.signing_key = v, true; }},
      {"--signing-key-id", "ID", "what gateways know that key as, default k1",
       [&](const std::string& v) { return options.signing_key_id = v, true; }},
      {"--request-log", "", "a line for each request on standard error", [&](const std::string&) { return options.request_log = true; }},
      {"--overrides", "FILE", "of import: properties that replace those of the folder; {#names#} are taken from the environment",
       [&](const std::string& v) { return options.overrides = v, true; }},
      {"--days", "N", "how long a token is valid, at most 30",
       [&](const std::string& v) {
         options.days = std::atoi(v.c_str());
         if (options.days < 1 || options.days > 30)
           std::fprintf(stderr, "gatelet manage: --days is a number from 1 to 30, not '%s'\n", v.c_str());
         return options.days >= 1 && options.days <= 30;
       }},
  };
  command.take_operand = [&](const std::string& v) { return options.operands.push_back(v), true; };
  return command;
}

int fail_manage(const std::string& message) {
  std::fprintf(stderr, "gatelet manage: %s\n", message.c_str());
  return 1;
}

// Text of libgatelet-manage, released.
std::string take(gatelet_str text) {
  std::string out(view(text));
  gatelet_manage_text_destroy(text);
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// A new key, for the owner of the file alone.
bool make_master_key(const std::string& path, std::string& problem) {
  unsigned char bytes[master_key_bytes];
  if (getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) return problem = "no random numbers", false;
  std::string text;
  for (const unsigned char byte : bytes) text += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  text += '\n';
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  const bool is_written = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  if (!is_written) problem = path + ": " + std::strerror(errno);
  if (file >= 0) ::close(file);
  return is_written;
}

std::optional<std::string> read_master_key(const std::string& path, bool may_make, std::string& problem) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 && errno == ENOENT && may_make && !make_master_key(path, problem)) return std::nullopt;
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0)
    return problem = path + ": others may read the master key; run chmod 600 on it", std::nullopt;
  const auto text = read_text(path, problem);
  if (!text) return std::nullopt;
  std::string out;
  for (size_t i = 0; i + 1 < text->size() && hex_digit((*text)[i]) >= 0 && hex_digit((*text)[i + 1]) >= 0; i += 2)
    out += static_cast<char>(hex_digit((*text)[i]) * 16 + hex_digit((*text)[i + 1]));
  if (out.size() != master_key_bytes) return problem = path + ": a master key is 64 hexadecimal digits", std::nullopt;
  return out;
}

// One writer a folder; held until the process ends.
bool lock_data(const std::string& folder, std::string& problem) {
  const std::string path = folder + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
  problem = errno == EWOULDBLOCK ? folder + ": a management plane runs on this folder; stop it, or use its API"
                                 : path + ": " + std::strerror(errno);
  if (file >= 0) ::close(file);
  return false;
}

Manage open_plane(ManageOptions& options, bool is_reader, std::string& problem) {
  if (!is_reader && ::mkdir(options.data.c_str(), 0700) != 0 && errno != EEXIST) {
    problem = options.data + ": " + std::strerror(errno);
    return nullptr;
  }
  if (!is_reader && !lock_data(options.data, problem)) return nullptr;
  ::umask(077);
  const std::string store = options.store.empty() ? options.data + "/manage.db" : options.store;
  const bool is_new = ::access(store.c_str(), F_OK) != 0;
  const std::string key_file = options.key_file.empty() ? options.data + "/master.key" : options.key_file;
  const auto key = read_master_key(key_file, !is_reader && is_new && options.key_file.empty(), problem);
  if (!key) return nullptr;
  gatelet_manage_options given = GATELET_MANAGE_OPTIONS_INIT;
  given.store = str(store);
  given.master_key = str(*key);
  given.is_reader = is_reader;
  std::optional<std::string> signing_key;
  if (!options.signing_key.empty() && !(signing_key = read_text(options.signing_key, problem))) return nullptr;
  if (signing_key) given.signing_key = str(*signing_key);
  given.signing_key_id = str(options.signing_key_id);
  gatelet_manage* plane = nullptr;
  gatelet_str why{nullptr, 0};
  if (gatelet_manage_open(&given, &plane, &why) != GATELET_OK) problem = take(why);
  return Manage(plane);
}

int import_folder(ManageOptions& options) {
  std::string problem;
  std::vector<std::pair<std::string, std::string>> read;
  std::error_code error;
  const fs::path root = options.operands[1];
  if (!fs::is_directory(root, error)) return fail_manage(options.operands[1] + ": is no folder");
  for (auto at = fs::recursive_directory_iterator(root, error); !error && at != fs::end(at); at.increment(error)) {
    if (at->path().filename().string().front() == '.' && at->is_directory(error)) at.disable_recursion_pending();
    if (!at->is_regular_file(error) || at->path().filename().string().front() == '.') continue;
    const auto text = read_text(at->path().string(), problem);
    if (!text) return fail_manage(problem);
    read.emplace_back(at->path().lexically_relative(root).generic_string(), *text);
    if (read.size() > folder_files_max) return fail_manage(options.operands[1] + ": more than 100,000 files");
  }
  if (error) return fail_manage(options.operands[1] + ": " + error.message());
  std::ranges::sort(read);
  std::vector<gatelet_file> files;
  for (const auto& [path, bytes] : read) files.push_back({str(path), str(bytes)});
  const Manage plane = open_plane(options, false, problem);
  if (!plane) return fail_manage(problem);
  const auto overrides = options.overrides.empty() ? std::optional(std::string()) : read_text(options.overrides, problem);
  if (!overrides) return fail_manage(problem);
  gatelet_config_options given = GATELET_CONFIG_OPTIONS_INIT;
  given.overrides = str(*overrides);
  given.overrides_name = str(options.overrides);
  given.environment = [](void*, gatelet_str name, gatelet_str* out) -> int32_t {
    const char* value = std::getenv(std::string(view(name)).c_str());
    if (value) *out = {value, std::strlen(value)};
    return value ? 1 : 0;
  };
  gatelet_str why{nullptr, 0};
  if (gatelet_manage_import(plane.get(), files.data(), files.size(), &given, &why) != GATELET_OK)
    return fail_manage("nothing was imported:\n" + take(why));
  std::printf("imported %zu files\n", files.size());
  return 0;
}

gatelet_status write_file(void* user, gatelet_str path, gatelet_str bytes) {
  const fs::path file = fs::path(*static_cast<std::string*>(user)) / std::string(view(path));
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data, static_cast<std::streamsize>(bytes.size));
  out.close();
  return out ? GATELET_OK : (fail_manage(file.string() + ": cannot be written"), GATELET_ERR_IO);
}

int export_folder(ManageOptions& options) {
  std::string problem;
  std::error_code error;
  std::string& root = options.operands[1];
  if (fs::exists(root, error) && !fs::is_empty(root, error)) return fail_manage(root + ": is not empty; name a new folder");
  const Manage plane = open_plane(options, true, problem);
  if (!plane) return fail_manage(problem);
  fs::create_directories(root, error);
  gatelet_str why{nullptr, 0};
  const gatelet_status status = gatelet_manage_export(plane.get(), write_file, &root, &why);
  const std::string text = take(why);
  return status == GATELET_OK ? 0 : text.empty() ? 1 : fail_manage(text);
}

int print_token(ManageOptions& options) {
  std::string problem;
  const Manage plane = open_plane(options, true, problem);
  if (!plane) return fail_manage(problem);
  const int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  gatelet_str token{nullptr, 0}, why{nullptr, 0};
  if (gatelet_manage_gateway_token(plane.get(), str(options.operands[1]), now + options.days * days_ms, &token, &why) != GATELET_OK)
    return fail_manage(take(why));
  std::printf("GatewayKey %s\n", take(token).c_str());
  return 0;
}

int begin_epoch(ManageOptions& options) {
  std::string problem;
  if (options.operands[1] != "bump") return fail_manage("it is epoch bump");
  const Manage plane = open_plane(options, false, problem);
  if (!plane) return fail_manage(problem);
  gatelet_str why{nullptr, 0};
  if (gatelet_manage_begin_epoch(plane.get(), &why) != GATELET_OK) return fail_manage(take(why));
  std::printf("gateways take what this store has, although they may hold a later revision\n");
  return 0;
}

// The owner's token goes to the terminal and nowhere else: not into a log that a service manager keeps, unless there is no terminal at all.
void print_owner_token(gatelet_manage* plane) {
  gatelet_str text{nullptr, 0};
  if (gatelet_manage_owner_token(plane, &text, nullptr) != GATELET_OK) return;
  const std::string token = take(text);
  if (token.empty()) return;
  std::FILE* terminal = ::isatty(STDOUT_FILENO) ? nullptr : std::fopen("/dev/tty", "w");
  std::FILE* out = terminal ? terminal : stdout;
  std::fprintf(out, "The owner's token, shown this once:\n%s\n", token.c_str());
  std::fflush(out);
  if (terminal) std::fclose(terminal);
}

Server make_server(const ManageOptions& options, gatelet_manage* plane, gatelet_gateway* gateway, Error& error) {
  std::vector<gatelet_str> listeners;
  for (const std::string& url : options.listeners) listeners.push_back(str(url));
  gatelet_tls_options tls = GATELET_TLS_OPTIONS_INIT;
  tls.certificate_file = str(options.certificate);
  tls.key_file = str(options.key);
  gatelet_server_options given = GATELET_SERVER_OPTIONS_INIT;
  given.listeners = listeners.data();
  given.listener_count = listeners.size();
  given.handler = gatelet_manage_handle;
  given.handler_user = plane;
  given.connections_max = connections_max;
  given.tls = &tls;
  gatelet_server* server = nullptr;
  (void)gatelet_server_create(gateway, &given, &server, error.out());
  return Server(server);
}

int run_plane(ManageOptions& options) {
  block_signals();
  raise_descriptor_limit();
  if (options.listeners.empty()) options.listeners.emplace_back("http://127.0.0.1:8090");
  std::string problem;
  const Manage plane = open_plane(options, false, problem);
  if (!plane) return fail_manage(problem);
  Error error;
  gatelet_config* raw = nullptr;
  if (gatelet_config_load(gatelet_manage_document(), str("plane.json"), nullptr, nullptr, &raw, error.out()) != GATELET_OK)
    return error.print("gatelet manage");
  const Config config(raw);
  gatelet_gateway_options given = GATELET_GATEWAY_OPTIONS_INIT;
  given.body_bytes_max = body_bytes_max;
  given.request_log = options.request_log ? 1 : 0;  // thousands of gateways ask every few seconds; writes are in the audit of the store
  given.log = [](void*, int32_t, gatelet_str line) { std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size), line.data); };
  gatelet_gateway* made = nullptr;
  if (gatelet_gateway_create(&given, config.get(), &made, error.out()) != GATELET_OK) return error.print("gatelet manage");
  const Gateway gateway(made);
  const Server server = make_server(options, plane.get(), gateway.get(), error);
  if (!server) return error.print("gatelet manage");
  print_owner_token(plane.get());
  for (size_t i = 0; i < gatelet_server_listener_count(server.get()); ++i)
    std::printf("listening on %s\n", std::string(view(gatelet_server_listener_url(server.get(), i))).c_str());
  std::fflush(stdout);
  return serve(server.get(), "gatelet manage");
}

}  // namespace

int manage(const std::vector<std::string>& arguments) {
  ManageOptions options;
  if (const int code = parse(command_of(options), arguments); code >= 0) return code;
  if (options.operands.empty()) return run_plane(options);
  const std::string& what = options.operands.front();
  int (*const act)(ManageOptions&) = what == "import"   ? import_folder
                                     : what == "export" ? export_folder
                                     : what == "token"  ? print_token
                                     : what == "epoch"  ? begin_epoch
                                                        : nullptr;
  if (act && options.operands.size() == 2) return act(options);
  std::fprintf(stderr, "gatelet manage: it is import DIR, export DIR, token GATEWAY or epoch bump; see gatelet manage --help\n");
  return 2;
}

}  // namespace host
