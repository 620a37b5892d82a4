// APIOps folders. The input is the folder: a line "== PATH" begins a file. Loading never fails silently, gives the same twice, and the
// resources of a folder without errors are the same configuration when they are written as a document (an error takes what it is about out of
// service, which a document of the rest does not know).
#include <vector>

#include "config/build.hpp"
#include "config/document.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

std::vector<ConfigFile> files_of(std::string_view text) {
  std::vector<ConfigFile> files;
  constexpr std::string_view mark = "== ";
  for (size_t at = text.starts_with(mark) ? 0 : text.find("\n== "); at != std::string_view::npos;) {
    if (text[at] == '\n') ++at;
    const size_t next = text.find("\n== ", at + mark.size());
    const std::string_view file = text.substr(at + mark.size(), next == std::string_view::npos ? next : next - at - mark.size());
    const size_t line_end = file.find('\n');
    files.push_back(
        {std::string(file.substr(0, line_end)), line_end == std::string_view::npos ? "" : std::string(file.substr(line_end + 1))});
    at = next;
  }
  return files;
}

ResourceSet load(const std::vector<ConfigFile>& files, Diagnostics& diagnostics) {
  FolderOptions options;
  options.root_name = "folder";
  options.environment = [](std::string_view name) -> std::optional<std::string> {
    if (name.starts_with("no")) return std::nullopt;
    return std::string(name);
  };
  return resources_from_folder(files, options, diagnostics);
}

std::shared_ptr<const Config> build(const ResourceSet& set, Diagnostics diagnostics) {
  BuildOptions options;
  options.policies = builtin_policies();
  auto config = build_config(set, options, std::move(diagnostics));
  require_told(config->diagnostics);
  return config;
}

std::string problems_of(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& item : diagnostics.items()) text += format(item) + "\n";
  return text;
}

Json document_of(const ResourceSet& set) {
  std::vector<Json> resources;
  for (const Resource& resource : set.resources)
    resources.push_back(Json::object({{"k", Json::from(std::string_view(resource.key)), {}}, {"v", resource.value, {}}}));
  return Json::object({{"resources", Json::array(std::move(resources)), {}}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<ConfigFile> files = files_of(text_of(data, size));
  Diagnostics diagnostics, again_diagnostics, document_diagnostics;
  const ResourceSet set = load(files, diagnostics), again_set = load(files, again_diagnostics);
  const auto config = build(set, diagnostics), again = build(again_set, again_diagnostics);
  require(config->revision == again->revision && problems_of(config->diagnostics) == problems_of(again->diagnostics));

  const ResourceSet as_document = resources_from_json(document_of(set), "document", document_diagnostics);
  if (diagnostics.has_errors() || document_diagnostics.has_errors()) return 0;
  const auto from_document = build(as_document, document_diagnostics);
  require(from_document->revision == config->revision && from_document->apis.size() == config->apis.size());
  return 0;
}
