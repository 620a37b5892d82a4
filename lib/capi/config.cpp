#include "gatelet/config.h"

#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "config/buffered_bodies.hpp"
#include "config/build.hpp"
#include "config/resource.hpp"
#include "net/files.hpp"
#include "net/random.hpp"

using namespace gatelet;

static_assert(static_cast<int>(Severity::error) == GATELET_SEVERITY_ERROR &&
              static_cast<int>(Severity::warning) == GATELET_SEVERITY_WARNING && static_cast<int>(Severity::note) == GATELET_SEVERITY_NOTE);

namespace {

// noexcept: an exception out of the host's function ends the process here, before it is taken for one of ours.
bool call(gatelet_lookup_fn fn, void* user, std::string_view name, gatelet_str& value) noexcept {
  return fn(user, borrow(name), &value) != 0;
}

std::function<std::optional<std::string>(std::string_view)> lookup_of(const gatelet_config_options& options) {
  if (!options.environment) return {};
  return [fn = options.environment, user = options.environment_user](std::string_view name) -> std::optional<std::string> {
    gatelet_str value{nullptr, 0};
    if (!call(fn, user, name, value) || is_bad(value)) return std::nullopt;
    return std::string(view(value));
  };
}

Result<> build(const ResourceSet& resources, const gatelet_config_options& options, Diagnostics diagnostics, gatelet_report** report,
               gatelet_config** out) {
  auto made = std::make_unique<gatelet_config>();
  made->value = build_config(resources, build_options_from(options), std::move(diagnostics));
  auto made_report = std::make_unique<gatelet_report>(made->value->diagnostics);
  if (!made->value->usable) {
    // The chain of errors says the same as the report; the caller takes whichever it asked for.
    if (report) *report = made_report.release();
    return Error{Code::config, {}, {}, {}};
  }
  if (report) *report = made_report.release();
  *out = made.release();
  return Done{};
}

// Loads with `read` making resources, and reports all errors as a chain when nothing is usable.
template <class Read>
gatelet_status load(const gatelet_config_options* options, gatelet_report** report, gatelet_config** out, gatelet_error** error,
                    Read&& read) {
  gatelet_report* made_report = nullptr;
  gatelet_error* made_error = nullptr;
  const gatelet_status status = guarded(&made_error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_config pointer");
    GATELET_TRY(given, config_options_from(options));
    Diagnostics diagnostics;
    GATELET_TRY(resources, read(given, diagnostics));
    return build(resources, given, std::move(diagnostics), &made_report, out);
  });
  gatelet_status result = status;
  if (status == GATELET_ERR_CONFIG && made_report) {
    gatelet_error_destroy(made_error);
    result = report_failures(made_report->diagnostics, error);
  } else if (error && made_error) {
    *error = made_error;
  } else {
    gatelet_error_destroy(made_error);
  }
  if (report && made_report) {
    *report = made_report;
  } else {
    gatelet_report_destroy(made_report);
  }
  return result;
}

}  // namespace

Result<gatelet_config_options> gatelet::config_options_from(const gatelet_config_options* options) {
  GATELET_TRY(given, options_from(options, "gatelet_config_options"));
  if (is_bad(given.gateway_name) || is_bad(given.region) || is_bad(given.overrides) || is_bad(given.overrides_name))
    return bad_argument("a text of the options is NULL although its size is not 0; set both members");
  if (given.listener_schemes < 0 || given.listener_schemes > 3)
    return bad_argument("listener_schemes is not between 0 and 3; 1 is http, 2 https, 3 both, 0 unknown");
  if (given.previous && !is_live(given.previous)) return bad_argument(not_a_config);
  if (auto limits = expression_limits_from(given.expression_limits); !limits) return std::move(limits.error());
  return given;
}

FolderOptions gatelet::folder_options_from(const gatelet_config_options& options, std::string_view root_name) {
  FolderOptions out;
  out.root_name = std::string(root_name);
  out.gateway_name = std::string(view(options.gateway_name));
  out.environment = lookup_of(options);
  if (options.overrides.size)
    out.overrides = ConfigFile{options.overrides_name.size ? std::string(view(options.overrides_name)) : "overrides",
                               std::string(view(options.overrides))};
  return out;
}

BuildOptions gatelet::build_options_from(const gatelet_config_options& options) {
  BuildOptions out;
  out.policies = builtin_policies();
  out.expressions = &expression_compiler();
  out.expression_limits = expression_limits_from(options.expression_limits)->source;
  uint64_t seed[2];
  random_bits(seed);
  out.key_seed = {seed[0], seed[1]};
  out.gateway_name = std::string(view(options.gateway_name));
  out.region = std::string(view(options.region));
  out.check_scheme = options.ignore_scheme == 0;
  out.listener_protocols = static_cast<uint8_t>(options.listener_schemes);
  if (options.previous) out.previous = options.previous->value;
  return out;
}

extern "C" {

size_t gatelet_report_count(const gatelet_report* report) { return is_live(report) ? report->diagnostics.count() : 0; }
size_t gatelet_report_error_count(const gatelet_report* report) { return is_live(report) ? report->diagnostics.error_count() : 0; }

gatelet_status gatelet_report_get(const gatelet_report* report, size_t index, gatelet_diagnostic* out) {
  return guarded(nullptr, [&]() -> Result<> {
    if (!is_live(report) || index >= report->diagnostics.count()) return bad_argument("report is NULL or index out of range");
    const Diagnostic& item = report->diagnostics.items()[index];
    gatelet_diagnostic value = GATELET_DIAGNOSTIC_INIT;
    value.severity = static_cast<int32_t>(item.severity);
    value.line = item.at.line;
    value.column = item.at.column;
    value.code = borrow(text_of(item.code));
    value.message = borrow(item.message);
    value.file = borrow(item.file);
    value.scope = borrow(item.scope);
    if (item.source) value.source = borrow(*item.source);
    return write_struct(value, out, "out");
  });
}

void gatelet_report_destroy(gatelet_report* report) {
  if (is_live(report)) delete report;
}

gatelet_status gatelet_config_load(gatelet_str document, gatelet_str name, const gatelet_config_options* options, gatelet_report** report,
                                   gatelet_config** out, gatelet_error** error) {
  return load(options, report, out, error, [&](const gatelet_config_options&, Diagnostics& diagnostics) -> Result<ResourceSet> {
    if (is_bad(document) || is_bad(name)) return bad_argument("document or name is NULL although its size is not 0; set both members");
    return resources_from_document(view(document), view(name), diagnostics);
  });
}

gatelet_status gatelet_config_load_files(const gatelet_file* files, size_t count, gatelet_str root_name,
                                         const gatelet_config_options* options, gatelet_report** report, gatelet_config** out,
                                         gatelet_error** error) {
  return load(options, report, out, error, [&](const gatelet_config_options& given, Diagnostics& diagnostics) -> Result<ResourceSet> {
    if ((count && !files) || is_bad(root_name)) return bad_argument("files or root_name is NULL although its size is not 0; set both");
    if (count > folder_files_max)
      return Error{Code::limit,
                   "count is larger than " + std::to_string(folder_files_max) + "; leave out what is no part of the configuration",
                   {},
                   {}};
    std::vector<ConfigFile> copies;
    copies.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      if (is_bad(files[i].path) || is_bad(files[i].bytes))
        return bad_argument("path or bytes of file " + std::to_string(i) + " is NULL although its size is not 0; set both members");
      copies.push_back({std::string(view(files[i].path)), std::string(view(files[i].bytes))});
    }
    return resources_from_folder(copies, folder_options_from(given, view(root_name)), diagnostics);
  });
}

gatelet_status gatelet_config_load_path(gatelet_str path, const gatelet_config_options* options, gatelet_report** report,
                                        gatelet_config** out, gatelet_error** error) {
  return load(options, report, out, error, [&](const gatelet_config_options& given, Diagnostics& diagnostics) -> Result<ResourceSet> {
    if (!path.size || is_bad(path)) return bad_argument("path is empty or NULL; name a folder or a document");
    FolderOptions folder = folder_options_from(given, view(path));
    if (!folder.environment) folder.environment = process_environment;
    return resources_from_path(std::string(view(path)), folder, diagnostics);
  });
}

gatelet_status gatelet_policy_check(gatelet_str document, gatelet_str name, gatelet_str scope, gatelet_report** report,
                                    gatelet_error** error) {
  return gatelet_policy_check_within(nullptr, document, name, scope, report, error);
}

gatelet_status gatelet_policy_check_within(const gatelet_expression_limits* limits, gatelet_str document, gatelet_str name,
                                           gatelet_str scope, gatelet_report** report, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (is_bad(document) || is_bad(name) || is_bad(scope) || !report)
      return bad_argument("document, name or scope is NULL although its size is not 0, or report is NULL; set them");
    GATELET_TRY(within, expression_limits_from(limits));
    DocumentSource source;
    source.text = view(document);
    source.file = view(name);
    source.scope = Scope::operation;
    source.scope_text = "policy";
    source.is_scope_known = scope.size != 0;
    bool known = scope.size == 0;
    for (Scope candidate : {Scope::global, Scope::product, Scope::api, Scope::operation})
      if (view(scope) == text_of(candidate)) source.scope = candidate, known = true;
    if (!known) return bad_argument("scope is not one of global, product, api, operation; leave it empty for operation");
    const auto policies = builtin_policies();
    ReadEnvironment environment;
    environment.policies = policies.get();
    environment.expressions = &expression_compiler();
    environment.expression_limits = within.source;
    environment.lenient = true;
    auto made = std::make_unique<gatelet_report>();
    // A text with neither root is read as a policy document, whose reader says what is missing.
    const bool is_fragment =
        source.text.find("<policies") == std::string_view::npos && source.text.find("<fragment") != std::string_view::npos;
    (void)read_document(source, environment, made->diagnostics, is_fragment);
    *report = made.release();
    return Done{};
  });
}

gatelet_status gatelet_config_effective_policy(const gatelet_config* config, gatelet_str api, gatelet_str operation, gatelet_str product,
                                               gatelet_str* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(config)) return bad_argument(not_a_config);
    if (!out || is_bad(api) || is_bad(operation) || is_bad(product))
      return bad_argument("api, operation or product is NULL although its size is not 0, or out is NULL; set them");
    GATELET_TRY(text, effective_policy(*config->value, view(api), view(operation), view(product)));
    *out = copied_text(text);
    return Done{};
  });
}

gatelet_status gatelet_config_buffered_bodies(const gatelet_config* config, gatelet_report** out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(config)) return bad_argument(not_a_config);
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_report pointer");
    *out = new gatelet_report(buffered_bodies(*config->value));
    return Done{};
  });
}

void gatelet_text_destroy(gatelet_str text) { ::operator delete(const_cast<char*>(text.data)); }

gatelet_config* gatelet_config_ref(gatelet_config* config) {
  if (!is_live(config)) return nullptr;
  config->count.fetch_add(1, std::memory_order_relaxed);
  return config;
}

void gatelet_config_unref(gatelet_config* config) {
  if (is_live(config) && config->count.fetch_sub(1, std::memory_order_acq_rel) == 1) delete config;
}

gatelet_str gatelet_config_revision(const gatelet_config* config) {
  return is_live(config) ? borrow(config->value->revision) : gatelet_str{nullptr, 0};
}
size_t gatelet_config_api_count(const gatelet_config* config) { return is_live(config) ? config->value->apis.size() : 0; }

}  // extern "C"
