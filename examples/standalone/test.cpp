// gatelet test: runs behaviour files and prints what does not hold.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>

#include "behaviour.hpp"
#include "support.hpp"

namespace host {

namespace {

// All *.test files of a path, sorted; the path itself when it is a file.
bool collect(const std::string& path, std::vector<std::string>& out) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  if (!S_ISDIR(status.st_mode)) return out.push_back(path), true;
  DIR* folder = ::opendir(path.c_str());
  if (!folder) return false;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(folder);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string inner = path + "/" + name;
    const bool is_test = name.size() > 5 && name.compare(name.size() - 5, 5, ".test") == 0;
    if (::stat(inner.c_str(), &status) == 0 && (S_ISDIR(status.st_mode) || is_test) && !collect(inner, out)) return false;
  }
  return true;
}

bool passes(const std::string& path, bool verbose) {
  std::string problem;
  const auto text = read_text(path, problem);
  Behaviour behaviour;
  std::vector<std::string> failures;
  if (!text) {
    failures.push_back("0: " + problem);
  } else if (!read_behaviour(*text, behaviour, problem)) {
    failures.push_back(problem);
  } else {
    failures = run_behaviour(behaviour);
  }
  if (verbose && failures.empty()) std::printf("ok   %s: %s\n", path.c_str(), behaviour.rule.c_str());
  for (const std::string& failure : failures) std::printf("%s:%s\n", path.c_str(), failure.c_str());
  return failures.empty();
}

}  // namespace

int test(const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  bool verbose = false;
  Command command;
  command.name = "test";
  command.synopsis = "gatelet test PATH... [--verbose]";
  command.meaning =
      "Runs behaviour files (*.test, or all of a folder) with an injected clock and without sockets; prints FILE:LINE: what does not "
      "hold.\nExit 0 when all hold, 1 otherwise, 2 for wrong use.";
  command.flags = {{"--verbose", "", "also print the rules that hold", [&](const std::string&) { return verbose = true; }}};
  command.take_operand = [&](const std::string& path) { return paths.push_back(path), true; };
  if (const int code = parse(command, arguments); code >= 0) return code;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (collect(path, files)) continue;
    std::fprintf(stderr, "gatelet test: %s: no such file or folder\n", path.c_str());
    return 1;
  }
  if (files.empty()) return std::fputs("gatelet test: no behaviour file; give a *.test file or a folder that holds some\n", stderr), 2;
  size_t passed = 0;
  for (const std::string& file : files) passed += passes(file, verbose);
  std::printf("%zu passed, %zu failed\n", passed, files.size() - passed);
  return passed == files.size() ? 0 : 1;
}

}  // namespace host
