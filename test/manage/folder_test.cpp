// Import and export of APIOps folders: what comes out says the same as what went in.
#include "corpora.hpp"
#include "fake_plane.hpp"

using namespace gatelet;
using namespace gatelet::manage;
using namespace gatelet::test;

namespace {

std::vector<ConfigFile> files_below(const std::filesystem::path& root) {
  std::vector<ConfigFile> out;
  for (const auto& item : std::filesystem::recursive_directory_iterator(root))
    if (item.is_regular_file()) out.push_back({item.path().lexically_relative(root).generic_string(), read_bytes(item.path())});
  std::ranges::sort(out, {}, &ConfigFile::path);
  return out;
}

ResourceSet resources_of(const std::vector<ConfigFile>& files) {
  FolderOptions options;
  options.environment = [](std::string_view) { return std::optional<std::string>("127.0.0.1:9000"); };
  Diagnostics problems;
  ResourceSet out = resources_from_folder(files, options, problems);
  for (const Diagnostic& problem : problems.items())
    if (problem.severity == Severity::error) FAIL(format(problem));
  return out;
}

// Keys are secrets, which an export leaves out.
std::map<std::string, std::string> values_of(const ResourceSet& set) {
  std::map<std::string, std::string> out;
  for (const Resource& resource : set.resources)
    out[resource.key] = resource.value.without("primaryKey").without("secondaryKey").canonical();
  return out;
}

std::map<std::string, std::string> texts_of(const std::vector<ConfigFile>& files) {
  std::map<std::string, std::string> out;
  for (const ConfigFile& file : files) out[file.path] = file.bytes;
  return out;
}

std::vector<ConfigFile> imported_and_exported(FakePlane& plane, const ResourceSet& set) {
  const Diagnostics problems = plane.plane->import(set, {}, plane.now_ms);
  for (const Diagnostic& problem : problems.items())
    if (problem.severity == Severity::error) FAIL(format(problem));
  REQUIRE(plane.plane->commit());
  return plane.plane->export_folder();
}

void check_round_trip(const std::filesystem::path& folder) {
  CAPTURE(folder.string());
  const ResourceSet given = resources_of(files_below(folder));
  FakePlane first, second;
  const std::vector<ConfigFile> once = imported_and_exported(first, given);
  const ResourceSet back = resources_of(once);
  const auto expected = values_of(given), actual = values_of(back);
  for (const auto& item : expected) {
    CAPTURE(item.first);
    REQUIRE(actual.contains(item.first));
    CHECK(actual.at(item.first) == item.second);
  }
  CHECK(actual.size() == expected.size());
  CHECK(texts_of(imported_and_exported(second, back)) == texts_of(once));
  // Once more into the same plane: nothing changes.
  const uint64_t revision = first.plane->revision();
  imported_and_exported(first, back);
  CHECK(first.plane->revision() == revision);
}

}  // namespace

TEST_CASE("folder: the example that is shipped is the same after import and export") {
  const char* source = std::getenv("GATELET_SOURCE");
  REQUIRE(source);
  check_round_trip(std::filesystem::path(source) / "examples/store");
}
