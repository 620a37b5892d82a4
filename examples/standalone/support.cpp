#include "support.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace host {

std::string Error::text() const {
  std::string out;
  for (const gatelet_error* error = error_; error; error = gatelet_error_next(error)) {
    if (!out.empty()) out += "\n";
    const std::string_view path = view(gatelet_error_path(error));
    if (!path.empty()) out += std::string(path) + ":";
    if (gatelet_error_line(error))
      out += std::to_string(gatelet_error_line(error)) + ":" + std::to_string(gatelet_error_column(error)) + ":";
    if (!path.empty()) out += " ";
    out += view(gatelet_error_message(error));
  }
  return out;
}

int Error::print(std::string_view command) const {
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(command.size()), command.data(), text().c_str());
  return 1;
}

static void print_help(const Command& command) {
  std::printf("%.*s\n\n%.*s\n", static_cast<int>(command.synopsis.size()), command.synopsis.data(),
              static_cast<int>(command.meaning.size()), command.meaning.data());
  if (!command.flags.empty()) std::printf("\n");
  for (const Flag& flag : command.flags) {
    const std::string head = std::string(flag.name) + (flag.value.empty() ? "" : " " + std::string(flag.value));
    const char* const form = head.size() > 26 ? "  %s\n                             %.*s\n" : "  %-26s %.*s\n";
    std::printf(form, head.c_str(), static_cast<int>(flag.meaning.size()), flag.meaning.data());
  }
}

static int wrong_use(const Command& command, const std::string& message) {
  std::fprintf(stderr, "gatelet %.*s: %s; see gatelet %.*s --help\n", static_cast<int>(command.name.size()), command.name.data(),
               message.c_str(), static_cast<int>(command.name.size()), command.name.data());
  return 2;
}

int parse(const Command& command, const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string name = arguments[i];
    if (name == "--help" || name == "-h") return print_help(command), 0;
    if (name.size() < 2 || name[0] != '-') {
      if (!command.take_operand) return wrong_use(command, "unexpected argument '" + name + "'");
      if (!command.take_operand(name)) return 2;
      continue;
    }
    std::optional<std::string> value;
    if (const size_t equals = name.find('='); equals != std::string::npos && name.compare(0, 2, "--") == 0) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    const Flag* found = nullptr;
    for (const Flag& flag : command.flags)
      if (flag.name == name) found = &flag;
    if (!found) return wrong_use(command, "unknown flag '" + name + "'");
    if (found->value.empty() && value) return wrong_use(command, name + " takes no value");
    if (!found->value.empty() && !value) {
      if (i + 1 == arguments.size()) return wrong_use(command, name + " needs a value: " + std::string(found->value));
      value = arguments[++i];
    }
    if (!found->take(value.value_or(""))) return 2;
  }
  return -1;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<std::string> read_text(const std::string& path, std::string& problem) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) {
    problem = path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  std::string text;
  char buffer[65536];
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, file.get())) > 0;) text.append(buffer, got);
  if (std::ferror(file.get())) {
    problem = path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  return text;
}

bool set_setting(gatelet_settings* settings, std::string_view name, std::string_view value, const std::string& origin,
                 std::string_view command) {
  Error error;
  if (gatelet_settings_set(settings, str(name), str(value), str(origin), error.out()) == GATELET_OK) return true;
  const std::string text = error.text();
  const bool unknown = text.find("unknown setting") != std::string::npos;
  std::fprintf(stderr, "%.*s: %s%s\n", static_cast<int>(command.size()), command.data(), unknown ? "warning: " : "", text.c_str());
  return unknown;
}

gatelet_expression_limits expression_limits(const gatelet_settings* settings) {
  const auto wide = [&](std::string_view name) {
    return uint64_t{std::strtoull(std::string(view(gatelet_settings_get(settings, str(name)))).c_str(), nullptr, 10)};
  };
  const auto number = [&](std::string_view name) { return static_cast<uint32_t>(wide(name)); };  // the table has checked the range
  gatelet_expression_limits limits = GATELET_EXPRESSION_LIMITS_INIT;
  limits.steps = wide("expression.limits.steps");
  limits.memory_bytes = wide("expression.limits.memory");
  limits.body_bytes = wide("expression.limits.body");
  limits.string_units = number("expression.limits.string");
  limits.elements = number("expression.limits.elements");
  limits.call_depth = number("expression.limits.call-depth");
  limits.regex_steps = number("expression.limits.regex-steps");
  limits.json_depth = number("expression.limits.json-depth");
  limits.xml_depth = number("expression.limits.xml-depth");
  limits.source_bytes = number("expression.limits.source");
  limits.source_depth = number("expression.limits.source-depth");
  if (view(gatelet_settings_get(settings, str("json.date_parse"))) == "none") limits.json_dates = GATELET_JSON_DATES_NONE;
  return limits;
}

}  // namespace host
