// The standalone host: an API gateway as one program, written against the C interface only.
#include <cstdio>
#include <cstring>

#include "support.hpp"

namespace {

struct Row {
  const char* name;
  const char* meaning;
};

struct CommandRow : Row {
  int (*run)(const std::vector<std::string>&);
};

// A new command is a row here; its flags stand in its own file. The man page and the completion of shells are made of what --help prints.
constexpr CommandRow commands[] = {
    {{"run", "serve an API folder or resource document"}, host::run},
    {{"check", "print every problem of a folder, document or policy"}, host::check},
    {{"eval", "evaluate a policy expression"}, host::eval},
    {{"test", "run behaviour files"}, host::test},
#ifdef GATELET_HAS_MANAGE
    {{"manage", "run a management plane; import, export and tokens of its store"}, host::manage},
    {{"demo", "show a management plane and a gateway, and what happens when the plane goes away"}, host::demo},
#endif
};

constexpr Row flags[] = {
    {"--version", "print the version"},
    {"--help-settings", "print every setting with its type, default and meaning"},
    {"--help", "print this; after a command, the command's flags"},
};

int print_usage(std::FILE* out) {
  std::fputs("usage: gatelet COMMAND [FLAGS]\n\n", out);
  for (const Row& row : commands) std::fprintf(out, "  %-16s %s\n", row.name, row.meaning);
  std::fputs("\n", out);
  for (const Row& row : flags) std::fprintf(out, "  %-16s %s\n", row.name, row.meaning);
  return out == stdout ? 0 : 2;
}

int print_settings() {
  for (size_t i = 0; i < gatelet_setting_count(); ++i) {
    gatelet_setting setting = GATELET_SETTING_INIT;
    if (gatelet_setting_get(i, &setting) != GATELET_OK) return 1;
    const std::string fallback = setting.default_value.size ? std::string(host::view(setting.default_value)) : "-";
    const std::string type = std::string(host::view(setting.type));
    std::printf("%.*s\n    %s, default %s, since %.*s\n    %.*s%s\n", static_cast<int>(setting.name.size), setting.name.data, type.c_str(),
                fallback.c_str(), static_cast<int>(setting.since.size), setting.since.data, static_cast<int>(setting.meaning.size),
                setting.meaning.data, type == "reserved" ? " (self-hosted gateway; no effect in this version)" : "");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  const std::vector<std::string> arguments(argv + (argc > 1 ? 2 : 1), argv + argc);
  for (const CommandRow& row : commands)
    if (command == row.name) return row.run(arguments);
  if (command == "--version") return std::printf("gatelet %s\n", gatelet_version()), 0;
  if (command == "--help-settings") return print_settings();
  if (command == "--help" || command == "-h") return print_usage(stdout);
  if (!command.empty()) std::fprintf(stderr, "gatelet: unknown command '%s'\n", command.c_str());
  return print_usage(stderr);
}
