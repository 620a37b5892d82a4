#include "config/policy_world.hpp"

#include "base/text.hpp"
#include "config/properties.hpp"

namespace gatelet {

PolicyWorld::PolicyWorld(const ResourceSet& resources, const BuildOptions& options, Diagnostics& diagnostics) : diagnostics_(diagnostics) {
  for (const Resource& resource : resources.resources) {
    const size_t slash = resource.key.find('/');
    if (slash == std::string::npos) continue;
    const std::string kind = resource.key.substr(0, slash), id = resource.key.substr(slash + 1);
    if (resource.key.ends_with("policies/policy")) {
      policies_[lower(resource.key)] = &resource;
    } else if (kind == "namedValues") {
      read_named_value(resource, id);
    } else if (kind == "policyFragments") {
      read_fragment(resource, id);
    }
  }
  environment_.policies = options.policies.get();
  environment_.expressions = options.expressions;
  environment_.named_value = [this](std::string_view name) -> std::optional<std::string> {
    const auto found = named_values_.find(std::string(name));
    if (found == named_values_.end()) return std::nullopt;
    return found->second;
  };
  environment_.fragment = [this](std::string_view id) -> const ReadEnvironment::Fragment* {
    const auto found = fragments_.find(lower(id));
    if (found == fragments_.end()) return nullptr;
    found->second.is_included = true;
    return &found->second.source;
  };
  environment_.backend = [this](std::string_view id) -> std::shared_ptr<const Upstream> {
    const auto found = backends_.find(lower(id));
    return found == backends_.end() ? nullptr : found->second;
  };
  backends_ = read_backends(resources, environment_.named_value, diagnostics);
}

// Reports a link, which nobody follows here; nullopt then.
std::optional<XmlForm> PolicyWorld::form_of(const Resource& resource, const std::string& scope_text) {
  const std::string_view format = resource.value["format"].string();
  if (!format.ends_with("-link")) return format == "xml" ? XmlForm::escaped : XmlForm::any;
  diagnostics_.error(DiagnosticCode::unsupported_feature, "format " + std::string(format) + " is a link; give the policy's text",
                     resource.file, resource.value.at(), scope_text);
  return std::nullopt;
}

void PolicyWorld::read_fragment(const Resource& resource, const std::string& id) {
  if (const auto form = form_of(resource, "fragment " + id))
    fragments_[lower(id)] = {{std::string(resource.value["value"].string()), resource.file, *form}, id};
}

void PolicyWorld::check_unused_fragments() {
  for (const auto& [key, fragment] : fragments_) {
    if (fragment.is_included) continue;
    const std::string scope_text = "fragment " + fragment.id;
    DocumentSource source;
    source.text = fragment.source.text;
    source.file = fragment.source.file;
    source.scope_text = scope_text;
    source.form = fragment.source.form;
    source.is_scope_known = false;
    (void)read_document(source, environment_, diagnostics_, true);
  }
}

void PolicyWorld::read_named_value(const Resource& resource, const std::string& id) {
  const Properties properties(resource, {}, diagnostics_);
  const std::string name = properties.text("displayName", id);
  const std::string value = properties.text("value");
  if (value.size() > named_value_bytes_max)
    return properties.error(DiagnosticCode::limit_exceeded, "the named value '" + name + "' is longer than 4096 bytes; shorten it",
                            properties["value"]);
  if (!named_values_.emplace(name, value).second)
    properties.error(DiagnosticCode::duplicate_resource, "two named values are called '" + name + "'; the display name must be unique",
                     properties["displayName"]);
}

std::shared_ptr<const Document> PolicyWorld::document(std::string_view key, Scope scope, const std::string& scope_text,
                                                      const std::vector<std::string>* template_parameters) {
  const auto found = policies_.find(lower(key));
  if (found == policies_.end()) return nullptr;
  const Resource& resource = *found->second;
  const auto form = form_of(resource, scope_text);
  if (!form) return nullptr;
  DocumentSource source;
  source.text = resource.value["value"].string();
  source.file = resource.file;
  source.scope = scope;
  source.scope_text = scope_text;
  source.form = *form;
  source.template_parameters = template_parameters;
  return read_document(source, environment_, diagnostics_);
}

std::shared_ptr<const Program> PolicyWorld::program(const std::shared_ptr<const Document>& global,
                                                    const std::shared_ptr<const Document>& product,
                                                    const std::shared_ptr<const Document>& api,
                                                    const std::shared_ptr<const Document>& operation, const std::string& scope_text) {
  auto& known = programs_[{global.get(), product.get(), api.get(), operation.get()}];
  if (known) return known;
  const std::shared_ptr<const Document> by_scope[4] = {global, product, api, operation};
  auto made = flatten(by_scope);
  if (!made) {
    diagnostics_.error(DiagnosticCode::limit_exceeded, made.error().message, {}, made.error().at, scope_text);
    return nullptr;
  }
  return known = *made;
}

}  // namespace gatelet
