// The objects behind the handles that more than one file of capi knows.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "capi/guard.hpp"
#include "config/build.hpp"
#include "config/model.hpp"
#include "config/resource.hpp"
#include "expr/document_context.hpp"
#include "gatelet/gateway.h"
#include "gateway/gateway.hpp"
#include "net/retirer.hpp"
#include "telemetry/format.hpp"
#include "telemetry/log_sampling.hpp"

struct gatelet_report {
  explicit gatelet_report(gatelet::Diagnostics found = {}) : diagnostics(std::move(found)) {}
  gatelet::HandleMark<0x72657031> mark;
  gatelet::Diagnostics diagnostics;
};

struct gatelet_config {
  gatelet::HandleMark<0x63666731> mark;
  std::atomic<int> count{1};
  std::shared_ptr<const gatelet::Config> value;
};

namespace gatelet {

// What a call says that was given something else.
inline constexpr const char* not_a_config =
    "config is NULL or no configuration that lives; pass what gatelet_config_load() and the like made";
inline constexpr const char* not_a_gateway = "gateway is NULL or no gateway that lives; pass what gatelet_gateway_create() made";

// Formats events and records as lines and hands them to the host's function.
class HostLog final : public LogSink, public RecordSink {
 public:
  explicit HostLog(const gatelet_gateway_options& options);
  ~HostLog() override;
  void log(LogLevel level, std::string_view event, std::string_view message, const LogField* fields, size_t field_count) override;
  void record(const Record& record) override;
  void be_brief(bool is_short) override;
  bool is_on() const { return options_.log && format_ != LogFormat::none; }

 private:
  void write(LogLevel level, std::string_view line) noexcept;
  gatelet_gateway_options options_;
  LogFormat format_;
  RequestLog request_log_;
  LogSampling sampling_;
};

}  // namespace gatelet

namespace gatelet {

// Refuses what is more than is allowed. Zero, and NULL for all, is the default.
Result<ExpressionLimits> expression_limits_from(const gatelet_expression_limits* limits);

// Header lines of the host: no more than any message may have, and none that would split one.
Result<> check_headers(const gatelet_header* headers, size_t count);

// The parts of loading that the watcher of a server shares with gatelet_config_load_path.
Result<gatelet_config_options> config_options_from(const gatelet_config_options* options);
FolderOptions folder_options_from(const gatelet_config_options& options, std::string_view root_name);
BuildOptions build_options_from(const gatelet_config_options& options);

}  // namespace gatelet

// Counted: whoever destroys it first, it lives until its servers and exchanges have gone.
struct gatelet_gateway {
  explicit gatelet_gateway(const gatelet_gateway_options& options);
  gatelet::HandleMark<0x67617431> mark;
  std::atomic<int> count{1};
  gatelet::HostLog log;
  gatelet::Gateway value;
  gatelet::Retirer retirer;  // ends first: it may still hold configurations
};

namespace gatelet {

// One reference to a gateway.
class GatewayRef {
 public:
  explicit GatewayRef(gatelet_gateway& gateway) : gateway_(&gateway) { gateway_->count.fetch_add(1, std::memory_order_relaxed); }
  GatewayRef(const GatewayRef&) = delete;
  GatewayRef& operator=(const GatewayRef&) = delete;
  ~GatewayRef() { release(gateway_); }
  gatelet_gateway* operator->() const { return gateway_; }
  static void release(gatelet_gateway* gateway) {
    if (gateway->count.fetch_sub(1, std::memory_order_acq_rel) == 1) delete gateway;
  }

 private:
  gatelet_gateway* gateway_;
};

}  // namespace gatelet
