// A folder for the files of one test, which is gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>

namespace gatelet::test {

struct TemporaryFolder {
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gatelet-test-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path); }

  // Where the file is; folders on the way are made.
  std::string write(const std::string& name, std::initializer_list<std::string_view> parts) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream out(path / name, std::ios::binary);
    for (const std::string_view part : parts) out << part;
    return (path / name).string();
  }
  std::filesystem::path path;
};

}  // namespace gatelet::test
