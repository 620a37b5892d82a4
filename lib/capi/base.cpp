#include "gatelet/base.h"

#include "capi/guard.hpp"
#include "gatelet/version.h"

using namespace gatelet;

namespace {

// What a failure says when no memory is left for saying it.
gatelet_error out_of_memory{{Code::memory, "out of memory", {}, {}}, nullptr};

}  // namespace

gatelet_status gatelet::report_failure(Error error, gatelet_error** out) noexcept {
  const auto status = static_cast<gatelet_status>(error.code);
  if (!out) return status;
  if (error.message.empty()) error.message = status == GATELET_ERR_MEMORY ? "out of memory" : "internal error";
  auto* made = new (std::nothrow) gatelet_error{std::move(error), nullptr};
  *out = made ? made : &out_of_memory;
  return status;
}

gatelet_status gatelet::report_failures(const Diagnostics& diagnostics, gatelet_error** out) noexcept {
  if (!out) return GATELET_ERR_CONFIG;
  try {
    std::unique_ptr<gatelet_error> first;
    std::unique_ptr<gatelet_error>* tail = &first;
    for (const Diagnostic& item : diagnostics.items()) {
      if (item.severity != Severity::error) continue;
      tail->reset(new gatelet_error{{Code::config, item.message, item.at, item.file}, nullptr});
      tail = &(*tail)->next;
    }
    if (!first)
      return report_failure({Code::config, "the configuration serves nothing: it holds no API that could be loaded", {}, {}}, out);
    *out = first.release();
    return GATELET_ERR_CONFIG;
  } catch (...) {
    *out = &out_of_memory;
    return GATELET_ERR_MEMORY;
  }
}

extern "C" {

const char* gatelet_status_text(gatelet_status status) {
  switch (status) {
    case GATELET_OK: return "GATELET_OK";
    case GATELET_ERR_ARGUMENT: return "GATELET_ERR_ARGUMENT";
    case GATELET_ERR_CONFIG: return "GATELET_ERR_CONFIG";
    case GATELET_ERR_MEMORY: return "GATELET_ERR_MEMORY";
    case GATELET_ERR_LIMIT: return "GATELET_ERR_LIMIT";
    case GATELET_ERR_IO: return "GATELET_ERR_IO";
    case GATELET_ERR_STALE: return "GATELET_ERR_STALE";
    case GATELET_ERR_UNSUPPORTED: return "GATELET_ERR_UNSUPPORTED";
    case GATELET_ERR_INTERNAL: return "GATELET_ERR_INTERNAL";
    case GATELET_ERR_HOST: return "GATELET_ERR_HOST";
    default: return "unknown status";
  }
}

gatelet_status gatelet_error_code(const gatelet_error* error) {
  return error ? static_cast<gatelet_status>(error->value.code) : GATELET_OK;
}
gatelet_str gatelet_error_message(const gatelet_error* error) { return error ? borrow(error->value.message) : gatelet_str{nullptr, 0}; }
gatelet_str gatelet_error_path(const gatelet_error* error) { return error ? borrow(error->value.path) : gatelet_str{nullptr, 0}; }
uint32_t gatelet_error_line(const gatelet_error* error) { return error ? error->value.at.line : 0; }
uint32_t gatelet_error_column(const gatelet_error* error) { return error ? error->value.at.column : 0; }
const gatelet_error* gatelet_error_next(const gatelet_error* error) { return error ? error->next.get() : nullptr; }

void gatelet_error_destroy(gatelet_error* error) {
  if (error == &out_of_memory) return;
  // Iterative: a chain may hold thousands of problems, and nested destructors would use the stack for each.
  while (error) {
    gatelet_error* next = error->next.release();
    delete error;
    error = next;
  }
}

const char* gatelet_version(void) { return GATELET_VERSION_TEXT; }
uint32_t gatelet_api_version(void) { return GATELET_API_VERSION; }

}  // extern "C"
