#include "scene.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "setting_values.hpp"

namespace host {

namespace {

constexpr std::string_view sections[] = {"inbound", "backend", "outbound", "on-error"};

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
      out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// The members of a JSON object as text, so that they can follow defaults: a later member of the document replaces an earlier one of
// `defaults`.
std::string merged(const std::map<std::string, std::string>& defaults, std::string_view object) {
  std::string out = "{";
  for (const auto& [name, value] : defaults) {
    if (object.find("\"" + name + "\"") != std::string_view::npos) continue;
    out += (out.size() > 1 ? "," : "") + json_string(name) + ":" + value;
  }
  const size_t open = object.find('{'), close = object.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos) return out + "}";
  const std::string_view members = object.substr(open + 1, close - open - 1);
  if (members.find_first_not_of(" \t\r\n") != std::string_view::npos) out += (out.size() > 1 ? "," : "") + std::string(members);
  return out + "}";
}

// `"name": "x"` of an object, for naming operations; a string without escapes.
std::string member(std::string_view object, std::string_view name) {
  const size_t at = object.find("\"" + std::string(name) + "\"");
  if (at == std::string_view::npos) return {};
  const size_t open = object.find('"', object.find(':', at));
  if (open == std::string_view::npos) return {};
  return std::string(object.substr(open + 1, object.find('"', open + 1) - open - 1));
}

// Policies of one scope: a whole document, or sections that make one.
struct ScopePolicy {
  std::string whole;
  std::map<std::string, std::string> parts;
  std::string document() const {
    if (parts.empty()) return whole;
    std::string out = "<policies>";
    for (const std::string_view section : sections)
      if (const auto part = parts.find(std::string(section)); part != parts.end())
        out += "<" + std::string(section) + ">" + part->second + "</" + std::string(section) + ">";
    return out + "</policies>";
  }
};

class Builder {
 public:
  explicit Builder(std::string& problem) : problem_(problem) {}

  bool take(const BehaviourSection& section);
  std::string document() const;

 private:
  bool take_policy(const BehaviourSection& section);
  bool take_method(const BehaviourSection& section);
  void add(std::string& out, const std::string& key, const std::string& value) const {
    out += (out.empty() ? "" : ",") + ("{\"k\":" + json_string(key) + ",\"v\":" + value + "}");
  }
  void add_policy(std::string& out, const std::string& owner, const std::string& scope) const;

  std::string& problem_;
  std::map<std::string, ScopePolicy> policies_;
  std::string resources_;  // fragments, named values, backends
  std::string api_, product_, subscription_;
  bool has_product_ = false, has_subscription_ = false;
  std::vector<std::string> operations_;
  std::set<std::string> methods_;
};

bool Builder::take_policy(const BehaviourSection& section) {
  const size_t blank = section.argument.find(' ');
  std::string scope = section.argument.substr(0, blank);
  std::string part = blank == std::string::npos ? "" : section.argument.substr(blank + 1);
  if (std::find(std::begin(sections), std::end(sections), scope) != std::end(sections)) part = scope, scope = "operation";
  const bool scope_known = scope == "global" || scope == "product" || scope == "api" || scope == "operation";
  const bool part_known = part.empty() || std::find(std::begin(sections), std::end(sections), part) != std::end(sections);
  if (!scope_known || !part_known) {
    problem_ =
        std::to_string(section.line) +
        ": [policy SCOPE] or [policy SCOPE SECTION]; scopes: global product api operation; sections: inbound backend outbound on-error";
    return false;
  }
  if (part.empty()) {
    policies_[scope].whole = section.text;
  } else {
    policies_[scope].parts[part] += section.text;
  }
  return true;
}

bool Builder::take_method(const BehaviourSection& section) {
  const std::string start = read_message(section.text).start;
  const size_t blank = start.find(' ');
  if (blank == std::string::npos) {
    problem_ = std::to_string(section.line + 1) + ": expected a request line such as GET /orders HTTP/1.1";
    return false;
  }
  methods_.insert(start.substr(0, blank));
  return true;
}

bool Builder::take(const BehaviourSection& section) {
  if (section.name == "policy") return take_policy(section);
  if (section.name == "client sends") return take_method(section);
  if (section.name == "api") return api_ = section.text, true;
  if (section.name == "product") return product_ = section.text, has_product_ = true;
  if (section.name == "subscription") return subscription_ = section.text, has_subscription_ = true;
  if (section.name == "operation") return operations_.push_back(section.text), true;
  if (section.name == "fragment")
    return add(resources_, "policyFragments/" + section.argument, "{\"format\":\"rawxml\",\"value\":" + json_string(section.text) + "}"),
           true;
  if (section.name == "backend" && !section.argument.empty())
    return add(resources_, "backends/" + section.argument, merged({{"protocol", "\"http\""}}, section.text)), true;
  if (section.name == "certificate" && !section.argument.empty())
    return add(resources_, "certificates/" + section.argument, section.text), true;
  if (section.name == "diagnostic" && !section.argument.empty())
    return add(resources_, "diagnostics/" + section.argument, section.text), true;
  if (section.name == "service schema" && !section.argument.empty())
    return add(resources_, "schemas/" + section.argument, section.text), true;
  if (section.name == "schema" && !section.argument.empty())
    return add(resources_, "apis/test;rev=1/schemas/" + section.argument, section.text), true;
  if (section.name == "named values") {
    NamedTexts pairs;
    if (!read_pairs(section, pairs, problem_)) return false;
    for (const auto& [name, value] : pairs)
      add(resources_, "namedValues/" + name, "{\"displayName\":" + json_string(name) + ",\"value\":" + json_string(value) + "}");
  }
  return true;
}

void Builder::add_policy(std::string& out, const std::string& owner, const std::string& scope) const {
  const auto policy = policies_.find(scope);
  if (policy != policies_.end())
    add(out, owner + "policies/policy", "{\"format\":\"rawxml\",\"value\":" + json_string(policy->second.document()) + "}");
}

std::string Builder::document() const {
  const std::string api = "apis/test;rev=1";
  std::string out = resources_;
  add_policy(out, "", "global");
  add(out, api,
      merged({{"displayName", "\"test\""},
              {"path", "\"\""},
              {"protocols", "[\"http\",\"https\"]"},
              {"isCurrent", "true"},
              {"serviceUrl", "\"http://backend.test\""},
              {"subscriptionRequired", "false"}},
             api_));
  add_policy(out, api + "/", "api");
  std::vector<std::pair<std::string, std::string>> operations;
  for (const std::string& text : operations_) {
    const std::string name = member(text, "name");
    operations.emplace_back(name.empty() ? "operation" + std::to_string(operations.size() + 1) : name,
                            merged({{"displayName", "\"operation\""}, {"method", "\"GET\""}, {"urlTemplate", "\"/*\""}}, text));
  }
  if (operations.empty())
    for (const std::string& method : methods_)
      operations.emplace_back(
          method, merged({{"displayName", json_string(method)}, {"method", json_string(method)}, {"urlTemplate", "\"/*\""}}, "{}"));
  for (size_t i = 0; i < operations.size(); ++i) {
    add(out, api + "/operations/" + operations[i].first, operations[i].second);
    // A policy of the operation scope belongs to the first operation, or to all of the wildcard ones.
    if (i == 0 || operations_.empty()) add_policy(out, api + "/operations/" + operations[i].first + "/", "operation");
  }
  if (has_product_ || policies_.count("product")) {
    add(out, "products/product",
        merged({{"displayName", "\"product\""},
                {"state", "\"published\""},
                {"subscriptionRequired", has_subscription_ ? "true" : "false"},
                {"apis", "[\"test\"]"}},
               product_));
    add_policy(out, "products/product/", "product");
  }
  const bool product_scope = has_product_ || policies_.count("product");
  if (has_subscription_)
    add(out, "subscriptions/subscription",
        merged({{"displayName", "\"subscription\""},
                {"state", "\"active\""},
                {"primaryKey", "\"primary\""},
                {"secondaryKey", "\"secondary\""},
                {"scope", product_scope ? "\"/products/product\"" : "\"/apis/test\""}},
               subscription_));
  return "{\"resources\":[" + out + "]}";
}

}  // namespace

std::string scene_document(const Behaviour& behaviour, std::string& problem) {
  Builder builder(problem);
  for (const BehaviourSection& section : behaviour.sections)
    if (!builder.take(section)) return {};
  return builder.document();
}

bool scene_options(const Behaviour& behaviour, gatelet_gateway_options& options, gatelet_expression_limits& limits,
                   std::deque<std::string>& texts, std::string& problem) {
  Error error;
  gatelet_settings* raw = nullptr;
  if (gatelet_settings_create(&raw, error.out()) != GATELET_OK) return problem = error.text(), false;
  const Settings settings(raw);
  for (const BehaviourSection& section : behaviour.sections) {
    if (section.name != "settings") continue;
    NamedTexts pairs;
    if (!read_pairs(section, pairs, problem)) return false;
    for (const auto& [name, value] : pairs) {
      if (name == "keys.foreign") {
        options.lenient_foreign_keys = value == "lenient";
      } else if (name == "routing.debug-header") {
        options.debug_route_header = value == "true";
      } else if (name == "net.server.http.forwarded.proto.enabled") {
        options.forwarded_proto = value == "true";
      } else if (name == "limits.body.buffer-bytes") {
        options.body_bytes_max = std::stoull(value);
      } else if (name == "policy.cache.bytes") {
        options.cache_bytes_max = value == "0" ? UINT64_MAX : std::stoull(value);
      } else if (name == "policy.identity.endpoint") {
        options.identity_endpoint = str(texts.emplace_back(value));
      } else if (name == "policy.identity.kind") {
        options.identity_kind = identity_kind(value);
      } else if (name == "policy.identity.client-id") {
        options.identity_client_id = str(texts.emplace_back(value));
      } else if (name == "policy.identity.secret") {
        options.identity_secret = str(texts.emplace_back(value));
      } else if (name == "policy.azure.authority") {
        options.azure_authority = str(texts.emplace_back(value));
      } else if (name.rfind("expression.limits.", 0) == 0 || name == "json.date_parse") {
        if (gatelet_settings_set(settings.get(), str(name), str(value), str(std::to_string(section.line)), error.out()) != GATELET_OK)
          return problem = error.text(), false;
      } else {
        problem = std::to_string(section.line) + ": setting '" + name + "' does not concern a gateway without sockets";
        return false;
      }
    }
  }
  limits = expression_limits(settings.get());
  return true;
}

}  // namespace host
