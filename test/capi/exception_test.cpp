// A host in C++ whose callback throws: the process ends at the callback, as the header says, and not somewhere in the library.
#include <doctest/doctest.h>
#include <gatelet/gatelet.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <stdexcept>

// How a child that runs `act` ended: 77 where the exception left the callback.
static int exit_of(void (*act)()) {
  const pid_t child = fork();
  if (child == 0) {
    std::set_terminate([] { _exit(77); });
    try {
      act();
    } catch (...) {
      _exit(1);  // it passed through the library
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_CASE("callbacks: an exception out of the log, the look-up of a variable or the end of a body ends the process there") {
  CHECK(exit_of([] {
          gatelet_gateway_options options = GATELET_GATEWAY_OPTIONS_INIT;
          gatelet_gateway* gateway = nullptr;
          gatelet_exchange* exchange = nullptr;
          options.request_log = 2;
          options.log = [](void*, int32_t, gatelet_str) { throw std::runtime_error("from the log"); };
          const gatelet_request request = GATELET_REQUEST_INIT;
          if (gatelet_gateway_create(&options, nullptr, &gateway, nullptr) || gatelet_exchange_create(gateway, &exchange, nullptr)) return;
          gatelet_exchange_begin(exchange, &request, nullptr);
          gatelet_exchange_finish(exchange, nullptr, nullptr);
        }) == 77);
  CHECK(exit_of([] {
          gatelet_config_options options = GATELET_CONFIG_OPTIONS_INIT;
          gatelet_config* config = nullptr;
          options.environment = [](void*, gatelet_str, gatelet_str*) -> int32_t { throw std::runtime_error("from the look-up"); };
          const gatelet_file file = {GATELET_STR("named values/n/namedValueInformation.json"),
                                     GATELET_STR("{\"properties\":{\"displayName\":\"n\",\"value\":\"{#token#}\"}}")};
          gatelet_config_load_files(&file, 1, GATELET_STR("f"), &options, nullptr, &config, nullptr);
        }) == 77);
  CHECK(exit_of([] {
          const gatelet_buf body = {"x", 1, [](void*) { throw std::runtime_error("from the end of a body"); }, nullptr};
          gatelet_exchange_reply_body(nullptr, 1, body, {0, 0}, nullptr);
        }) == 77);
}
