// resources_from_document: {"resources":[{"k":…,"v":…}]} with every key checked and every API given its revision.
#include "config/document.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "config/completeness.hpp"

namespace gatelet {

namespace {

// The kinds of management.md 3.3, in loader order. '*' is a name.
constexpr std::string_view resource_kinds[] = {
    "service",
    "namedValues/*",
    "apiVersionSets/*",
    "tags/*",
    "users/*",
    "groups/*",
    "certificates/*",
    "backends/*",
    "caches/*",
    "loggers/*",
    "schemas/*",
    "gateways/*",
    "gateway/hostnameConfigurations/*",
    "gateway/certificateAuthorities/*",
    "policyFragments/*",
    "policies/policy",
    "apis/*",
    "apis/*/schemas/*",
    "apis/*/operations/*",
    "apis/*/policies/policy",
    "apis/*/operations/*/policies/policy",
    "apis/*/resolvers/*",
    "apis/*/resolvers/*/policies/policy",
    "products/*",
    "products/*/policies/policy",
    "subscriptions/*",
    "diagnostics/*",
    "apis/*/diagnostics/*",
};
constexpr size_t kind_unknown = std::size(resource_kinds);

bool matches_kind(const std::vector<std::string_view>& parts, std::string_view kind) {
  const std::vector<std::string_view> pattern = split(kind, '/');
  if (pattern.size() != parts.size()) return false;
  for (size_t i = 0; i < parts.size(); ++i)
    if (pattern[i] == "*" ? parts[i].empty() : !equal_ignoring_case(pattern[i], parts[i])) return false;
  return true;
}

size_t kind_of_key(std::string_view key) {
  const std::vector<std::string_view> parts = split(key, '/');
  size_t kind = 0;
  while (kind < kind_unknown && !matches_kind(parts, resource_kinds[kind])) ++kind;
  return kind;
}

// "apis/echo;rev=1/operations/a" → "apis/echo;rev=1"; the key itself when it is outside apis.
std::string_view api_part(std::string_view key) {
  const size_t slash = key.find('/', std::min<size_t>(key.find('/') + 1, key.size()));
  return key.substr(0, slash);
}

class DocumentReader {
 public:
  DocumentReader(std::string_view file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  ResourceSet read(const Json& document) {
    const Json& resources = document["resources"];
    if (!resources.is_array()) {
      diagnostics_.error(DiagnosticCode::missing_value, "a resource document is {\"resources\": [{\"k\": ..., \"v\": ...}]}; add the list",
                         file_, document.at() ? document.at() : SourcePos{1, 1});
      return {};
    }
    if (!knows_required_kinds(document["require"])) return {};
    for (const Json& item : resources.items()) read_item(item);
    find_current_revisions();
    give_revisions();
    check_parents();
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return a.order != b.order ? a.order < b.order : a.api != b.api ? a.api < b.api : a.kind < b.kind;
    });
    ResourceSet set;
    for (Entry& entry : entries_) set.resources.push_back(std::move(entry.resource));
    check_completeness(set, diagnostics_);
    return set;
  }

 private:
  struct Entry {
    Resource resource;
    size_t kind = 0;
    SourcePos at;      // of the key
    size_t order = 0;  // by kind, all APIs together
    size_t api = 0;    // APIs stand as they were written, each with its parts
  };
  struct Revisions {
    std::string current;  // empty: not known yet
    std::set<std::string> names;
    std::vector<size_t> entries;  // of its revisions
  };

  void error(DiagnosticCode code, std::string message, SourcePos at, const std::string& scope = {}) {
    diagnostics_.error(code, std::move(message), file_, at, scope);
  }

  // Forward compatibility: what a document cannot be served without, it names.
  bool knows_required_kinds(const Json& required) {
    const size_t before = diagnostics_.error_count();
    for (const Json& kind : required.items()) {
      if (!is_known_kind(kind.string()))
        error(DiagnosticCode::unsupported_feature,
              "the document requires the kind '" + kind.scalar_text() + "', which this build does not know", kind.at());
    }
    return diagnostics_.error_count() == before;
  }

  void read_item(const Json& item) {
    const Json& key = item["k"];
    const Json& value = item["v"];
    if (key.string().empty())
      return error(DiagnosticCode::missing_value, "a resource needs a key 'k', such as \"apis/echo;rev=1\"", item.at());
    const std::string text(key.string().starts_with("/") ? key.string().substr(1) : key.string());
    const size_t kind = kind_of_key(text);
    if (kind == kind_unknown) return warn_unknown(text, key.at());
    if (!value.is_object())
      return error(DiagnosticCode::invalid_value, "'v' of '" + text + "' must be an object with its properties",
                   value.at() ? value.at() : item.at(), scope_of_key(text));
    const std::string_view pattern = resource_kinds[kind];
    const bool is_text = pattern.ends_with("policies/policy") || pattern == "policyFragments/*";
    Entry entry{{text, value, is_text ? text : file_}, kind, key.at()};
    if (is_text && !value.has("format")) entry.resource.value = value.with("format", Json::from("xml").placed_at(value.at()));
    entry.order = pattern.starts_with("apis/") && !pattern.starts_with("apis/*/diagnostics") ? kind_of_key("apis/x") : kind;
    if (pattern == "apis/*") note_revision(entry);
    entries_.push_back(std::move(entry));
  }

  void warn_unknown(const std::string& key, SourcePos at) {
    std::vector<std::string_view> known;
    for (std::string_view kind : resource_kinds) known.push_back(kind.substr(0, kind.find('/')));
    const std::string collection = key.substr(0, key.find('/'));
    const std::string_view near = nearest(collection, known);
    diagnostics_.warning(
        DiagnosticCode::file_ignored,
        "'" + key + "' is not of a kind that this build knows and was not read" +
            (near.empty() || near == collection ? "; correct the key or remove it" : "; did you mean '" + std::string(near) + "/...'?"),
        file_, at);
  }

  static std::string api_name(std::string_view key) {
    const std::string_view name = api_part(key).substr(5);
    return lower(name.substr(0, name.find(";rev=")));
  }
  static bool has_revision(std::string_view key) { return api_part(key).find(";rev=") != std::string_view::npos; }

  // Called before the entry is pushed: its index will be entries_.size().
  void note_revision(Entry& entry) {
    Resource& api = entry.resource;
    Revisions& revisions = revisions_[api_name(api.key)];
    const Json written = api.value["apiRevision"];
    const bool is_bare = !has_revision(api.key);  // the bare name is the current revision
    if (is_bare) api.key += ";rev=" + (written.is_null() ? "1" : written.scalar_text());
    const std::string revision = api.key.substr(api.key.find(";rev=") + 5);
    if (!revisions.names.insert(lower(revision)).second) return;  // reported as standing twice
    if (!written.is_null() && written.scalar_text() != revision)
      error(DiagnosticCode::invalid_value,
            "apiRevision is '" + written.scalar_text() + "', but the key says ';rev=" + revision + "'; make them equal", written.at(),
            scope_of_key(api.key));
    api.value = api.value.with("apiRevision", Json::from(revision).placed_at(written.at() ? written.at() : api.value.at()));
    if (is_bare) api.value = api.value.with("isCurrent", Json::from(true).placed_at(api.value.at()));
    if (api.value["isCurrent"].boolean()) {
      if (!revisions.current.empty())
        error(DiagnosticCode::duplicate_resource,
              "revision " + revisions.current + " is the current one already; keep isCurrent in one of them", entry.at,
              scope_of_key(api.key));
      else
        revisions.current = revision;
    }
    revisions.entries.push_back(entries_.size());
  }

  // An only revision is the current one.
  void find_current_revisions() {
    for (auto& [name, revisions] : revisions_) {
      if (!revisions.current.empty()) continue;
      Resource& first = entries_[revisions.entries.front()].resource;
      if (revisions.entries.size() > 1) {
        error(DiagnosticCode::missing_value, "no revision of the API is the current one; add isCurrent to one of them",
              entries_[revisions.entries.front()].at, scope_of_key(first.key));
        continue;
      }
      revisions.current = first.key.substr(first.key.find(";rev=") + 5);
      first.value = first.value.with("isCurrent", Json::from(true).placed_at(first.value.at()));
    }
  }

  // Parts of an API that name no revision belong to the current one.
  void give_revisions() {
    std::map<std::string, size_t> order;
    for (Entry& entry : entries_) {
      std::string& key = entry.resource.key;
      if (!starts_with_ignoring_case(key, "apis/")) continue;
      const auto found = revisions_.find(api_name(key));
      if (!has_revision(key) && found != revisions_.end()) {
        const size_t end = api_part(key).size();
        key.insert(end, ";rev=" + found->second.current);
        if (entry.resource.file != file_) entry.resource.file = key;
      }
      entry.api = order.insert({lower(api_part(key)), order.size()}).first->second;
    }
  }

  // Removes what stands twice and parts of what is not there.
  void check_parents() {
    std::set<std::string> keys;
    std::erase_if(entries_, [&](const Entry& entry) {
      if (keys.insert(lower(entry.resource.key)).second) return false;
      error(DiagnosticCode::duplicate_resource, "'" + entry.resource.key + "' stands twice, and case does not count; remove one", entry.at,
            scope_of_key(entry.resource.key));
      return true;
    });
    std::erase_if(entries_, [&](const Entry& entry) {
      const std::string parent = parent_of(entry.resource.key);
      if (parent.empty() || keys.contains(lower(parent))) return false;
      error(DiagnosticCode::unknown_reference,
            "'" + entry.resource.key + "' belongs to '" + parent + "', which is not in the document; add it", entry.at,
            scope_of_key(entry.resource.key));
      return true;
    });
  }

  static std::string parent_of(const std::string& key) {
    std::string parent = key;
    for (int i = 0; i < 2; ++i) parent = parent.find('/') == std::string::npos ? "" : parent.substr(0, parent.rfind('/'));
    return parent == "gateway" || parent.find('/') == std::string::npos ? "" : parent;
  }

  std::string file_;
  Diagnostics& diagnostics_;
  std::vector<Entry> entries_;
  std::map<std::string, Revisions> revisions_;  // by API name in lower case
};

bool is_yaml(std::string_view text, std::string_view file) {
  if (file.ends_with(".yaml") || file.ends_with(".yml")) return true;
  if (file.ends_with(".json")) return false;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return !trim(text).starts_with("{");
}

}  // namespace

bool is_known_kind(std::string_view kind) {
  return std::any_of(std::begin(resource_kinds), std::end(resource_kinds), [&](std::string_view known) {
    return known == kind || (known.ends_with("/*") && known.substr(0, known.size() - 2) == kind);
  });
}

ResourceSet resources_from_json(const Json& document, std::string_view file, Diagnostics& diagnostics) {
  return DocumentReader(file, diagnostics).read(document);
}

ResourceSet resources_from_document(std::string_view text, std::string_view file, Diagnostics& diagnostics) {
  const Result<Json> document = is_yaml(text, file) ? Json::parse_yaml(text) : Json::parse(text);
  if (document) return resources_from_json(*document, file, diagnostics);
  const DiagnosticCode code = document.error().code == Code::limit ? DiagnosticCode::limit_exceeded : DiagnosticCode::invalid_json;
  diagnostics.error(code, document.error().message, std::string(file), document.error().at);
  return {};
}

}  // namespace gatelet
