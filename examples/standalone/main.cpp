// The standalone host: an API gateway as one program, written against the C interface only.
#include <cstdio>
#include <cstring>

#include "support.hpp"

namespace {

constexpr char usage[] =
    "usage: gatelet COMMAND [FLAGS]\n"
    "\n"
    "  run      serve an API folder or resource document\n"
    "  check    print every problem of a folder, document or policy\n"
    "  test     run behaviour files\n"
    "\n"
    "  --version        print the version\n"
    "  --help-settings  print every setting with its type, default and meaning\n"
    "  COMMAND --help   print the command's flags\n";

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
  if (command == "run") return host::run(arguments);
  if (command == "check") return host::check(arguments);
  if (command == "test") return host::test(arguments);
  if (command == "--version") return std::printf("gatelet %s\n", gatelet_version()), 0;
  if (command == "--help-settings") return print_settings();
  if (command == "--help" || command == "-h") return std::fputs(usage, stdout), 0;
  if (!command.empty()) std::fprintf(stderr, "gatelet: unknown command '%s'\n", command.c_str());
  std::fputs(usage, stderr);
  return 2;
}
