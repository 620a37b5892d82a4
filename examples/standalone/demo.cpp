// gatelet demo: a management plane, a gateway that follows it and a sample backend, each a program of its own on loopback; and what a
// client sees when the plane goes away and comes back.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "child.hpp"
#include "client.hpp"
#include "own_server.hpp"
#include "serving.hpp"

namespace host {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::string_view service =
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/Microsoft.ApiManagement/service/gatelet";
constexpr auto patience = std::chrono::seconds(30);
constexpr useconds_t glance_us = 20'000;
constexpr useconds_t between_polls_us = 1'200'000;  // a gateway that waits for changes pauses a second before it asks again
constexpr int interrupted_exit = 130;               // as shells have it

// A folder that is gone with its maker.
struct Folder {
  Folder() {
    std::string form = (fs::temp_directory_path() / "gatelet-demo-XXXXXX").string();
    if (::mkdtemp(form.data())) path = form;
  }
  ~Folder() {
    std::error_code error;
    if (!path.empty()) fs::remove_all(path, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

bool is_interrupted() {
  sigset_t waiting;
  return ::sigpending(&waiting) == 0 && (::sigismember(&waiting, SIGINT) == 1 || ::sigismember(&waiting, SIGTERM) == 1);
}

int fail_demo(const std::string& message) { return std::fprintf(stderr, "gatelet demo: %s\n", message.c_str()), 1; }

// The sample backend answers with what it was asked.
void answer_sample(void*, gatelet_call* call) {
  respond_json(call, R"({"backend":"sample","asked":")" + std::string(view(gatelet_call_path(call))) + "\"}\n");
}

std::string policy(const std::string& version) {
  return R"({"properties":{"format":"rawxml","value":"<policies><inbound><base /></inbound><backend><base /></backend><outbound><base />)"
         R"(<set-header name=\"X-Version\"><value>)" +
         version + R"(</value></set-header></outbound></policies>"}})";
}

class Demo {
 public:
  explicit Demo(bool is_once) : is_once_(is_once) {}

  int run() {
    if (folder_.path.empty()) return fail_demo("no temporary folder can be made");
    if (!begin()) return is_interrupted() ? interrupted_exit : 1;
    const bool is_told = lose_plane() && restart_gateway() && get_plane_back();
    if (is_interrupted()) return interrupted_exit;
    if (!is_told) return fail_demo("what should have happened did not; the last lines of the gateway were:\n" + last_lines(gateway_.log()));
    if (!is_once_) serve_on();
    return 0;
  }

 private:
  std::string in_folder(const std::string& name) const { return folder_.path + '/' + name; }

  static std::string last_lines(const std::string& path) {
    std::ifstream file(path);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    return text.size() > 2'000 ? text.substr(text.size() - 2'000) : text;
  }

  static void say(const std::string& sentence) {
    std::printf("\n# %s\n", sentence.c_str());
    std::fflush(stdout);
  }

  // Until the answer is as it must be; then it is shown with its command.
  template <class Holds>
  static bool shown(const std::string& url, const std::vector<std::string>& headers, Holds holds) {
    const ClientRequest request{"GET", url, {}, {}};
    for (const auto begun = Clock::now(); Clock::now() - begun < patience && !is_interrupted(); ::usleep(glance_us)) {
      const ClientAnswer answer = ask(request);
      if (!holds(answer)) continue;
      std::printf("$ %s\n%s\n", request.as_curl().c_str(), answer.headers.substr(0, answer.headers.find('\r')).c_str());
      for (const std::string& name : headers) std::printf("%s: %s\n", name.c_str(), answer.header(name).c_str());
      std::printf("%s%s", answer.body.c_str(), answer.body.empty() || answer.body.back() == '\n' ? "" : "\n");
      return true;
    }
    return false;
  }

  bool is_served(const std::string& version) {
    return shown(gateway_url_ + "/hello/world", {"X-Version"},
                 [&](const ClientAnswer& answer) { return answer.status == 200 && answer.header("X-Version") == version; });
  }

  bool is_state(const std::string& state) {
    const ClientRequest request{"GET", instance_url_, {}, {}};
    for (const auto begun = Clock::now(); Clock::now() - begun < patience && !is_interrupted(); ::usleep(glance_us)) {
      if (ask(request).body.find("\"state\":\"" + state + '"') == std::string::npos) continue;
      std::printf("  (the gateway's own page %s says \"state\":\"%s\")\n", instance_url_.c_str(), state.c_str());
      return true;
    }
    return false;
  }

  bool put(const std::string& path, const std::string& body) {
    ClientRequest request{"PUT", plane_url_ + std::string(service) + path + "?api-version=2024-05-01", {}, body};
    request.headers = {{"Authorization", "Bearer " + owner_token_}, {"Content-Type", "application/json"}};
    const ClientAnswer answer = ask(request);
    std::printf("PUT %s: %d\n", path.c_str(), answer.status);
    if (answer.status == 200 || answer.status == 201) return true;
    return fail_demo("the management plane did not take " + path + ": " + answer.body), false;
  }

  bool start_plane() {
    const std::string port = plane_url_.empty() ? "http://127.0.0.1:0" : plane_url_;
    if (!plane_.start({"manage", "--listen", port, "--data", in_folder("plane")}, in_folder("plane.log"))) return false;
    plane_url_ = plane_.wait_for("listening on ");
    while (!plane_url_.empty() && plane_url_.back() == '/') plane_url_.pop_back();
    return !plane_url_.empty() || (fail_demo("the management plane did not start:\n" + last_lines(plane_.log())), false);
  }

  bool start_gateway() {
    std::vector<std::string> arguments = {"run", "--listen", gateway_url_.empty() ? "http://127.0.0.1:0" : gateway_url_};
    for (const std::string& setting : {"config.service.endpoint=" + plane_url_, "config.service.auth.key-file=" + in_folder("token"),
                                       std::string("config.service.auth=key"), "config.backup.path=" + in_folder("backup"),
                                       std::string("config.sync.long-poll=00:00:25"), std::string("net.admin.listener=http://127.0.0.1:0"),
                                       std::string("telemetry.logs.requests=off")})
      arguments.insert(arguments.end(), {"--set", setting});
    if (!gateway_.start(arguments, in_folder("gateway.log"))) return false;
    gateway_url_ = gateway_.wait_for("listening on ");
    instance_url_ = gateway_.wait_for("telling how it is on ");
    while (!gateway_url_.empty() && gateway_url_.back() == '/') gateway_url_.pop_back();
    return !instance_url_.empty() || (fail_demo("the gateway did not start:\n" + last_lines(gateway_.log())), false);
  }

  bool write_token() {
    Child maker;
    const std::string path = in_folder("token");
    return maker.start({"manage", "token", "here", "--data", in_folder("plane")}, path) && !maker.wait_for("GatewayKey ").empty();
  }

  bool begin() {
    constexpr std::string_view sample =
        R"({"resources":[{"k":"apis/sample;rev=1","v":{"path":"","protocols":["http"],"isCurrent":true,"subscriptionRequired":false}},)"
        R"({"k":"apis/sample;rev=1/operations/get","v":{"method":"GET","urlTemplate":"/*"}}]})";
    if (!backend_.start(sample, "http://127.0.0.1:0", answer_sample, nullptr, "gatelet demo")) return false;
    say("A management plane starts; an API, a policy and a gateway are written to it, as with any client of Azure's management API");
    if (!start_plane()) return false;
    owner_token_ = "gto_" + plane_.wait_for("gto_");
    std::string backend = backend_.url();
    if (backend.back() == '/') backend.pop_back();
    const bool is_written =
        put("/apis/hello",
            R"({"properties":{"displayName":"Hello","path":"hello","protocols":["http"],"subscriptionRequired":false,"serviceUrl":")" +
                backend + R"("}})") &&
        put("/apis/hello/operations/world", R"({"properties":{"displayName":"World","method":"GET","urlTemplate":"/world"}})") &&
        put("/apis/hello/policies/policy", policy("1")) && put("/gateways/here", R"({"properties":{"locationData":{"name":"here"}}})") &&
        put("/gateways/here/apis/hello", "{}");
    if (!is_written) return false;
    say("A gateway starts with nothing but the plane's address, a token and a folder for its backup, and serves what it gets");
    if (!write_token()) return fail_demo("there is no token:\n" + last_lines(in_folder("token"))), false;
    return start_gateway() && is_served("1");
  }

  bool lose_plane() {
    say("The management plane is killed: the gateway serves on");
    plane_.stop(true);
    return is_state("serving-stale") && is_served("1");
  }

  bool restart_gateway() {
    say("The gateway is killed and started again while there is no plane: it serves from its backup");
    gateway_.stop(true);
    return start_gateway() && is_served("1") && is_state("serving-backup");
  }

  bool get_plane_back() {
    say("The management plane is back, and the policy is changed: the gateway catches up by itself");
    if (!start_plane() || !is_state("serving-fresh")) return false;
    ::usleep(between_polls_us);
    if (!put("/apis/hello/policies/policy", policy("2"))) return false;
    const auto begun = Clock::now();
    if (!is_served("2")) return false;
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    std::printf("  (%lld ms after the write)\n", static_cast<long long>(waited.count()));
    return true;
  }

  void serve_on() const {
    say("All of it runs until Ctrl-C");
    std::printf("curl -i %s/hello/world\ncurl %s\ncurl -H 'Authorization: Bearer %s' '%s%s/apis?api-version=2024-05-01'\n",
                gateway_url_.c_str(), instance_url_.c_str(), owner_token_.c_str(), plane_url_.c_str(), std::string(service).c_str());
    std::fflush(stdout);
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
    int signal = 0;
    ::sigwait(&signals, &signal);
  }

  bool is_once_;
  Folder folder_;
  OwnServer backend_;
  Child plane_, gateway_;
  std::string plane_url_, gateway_url_, instance_url_, owner_token_;
};

}  // namespace

int demo(const std::vector<std::string>& arguments) {
  bool is_once = false;
  Command command;
  command.name = "demo";
  command.synopsis = "gatelet demo [--once]";
  command.meaning =
      "Runs a management plane, a gateway that follows it and a sample backend on loopback, with all they keep in a temporary folder, and "
      "shows\n"
      "what a client sees while the plane is killed, the gateway is restarted from its backup, and the plane comes back with a change. "
      "Then "
      "it\n"
      "serves until Ctrl-C. Exit 0 when all of it happened, 1 when something did not, 2 for wrong use.";
  command.flags = {{"--once", "", "end after the story", [&](const std::string&) { return is_once = true; }}};
  if (const int code = parse(command, arguments); code >= 0) return code;
  block_signals();
  return Demo(is_once).run();
}

}  // namespace host
