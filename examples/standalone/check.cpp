// gatelet check: every problem of a folder, a resource document or one policy document, on standard output.
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "excerpt.hpp"
#include "support.hpp"

namespace host {

namespace {

struct CheckOptions {
  std::string path;
  std::string overrides;
  std::string scope;
  std::string effective;
  std::map<std::string, std::string> defines;
  std::vector<std::pair<std::string, std::string>> settings;  // --set, in order
  bool json = false;
};

bool refuse(const std::string& message) {
  std::fprintf(stderr, "gatelet check: %s; see gatelet check --help\n", message.c_str());
  return false;
}

Command command_of(CheckOptions& options) {
  Command command;
  command.name = "check";
  command.synopsis =
      "gatelet check PATH [--json] [--overrides FILE] [--scope SCOPE] [--define name=value]... [--set name=value]... "
      "[--effective API/OPERATION]";
  command.meaning =
      "Loads an APIOps folder, a resource document (.json, .yaml) or one <policies> or <fragment> document, and prints all problems, one a "
      "line:\n"
      "file:line:column: severity: message [code], below an error the line of the file with a caret under the place.\n"
      "A note names each body of an operation that is held in memory because a policy needs it whole; all others stream through.\n"
      "Exit 0 without errors, 1 with errors, 2 for wrong use.";
  command.flags = {
      {"--json", "", "one JSON object a line instead", [&](const std::string&) { return options.json = true; }},
      {"--overrides", "FILE", "configuration.<env>.yaml, merged over the folder's files",
       [&](const std::string& v) { return options.overrides = v, true; }},
      {"--scope", "global|product|api|operation", "of a single policy document",
       [&](const std::string& v) { return options.scope = v, true; }},
      {"--define", "name=value", "the value of a {#name#} placeholder; repeatable",
       [&](const std::string& v) {
         const size_t equals = v.find('=');
         if (equals == std::string::npos) return refuse("--define needs name=value, not '" + v + "'");
         return options.defines[v.substr(0, equals)] = v.substr(equals + 1), true;
       }},
      {"--set", "name=value",
       "a setting of gatelet run that changes what loads, such as gateway.name or expression.limits.source; repeatable",
       [&](const std::string& v) {
         const size_t equals = v.find('=');
         if (equals == std::string::npos) return refuse("--set needs name=value, not '" + v + "'");
         return options.settings.emplace_back(v.substr(0, equals), v.substr(equals + 1)), true;
       }},
      {"--effective", "API/OPERATION", "print the merged policy of an operation; API/OPERATION/PRODUCT with a product's",
       [&](const std::string& v) { return options.effective = v, true; }},
  };
  command.take_operand = [&](const std::string& v) {
    if (!options.path.empty()) return refuse("one PATH only, not also '" + v + "'");
    return options.path = v, true;
  };
  return command;
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void print(const gatelet_diagnostic& item, bool json, SourceFiles& sources) {
  const std::string severity = item.severity == GATELET_SEVERITY_ERROR     ? "error"
                               : item.severity == GATELET_SEVERITY_WARNING ? "warning"
                                                                           : "note";
  const std::string file = item.file.size ? std::string(view(item.file)) : "-";
  const std::string line = std::to_string(item.line), column = std::to_string(item.column);
  std::string text;
  if (json) {
    text = "{\"severity\":\"" + severity + "\",\"file\":" + json_text(file) + ",\"line\":" + line + ",\"column\":" + column +
           ",\"scope\":" + json_text(view(item.scope)) + ",\"code\":" + json_text(view(item.code)) +
           ",\"message\":" + json_text(view(item.message)) + "}";
  } else {
    text = file + ":" + line + ":" + column + ": " + severity + ": " + std::string(view(item.message)) + " [" +
           std::string(view(item.code)) + "]";
  }
  std::printf("%s\n", text.c_str());
  if (json || item.severity != GATELET_SEVERITY_ERROR) return;
  const std::string shown = item.source.size ? excerpt(view(item.source), item.line, item.column)
                                             : sources.excerpt(std::string(view(item.file)), item.line, item.column);
  std::printf("%s", shown.c_str());
}

int print(const gatelet_report* report, bool json) {
  SourceFiles sources;
  for (size_t i = 0; i < gatelet_report_count(report); ++i) {
    gatelet_diagnostic item = GATELET_DIAGNOSTIC_INIT;
    if (gatelet_report_get(report, i, &item) == GATELET_OK) print(item, json, sources);
  }
  return gatelet_report_error_count(report) ? 1 : 0;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// A file that is neither JSON nor YAML by its name is a policy document.
bool is_policy_document(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return false;
  return !ends_with(path, ".json") && !ends_with(path, ".yaml") && !ends_with(path, ".yml");
}

int check_policy(const CheckOptions& options, const gatelet_settings* settings) {
  std::string problem;
  const auto text = read_text(options.path, problem);
  if (!text) return std::fprintf(stderr, "gatelet check: %s\n", problem.c_str()), 1;
  Error error;
  gatelet_report* report = nullptr;
  const gatelet_expression_limits limits = expression_limits(settings);
  if (gatelet_policy_check_within(&limits, str(*text), str(options.path), str(options.scope), &report, error.out()) != GATELET_OK)
    return error.print("gatelet check"), 2;
  const Report owned(report);
  return print(report, options.json);
}

int print_effective(const gatelet_config* config, const std::string& wanted) {
  const size_t first = wanted.find('/');
  if (first == std::string::npos) return refuse("--effective needs API/OPERATION"), 2;
  const size_t second = wanted.find('/', first + 1);
  const std::string api = wanted.substr(0, first);
  const std::string operation = wanted.substr(first + 1, second == std::string::npos ? second : second - first - 1);
  const std::string product = second == std::string::npos ? "" : wanted.substr(second + 1);
  Error error;
  gatelet_str text{nullptr, 0};
  if (gatelet_config_effective_policy(config, str(api), str(operation), str(product), &text, error.out()) != GATELET_OK)
    return error.print("gatelet check");
  std::fwrite(text.data, 1, text.size, stdout);
  gatelet_text_destroy(text);
  return 0;
}

bool print_buffered_bodies(const gatelet_config* config) {
  Error error;
  gatelet_report* notes = nullptr;
  if (gatelet_config_buffered_bodies(config, &notes, error.out()) != GATELET_OK) return error.print("gatelet check"), false;
  const Report owned(notes);
  print(notes, false);
  return true;
}

int check_path(const CheckOptions& options, const gatelet_settings* settings) {
  std::string overrides, problem;
  if (!options.overrides.empty()) {
    auto text = read_text(options.overrides, problem);
    if (!text) return std::fprintf(stderr, "gatelet check: %s\n", problem.c_str()), 1;
    overrides = std::move(*text);
  }
  gatelet_config_options config_options = GATELET_CONFIG_OPTIONS_INIT;
  config_options.gateway_name = gatelet_settings_get(settings, str("gateway.name"));
  config_options.region = gatelet_settings_get(settings, str("gateway.region"));
  config_options.ignore_scheme = view(gatelet_settings_get(settings, str("routing.scheme-check"))) == "false";
  const gatelet_expression_limits limits = expression_limits(settings);
  config_options.expression_limits = &limits;
  config_options.overrides = str(overrides);
  config_options.overrides_name = str(options.overrides);
  if (!options.defines.empty()) {
    config_options.environment = [](void* user, gatelet_str name, gatelet_str* out) -> int32_t {
      const auto& defines = *static_cast<const std::map<std::string, std::string>*>(user);
      const auto found = defines.find(std::string(view(name)));
      if (found == defines.end()) return 0;
      *out = str(found->second);
      return 1;
    };
    config_options.environment_user = const_cast<std::map<std::string, std::string>*>(&options.defines);
  }
  Error error;
  gatelet_report* report = nullptr;
  gatelet_config* config = nullptr;
  const gatelet_status status = gatelet_config_load_path(str(options.path), &config_options, &report, &config, error.out());
  const Report owned_report(report);
  const Config owned_config(config);
  if (!report) return error.print("gatelet check");
  if (!options.effective.empty() && config) return print_effective(config, options.effective);
  const int code = print(report, options.json);
  if (status != GATELET_OK && code == 0) return error.print("gatelet check");
  return options.json || !config || print_buffered_bodies(config) ? code : 1;
}

}  // namespace

int check(const std::vector<std::string>& arguments) {
  CheckOptions options;
  if (const int code = parse(command_of(options), arguments); code >= 0) return code;
  if (options.path.empty()) return refuse("PATH is missing"), 2;
  Error error;
  gatelet_settings* raw = nullptr;
  if (gatelet_settings_create(&raw, error.out()) != GATELET_OK) return error.print("gatelet check");
  const Settings settings(raw);
  for (const auto& [name, value] : options.settings)
    if (!set_setting(settings.get(), name, value, "--set", "gatelet check")) return 2;
  return is_policy_document(options.path) ? check_policy(options, settings.get()) : check_path(options, settings.get());
}

}  // namespace host
