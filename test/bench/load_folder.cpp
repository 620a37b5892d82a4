// What loading a folder costs (performance.md P-8), step by step, and what building costs when little has changed. CPU time of the process,
// the least of a few runs, and allocations. Usage: load_folder FOLDER
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <string>

#include "config/build.hpp"
#include "config/compiled_policies.hpp"
#include "micro.hpp"
#include "net/files.hpp"

using namespace gatelet;

namespace {

constexpr int runs = 5;

double cpu_ms() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

template <class Work>
void measure(const char* name, Work&& work) {
  double best = 1e9;
  uint64_t allocations = 0;
  for (int i = 0; i < runs; ++i) {
    const uint64_t allocations_before = allocation_count();
    const double start = cpu_ms();
    work();
    best = std::min(best, cpu_ms() - start);
    allocations = allocation_count() - allocations_before;
  }
  std::printf("| %s | %.1f | %llu |\n", name, best, static_cast<unsigned long long>(allocations));
}

// The same resources with another text for the policy of one operation, or of the service.
ResourceSet changed(ResourceSet set, std::string_view key) {
  for (Resource& resource : set.resources) {
    if (!resource.key.starts_with(key) || !resource.key.ends_with("policies/policy")) continue;
    resource.value = resource.value.with("value", Json::from(std::string(resource.value["value"].string()) + "\n"));
    break;
  }
  return set;
}

int fail(const std::string& what) { return std::fprintf(stderr, "load_folder: %s\n", what.c_str()), 1; }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: load_folder FOLDER\n"), 2;
  const std::string path = argv[1];
  FolderOptions folder;
  folder.root_name = path;
  BuildOptions options;
  options.policies = builtin_policies();
  Diagnostics diagnostics;
  const auto files = read_folder(path, diagnostics);
  if (!files) return fail(files.error().message);
  const ResourceSet set = resources_from_folder(*files, folder, diagnostics);
  const auto first = build_config(set, options);
  if (first->diagnostics.has_errors() || diagnostics.has_errors()) return fail("the folder has errors");

  std::printf("| step | CPU ms | allocations |\n| --- | --- | --- |\n");
  measure("read the files", [&] { keep(read_folder(path, diagnostics)->size()); });
  measure("files to resources", [&] { keep(resources_from_folder(*files, folder, diagnostics).resources.size()); });
  measure("resources to a configuration, from nothing", [&] { keep(build_config(set, options)); });
  options.previous = first;
  const ResourceSet same = set, one = changed(set, "apis/api-1;rev=1/operations/"), all = changed(set, "policies/");
  measure("… from the one before, nothing changed", [&] { keep(build_config(same, options)); });
  measure("… from the one before, one operation's policy changed", [&] { keep(build_config(one, options)); });
  measure("… from the one before, the service's policy changed", [&] { keep(build_config(all, options)); });
  std::printf("\n%zu APIs, %zu policy documents, %zu programs\n", first->apis.size(), first->compiled->documents_read,
              first->compiled->programs_made);
  return 0;
}
