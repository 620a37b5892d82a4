// Replays a fuzz target's corpora as a test, where no fuzzing engine is linked. Arguments are files and folders; NAME=COUNT is a folder of
// others below GATELET_CORPORA, read in place, with the number of its files: another number is a failure. Where NAME is a JSON file, it is
// a list, and the "text" of each of its items is an input.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static bool read(const std::filesystem::path& path, std::string& out) {
  std::ifstream file(path, std::ios::binary);
  out.assign(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open()) std::fprintf(stderr, "cannot read %s\n", path.c_str());
  return file.is_open();
}

static int run(std::string_view bytes) {
  // Exactly as large as the input, so that a sanitizer sees the first byte read beyond it.
  const std::vector<uint8_t> input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return 1;
}

static int replay(const std::filesystem::path& path) {
  std::string bytes;
  return read(path, bytes) ? run(bytes) : 0;
}

static int replay_items(const std::filesystem::path& path) {
  std::string bytes;
  const auto list = read(path, bytes) ? gatelet::Json::parse(bytes) : gatelet::Json();
  if (!list) return std::fprintf(stderr, "%s: %s\n", path.c_str(), list.error().message.c_str()), 0;
  int count = 0;
  for (const gatelet::Json& item : list->items()) count += run(item["text"].string());
  return count;
}

static int replay_all(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return replay(path);
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) count += entry.is_regular_file() ? replay(entry.path()) : 0;
  return count;
}

// Absent corpora are told; whether that is a failure, the environment says.
static bool replay_corpus(const std::string& argument, int& count) {
  const char* corpora = std::getenv("GATELET_CORPORA");
  const char* required = std::getenv("GATELET_REQUIRE_CORPORA");
  const size_t equals = argument.find('=');
  const bool is_foreign = equals != std::string::npos;
  const std::filesystem::path path = std::filesystem::path(is_foreign && corpora ? corpora : "") / argument.substr(0, equals);
  if (is_foreign && !std::filesystem::exists(path)) {
    std::printf("SKIPPED %s: %s cases, corpora absent\n", argument.substr(0, equals).c_str(), argument.c_str() + equals + 1);
    return !(required && std::string_view(required) == "1");
  }
  const int replayed = is_foreign && path.extension() == ".json" ? replay_items(path) : replay_all(path);
  count += replayed;
  if (!is_foreign) return replayed > 0;
  const int expected = std::atoi(argument.c_str() + equals + 1);
  if (replayed != expected) std::printf("%s: %d files, expected %d\n", path.c_str(), replayed, expected);
  return replayed == expected;
}

int main(int argc, char** argv) {
  int count = 0;
  bool is_complete = true;
  for (int i = 1; i < argc; ++i) is_complete = replay_corpus(argv[i], count) && is_complete;
  std::printf("%d inputs replayed\n", count);
  return is_complete ? 0 : 1;
}
