// What the commands of the standalone host share: text of the C interface, error printing, arguments.
#pragma once

#include <gatelet/gatelet.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

inline gatelet_str str(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view(gatelet_str text) { return text.data ? std::string_view(text.data, text.size) : std::string_view(); }

template <auto destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using Config = std::unique_ptr<gatelet_config, Destroyer<gatelet_config_unref>>;
using Report = std::unique_ptr<gatelet_report, Destroyer<gatelet_report_destroy>>;
using Gateway = std::unique_ptr<gatelet_gateway, Destroyer<gatelet_gateway_destroy>>;
using Exchange = std::unique_ptr<gatelet_exchange, Destroyer<gatelet_exchange_destroy>>;
using Server = std::unique_ptr<gatelet_server, Destroyer<gatelet_server_destroy>>;
using Settings = std::unique_ptr<gatelet_settings, Destroyer<gatelet_settings_destroy>>;

// Receives an error from a call and frees it: `if (f(…, error.out())) return error.print("gatelet run");`
class Error {
 public:
  Error() = default;
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  ~Error() { gatelet_error_destroy(error_); }
  gatelet_error** out() {
    gatelet_error_destroy(error_);
    error_ = nullptr;
    return &error_;
  }
  std::string text() const;
  // Prints every member of the chain to stderr and returns 1, the exit code of what cannot start.
  int print(std::string_view command) const;

 private:
  gatelet_error* error_ = nullptr;
};

// One flag that a command knows. `value` is empty for a switch.
struct Flag {
  std::string_view name;   // "--config"
  std::string_view value;  // "PATH", or the words it may be: "global|product|api"
  std::string_view meaning;
  std::function<bool(const std::string&)> take;  // false: the value is refused, the message is printed by the taker
};

struct Command {
  std::string_view name;
  std::string_view synopsis;
  std::string_view meaning;
  std::vector<Flag> flags;
  std::function<bool(const std::string&)> take_operand;  // null: the command takes none
};

// Reads the arguments; -1: go on, else the exit code (0 after --help, 2 for wrong use).
int parse(const Command& command, const std::vector<std::string>& arguments);

// Each client takes a descriptor, and often one more for a backend. The soft limit is only there for programs that use select.
void raise_descriptor_limit();

// The whole of a small file; nullopt and a message in `problem` when it cannot be read.
std::optional<std::string> read_text(const std::string& path, std::string& problem);

// Sets a setting from what the user wrote. An unknown name is a warning, a bad value an error: false.
bool set_setting(gatelet_settings* settings, std::string_view name, std::string_view value, const std::string& origin,
                 std::string_view command);

// The settings expression.limits.* and json.date_parse.
gatelet_expression_limits expression_limits(const gatelet_settings* settings);

int run(const std::vector<std::string>& arguments);
int check(const std::vector<std::string>& arguments);
int eval(const std::vector<std::string>& arguments);
int test(const std::vector<std::string>& arguments);
int manage(const std::vector<std::string>& arguments);
int demo(const std::vector<std::string>& arguments);

}  // namespace host
