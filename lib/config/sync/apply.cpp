#include "config/sync/apply.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "config/document.hpp"

namespace gatelet {

namespace applying {

constexpr std::string_view global_policy = "policies/policy";
constexpr std::string_view document_name = "configuration";  // in messages

// What several APIs use. Where it is gone, the earlier version of an API may still need it.
constexpr std::string_view shared_kinds[] = {"namedValues/", "policyFragments/", "backends/", "certificates/", "loggers/"};

bool is_shared(std::string_view key) {
  return std::ranges::any_of(shared_kinds, [&](std::string_view kind) { return starts_with_ignoring_case(key, kind); });
}

bool is_part_of(std::string_view key, std::string_view part) {
  return starts_with_ignoring_case(key, part) && (key.size() == part.size() || key[part.size()] == '/');
}

// "api echo;rev=1" → "apis/echo;rev=1", "operation echo;rev=1/get" → "apis/echo;rev=1/operations/get"; empty for what is no resource.
std::string key_of_scope(std::string_view scope) {
  const size_t blank = scope.find(' ');
  const std::string_view kind = scope.substr(0, blank);
  const std::string name(blank == scope.npos ? std::string_view() : scope.substr(blank + 1));
  if (kind == "global") return std::string(global_policy);
  if (kind == "product") return "products/" + name;
  if (kind == "fragment") return "policyFragments/" + name;
  if (kind == "api") return "apis/" + name;
  if (kind != "operation") return {};
  const size_t slash = name.find('/');
  return "apis/" + name.substr(0, slash) + (slash == name.npos ? "" : "/operations" + name.substr(slash));
}

std::string key_of(const Diagnostic& problem) {
  if (!problem.file.empty() && problem.file != document_name) return problem.file;
  const std::string key = key_of_scope(problem.scope);
  return key.empty() ? problem.file : key;
}

class Builder {
 public:
  Builder(const ApplyJob& job, const DeliveredSet& delivered, const DeliveredResources& held_before)
      : job_(job),
        delivered_(delivered),
        earlier_(job.in_force ? *job.in_force->effective : held_before),
        has_earlier_(job.in_force || !job.delivery.held.empty()) {}

  // In three steps what does not compile gives way to what did: parts that several APIs share, APIs, and what these lack then.
  void build() {
    build_once(delivered_.resources);
    note_problems();
    if (!config->quarantined.empty() || !config->usable) replace(broken_shared_parts());
    if (!config->quarantined.empty()) replace(broken_apis());
    if (!broken_apis().empty()) add_missing();
  }

  std::shared_ptr<const Config> config;
  std::shared_ptr<const DeliveredResources> effective;  // null: the delivered
  DeliveredResources held;
  std::vector<SyncProblem> problems;

 private:
  void build_once(const DeliveredResources& resources) {
    std::vector<Json> items;
    items.reserve(resources.size());
    for (const auto& [key, resource] : resources) items.push_back(Json::object({{"k", Json::from(key), {}}, {"v", resource.value, {}}}));
    Diagnostics diagnostics;
    const ResourceSet set =
        resources_from_json(Json::object({{"resources", Json::array(std::move(items)), {}}}), document_name, diagnostics);
    BuildOptions options = job_.options->build;
    if (job_.in_force) options.previous = job_.in_force->config;
    config = build_config(set, options, std::move(diagnostics));
  }

  void note_problems() {
    for (const Diagnostic& item : config->diagnostics.items())
      if (item.severity == Severity::error && problems.size() < sync_problems_max)
        problems.push_back({key_of(item), std::string(text_of(item.code)), item.message});
  }

  const DeliveredResources& now() const { return effective ? *effective : delivered_.resources; }

  std::set<std::string> broken_shared_parts() const {
    std::set<std::string> parts;
    for (const Diagnostic& item : config->diagnostics.items()) {
      if (item.severity != Severity::error) continue;
      for (const std::string& key : {key_of(item), key_of_scope(item.scope)})
        if (starts_with_ignoring_case(key, "products/"))
          parts.insert(key.substr(0, key.find('/', 9)));
        else if (starts_with_ignoring_case(key, "policyFragments/") || equal_ignoring_case(key, global_policy))
          parts.insert(key);
    }
    return parts;
  }

  // Those that something earlier is known of, which was not broken as well.
  std::set<std::string> broken_apis() const {
    std::set<std::string> parts;
    for (const std::string& name : config->quarantined) {
      const auto is_same = [&](const std::string& other) { return equal_ignoring_case(other, name); };
      if (job_.in_force && std::ranges::any_of(job_.in_force->config->quarantined, is_same)) continue;
      const std::string key = "apis/" + name;
      const bool is_known = std::ranges::any_of(earlier_, [&](const auto& item) { return is_part_of(item.first, key); });
      if (is_known) parts.insert(key);
    }
    return parts;
  }

  void replace(const std::set<std::string>& parts) {
    DeliveredResources made = now();
    bool is_changed = false;
    for (const std::string& part : parts) {
      DeliveredResources before;
      for (const auto& [key, resource] : earlier_)
        if (is_part_of(key, part)) before.emplace(key, resource);
      // Where there was no global policy, there is none again.
      if (before.empty() && !(has_earlier_ && equal_ignoring_case(part, global_policy))) continue;
      is_changed = true;
      std::erase_if(made, [&](const auto& item) { return is_part_of(item.first, part); });
      made.insert(before.begin(), before.end());
      held.merge(before);
    }
    if (!is_changed) return;
    effective = std::make_shared<const DeliveredResources>(std::move(made));
    build_once(*effective);
  }

  void add_missing() {
    DeliveredResources made = now();
    for (const auto& [key, resource] : earlier_)
      if (is_shared(key) && made.emplace(key, resource).second) held.emplace(key, resource);
    if (made.size() == now().size()) return;
    effective = std::make_shared<const DeliveredResources>(std::move(made));
    build_once(*effective);
  }

  const ApplyJob& job_;
  const DeliveredSet& delivered_;
  const DeliveredResources& earlier_;
  bool has_earlier_;
};

bool is_older(const DeliveredSet& set, const std::vector<EpochMark>& marks) {
  return std::ranges::any_of(marks, [&](const EpochMark& mark) { return mark.epoch == set.epoch && set.revision < mark.revision; });
}

// A delta need not say its epoch; its ETag does ("<epoch>.…", management.md 3.3). A plane that was restored may have had the same
// revision in two epochs.
bool is_of_epoch(std::string_view etag, uint64_t epoch) {
  const size_t dot = etag.find('.');
  const auto named = parse_unsigned(etag.substr(0, dot));
  return dot == etag.npos || !named || *named == epoch;
}

bool is_trusted(const ApplyJob& job) {
  const ApplyOptions& options = *job.options;
  if (options.signature == SignatureMode::off) return true;
  if (job.delivery.signature.empty()) return options.signature == SignatureMode::verify;
  return is_signed(job.delivery.signature, options.gateway, job.delivery.etag, job.delivery.body, options.keys);
}

std::string backup_of(const ApplyJob& job, const SyncedConfig& made, const Builder& builder, bool was_delta) {
  BackupContent content;
  content.gateway = job.options->gateway;
  content.service_id = made.delivered->service_id;
  content.epoch = made.delivered->epoch;
  content.revision = made.delivered->revision;
  content.etag = made.etag;
  // A snapshot stays as it was signed. What deltas have changed nobody has signed as a whole.
  content.signature = was_delta ? std::string() : job.delivery.signature;
  content.document = was_delta ? made.delivered->text() : job.delivery.body;
  if (builder.effective) {
    content.held = "{";
    append_resources(content.held, "resources", builder.held);
    content.held += '}';
  }
  return write_backup(content, job.stamp, job.options->backup_key);
}

DeliveryRefusal read_held(const std::string& text, DeliveredResources& out, std::string& message) {
  if (text.empty()) return DeliveryRefusal::none;
  const auto held = Json::parse(text, backup_bytes_max);
  if (held) return read_delivered_resources((*held)["resources"], out, message);
  message = held.error().message;
  return DeliveryRefusal::malformed;
}

}  // namespace applying

using namespace applying;

Applied apply(const ApplyJob& job) {
  Applied out;
  const auto refuse = [&](DeliveryRefusal why, std::string message) {
    out.refusal = why;
    out.message = std::move(message);
    return out;
  };
  if (!is_trusted(job)) return refuse(DeliveryRefusal::signature, "the signature is missing, or is not that of a pinned key");
  const DeliveredSet* const base = job.in_force ? job.in_force->delivered.get() : nullptr;
  ReadDelivery read = read_delivery(job.delivery.body, job.options->gateway, base, job.options->body_bytes_max);
  out.was_delta = read.is_delta;
  if (!read.set) return refuse(read.refusal, std::move(read.message));
  if (out.was_delta && !is_of_epoch(job.delivery.etag, read.set->epoch))
    return refuse(DeliveryRefusal::wrong_base, "the delta is of another epoch");
  if (is_older(*read.set, job.marks))
    return refuse(DeliveryRefusal::rollback, "revision " + std::to_string(read.set->revision) + " is older than one that was in force");
  DeliveredResources held_before;
  std::string message;
  if (const DeliveryRefusal why = read_held(job.delivery.held, held_before, message); why != DeliveryRefusal::none)
    return refuse(why, std::move(message));
  Builder builder(job, *read.set, held_before);
  builder.build();
  if (!builder.config->usable)
    return refuse(DeliveryRefusal::unusable, builder.problems.empty() ? "no API is left" : builder.problems.front().message);
  auto made = std::make_shared<SyncedConfig>();
  made->delivered = read.set;
  made->effective = builder.effective ? builder.effective : std::shared_ptr<const DeliveredResources>(read.set, &read.set->resources);
  made->config = builder.config;
  made->etag = job.delivery.etag.empty() ? read.set->etag() : job.delivery.etag;
  made->problems = std::move(builder.problems);
  if (job.options->makes_backups) out.backup = std::make_shared<const std::string>(backup_of(job, *made, builder, out.was_delta));
  out.made = std::move(made);
  return out;
}

}  // namespace gatelet
