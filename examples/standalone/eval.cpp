// gatelet eval: policy expressions without a gateway, one or a stream of them.
#include <iostream>

#include "support.hpp"

namespace host {

namespace {

struct EvalOptions {
  std::string expression;
  std::string context;
  std::vector<std::pair<std::string, std::string>> settings;
  bool batch = false;
};

Command command_of(EvalOptions& options) {
  Command command;
  command.name = "eval";
  command.synopsis = "gatelet eval [--context FILE] [--set name=value]... EXPRESSION | gatelet eval [--set name=value]... --batch";
  command.meaning =
      "Evaluates a policy expression, @(…) or @{…}, and prints its type, value and text, or the error, as one JSON object.\n"
      "Exit 0, 1 when the expression failed, 2 for wrong use. With --batch each line of standard input,\n"
      "{\"id\",\"expression\",\"context\"}, is answered by a line at once, one that is none of this by its number; exit 0.";
  command.flags = {
      {"--context", "FILE", "a JSON object: request, response, variables, api, namedValues and so on",
       [&](const std::string& v) { return options.context = v, true; }},
      {"--set", "name=value", "a setting of expressions, such as expression.limits.steps=1000; see gatelet --help-settings; repeatable",
       [&](const std::string& v) {
         const size_t equals = v.find('=');
         if (equals == std::string::npos) return std::fprintf(stderr, "gatelet eval: --set needs name=value, not '%s'\n", v.c_str()), false;
         return options.settings.emplace_back(v.substr(0, equals), v.substr(equals + 1)), true;
       }},
      {"--batch", "", "read JSON lines from standard input", [&](const std::string&) { return options.batch = true; }},
  };
  command.take_operand = [&](const std::string& v) {
    if (!options.expression.empty()) return std::fprintf(stderr, "gatelet eval: one EXPRESSION only, not also '%s'\n", v.c_str()), false;
    return options.expression = v, true;
  };
  return command;
}

int print(gatelet_str result, int32_t failed) {
  std::printf("%.*s\n", static_cast<int>(result.size), result.data);
  gatelet_text_destroy(result);
  return failed ? 1 : 0;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

int answer_lines(const gatelet_expression_limits& limits) {
  size_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    gatelet_str result{nullptr, 0};
    Error error;
    if (gatelet_expression_evaluate_line_within(&limits, str(line), nullptr, &result, error.out()) == GATELET_OK)
      print(result, 0);
    else
      std::printf("{\"error\":{\"reason\":\"InvalidLine\",\"message\":%s,\"line\":%zu}}\n",
                  quoted("input line " + std::to_string(number) + ": " + error.text()).c_str(), number);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int eval(const std::vector<std::string>& arguments) {
  EvalOptions options;
  if (const int code = parse(command_of(options), arguments); code >= 0) return code;
  if (options.batch != options.expression.empty()) {
    std::fputs("gatelet eval: give either one EXPRESSION or --batch; see gatelet eval --help\n", stderr);
    return 2;
  }
  Error error;
  gatelet_settings* raw = nullptr;
  if (gatelet_settings_create(&raw, error.out()) != GATELET_OK) return error.print("gatelet eval");
  const Settings settings(raw);
  for (const auto& [name, value] : options.settings)
    if (!set_setting(settings.get(), name, value, "--set", "gatelet eval")) return 2;
  const gatelet_expression_limits limits = expression_limits(settings.get());
  if (options.batch) return answer_lines(limits);
  std::string context;
  if (!options.context.empty()) {
    std::string problem;
    auto text = read_text(options.context, problem);
    if (!text) return std::fprintf(stderr, "gatelet eval: %s\n", problem.c_str()), 2;
    context = std::move(*text);
  }
  gatelet_str result{nullptr, 0};
  int32_t failed = 0;
  if (gatelet_expression_evaluate_within(&limits, str(options.expression), str(context), &failed, &result, error.out()) != GATELET_OK) {
    error.print("gatelet eval");
    return 2;
  }
  return print(result, failed);
}

}  // namespace host
