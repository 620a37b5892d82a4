// The objects behind the handles that more than one file of capi knows.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "config/build.hpp"
#include "config/model.hpp"
#include "config/resource.hpp"
#include "gatelet/gateway.h"
#include "gateway/gateway.hpp"
#include "net/retirer.hpp"
#include "telemetry/format.hpp"

struct gatelet_report {
  gatelet::Diagnostics diagnostics;
};

struct gatelet_config {
  std::atomic<int> count{1};
  std::shared_ptr<const gatelet::Config> value;
};

namespace gatelet {

// Formats events and records as lines and hands them to the host's function.
class HostLog final : public LogSink, public RecordSink {
 public:
  explicit HostLog(const gatelet_gateway_options& options);
  ~HostLog() override;
  void log(LogLevel level, std::string_view event, std::string_view message, const LogField* fields, size_t field_count) override;
  void record(const Record& record) override;
  bool is_on() const { return options_.log && format_ != LogFormat::none; }

 private:
  void write(LogLevel level, std::string_view line);
  gatelet_gateway_options options_;
  LogFormat format_;
  RequestLog request_log_;
};

}  // namespace gatelet

namespace gatelet {

// The parts of loading that the watcher of a server shares with gatelet_config_load_path.
FolderOptions folder_options_from(const gatelet_config_options& options, std::string_view root_name);
BuildOptions build_options_from(const gatelet_config_options& options);

}  // namespace gatelet

struct gatelet_gateway {
  explicit gatelet_gateway(const gatelet_gateway_options& options);
  gatelet::HostLog log;
  gatelet::Gateway value;
  gatelet::Retirer retirer;  // ends first: it may still hold configurations
};
