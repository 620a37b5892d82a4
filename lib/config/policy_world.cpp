#include "config/policy_world.hpp"

#include "base/text.hpp"
#include "config/properties.hpp"

namespace gatelet {

namespace {

// Whether a backend is made from more than its own properties.
bool has_references(const std::string& backend) {
  return backend.find("{{") != std::string::npos || backend.find("pool") != std::string::npos ||
         backend.find("ertificate") != std::string::npos;
}

// All that a backend could refer to.
std::string referable_by_backends(const ResourceSet& resources) {
  std::string text;
  for (const Resource& resource : resources.resources)
    for (const std::string_view kind : {"backends/", "namedValues/", "certificates/"})
      if (resource.key.starts_with(kind)) text += resource.key + '\0' + resource.value.canonical() + '\0';
  return text;
}

template <class Map, class Key>
typename Map::mapped_type found_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? typename Map::mapped_type() : found->second;
}

bool can_continue(const Config* previous, const BuildOptions& options) {
  return previous && previous->compiled && previous->policies == options.policies &&
         previous->compiled->expressions == options.expressions && previous->compiled->expression_limits == options.expression_limits;
}

}  // namespace

PolicyWorld::PolicyWorld(const ResourceSet& resources, const BuildOptions& options, Diagnostics& diagnostics)
    : diagnostics_(diagnostics), previous_(can_continue(options.previous.get(), options) ? options.previous->compiled : nullptr) {
  set_environment(options);
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
    } else if (kind == "loggers") {
      logger_ids_.insert(lower(id));
    }
  }
  take_backends(resources, options.key_seed);
}

// Everything that is looked up is noted, so that a document is read again when any of it changes.
void PolicyWorld::set_environment(const BuildOptions& options) {
  compiled_->expressions = options.expressions;
  environment_.policies = options.policies.get();
  environment_.expressions = options.expressions;
  environment_.expression_limits = compiled_->expression_limits = options.expression_limits;
  environment_.named_value = [this](std::string_view name) -> std::optional<std::string> {
    return look_ups_->named_values[std::string(name)] = find_named_value(name);
  };
  environment_.fragment = [this](std::string_view id) {
    return (look_ups_->fragments[lower(id)] = found_in(compiled_->fragments, lower(id))).get();
  };
  environment_.backend = [this](std::string_view id) {
    return look_ups_->backends[lower(id)] = found_in(compiled_->backends, lower(id)).upstream;
  };
  environment_.logger = [this](std::string_view id) { return look_ups_->loggers[lower(id)] = logger_ids_.contains(lower(id)); };
}

// Reports a link, which nobody follows here; nullopt then.
std::optional<XmlForm> PolicyWorld::form_of(const Resource& resource, const std::string& scope_text) {
  const std::string_view format = resource.value["format"].string();
  if (!format.ends_with("-link")) return format == "xml" ? XmlForm::escaped : XmlForm::any;
  diagnostics_.error(DiagnosticCode::unsupported_feature, "format " + std::string(format) + " is a link; give the policy's text",
                     resource.file, resource.value.at(), scope_text);
  return std::nullopt;
}

void PolicyWorld::check_unused_fragments() {
  std::set<std::string, std::less<>> included;
  for (const auto& [key, known] : compiled_->documents)
    for (const auto& [id, fragment] : known->look_ups.fragments) included.insert(id);
  for (const auto& [key, fragment] : compiled_->fragments) {
    if (included.contains(key)) continue;
    const std::string scope_text = "fragment " + fragment_ids_[key];
    DocumentSource source;
    source.text = fragment->text;
    source.file = fragment->file;
    source.scope_text = scope_text;
    source.form = fragment->form;
    source.is_scope_known = false;
    LookUps look_ups;
    Diagnostics problems;
    look_ups_ = &look_ups;
    (void)read_document(source, environment_, problems, true);
    look_ups_ = nullptr;
    report(problems);
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

void PolicyWorld::read_fragment(const Resource& resource, const std::string& id) {
  const auto form = form_of(resource, "fragment " + id);
  if (!form) return;
  const std::string key = lower(id);
  const std::string_view text = resource.value["value"].string();
  fragment_ids_[key] = id;
  std::shared_ptr<const ReadEnvironment::Fragment>& made = compiled_->fragments[key];
  if (previous_) made = found_in(previous_->fragments, key);
  if (!made || made->text != text || made->file != resource.file || made->form != *form)
    made = std::make_shared<const ReadEnvironment::Fragment>(ReadEnvironment::Fragment{std::string(text), resource.file, *form});
}

// One that is as it was is the one that was: what was compiled with it stays good.
void PolicyWorld::take_backends(const ResourceSet& resources, SipKey seed) {
  compiled_->referable_by_backends = referable_by_backends(resources);
  const bool are_references_same = previous_ && previous_->referable_by_backends == compiled_->referable_by_backends;
  const Upstreams made = read_backends(
      resources, [this](std::string_view name) { return find_named_value(name); }, seed, diagnostics_);
  for (const Resource& resource : resources.resources) {
    if (!resource.key.starts_with("backends/")) continue;
    const std::string id = lower(resource.key.substr(9));
    const auto found = made.find(id);
    if (found == made.end()) continue;
    CompiledBackend& backend = compiled_->backends[id];
    backend = {resource.value.canonical(), found->second};
    if (!previous_ || (has_references(backend.properties) && !are_references_same)) continue;
    const CompiledBackend known = found_in(previous_->backends, id);
    if (known.upstream && known.properties == backend.properties) backend.upstream = known.upstream;
  }
}

std::optional<std::string> PolicyWorld::find_named_value(std::string_view name) const {
  const auto found = named_values_.find(name);
  if (found == named_values_.end()) return std::nullopt;
  return found->second;
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
  std::shared_ptr<const CompiledDocument>& known = compiled_->documents[found->first];
  if (previous_) known = found_in(previous_->documents, found->first);
  if (!known || !is_same(*known, source)) known = read(source);
  report(known->problems);
  return known->document;
}

bool PolicyWorld::is_same(const CompiledDocument& known, const DocumentSource& source) const {
  if ((known.document ? known.document->source.text : known.text) != source.text || known.file != source.file ||
      known.scope_text != source.scope_text || known.scope != source.scope || known.form != source.form)
    return false;
  if (known.template_parameters.has_value() != (source.template_parameters != nullptr)) return false;
  if (source.template_parameters && *known.template_parameters != *source.template_parameters) return false;
  for (const auto& [name, value] : known.look_ups.named_values)
    if (find_named_value(name) != value) return false;
  for (const auto& [id, fragment] : known.look_ups.fragments)
    if (found_in(compiled_->fragments, id) != fragment) return false;
  for (const auto& [id, upstream] : known.look_ups.backends)
    if (found_in(compiled_->backends, id).upstream != upstream) return false;
  for (const auto& [id, was_there] : known.look_ups.loggers)
    if (logger_ids_.contains(id) != was_there) return false;
  return true;
}

std::shared_ptr<const CompiledDocument> PolicyWorld::read(const DocumentSource& source) {
  auto made = std::make_shared<CompiledDocument>();
  look_ups_ = &made->look_ups;
  made->document = read_document(source, environment_, made->problems);
  look_ups_ = nullptr;
  if (!made->document) made->text = source.text;
  made->file = source.file;
  made->scope_text = source.scope_text;
  made->scope = source.scope;
  made->form = source.form;
  if (source.template_parameters) made->template_parameters = *source.template_parameters;
  ++compiled_->documents_read;
  return made;
}

void PolicyWorld::report(const Diagnostics& problems) {
  for (const Diagnostic& problem : problems.items())
    if (problem.code != DiagnosticCode::unsupported_policy || said_once_.insert(problem.message).second) diagnostics_.add(problem);
}

const std::shared_ptr<const Document>& PolicyWorld::default_document() {
  std::shared_ptr<const Document>& document = compiled_->default_document;
  if (previous_) document = previous_->default_document;
  if (!document) document = default_global_document(*environment_.policies);
  return document;
}

Upstreams PolicyWorld::backends() const {
  Upstreams all;
  for (const auto& [id, backend] : compiled_->backends) all.emplace(id, backend.upstream);
  return all;
}

std::shared_ptr<const Program> PolicyWorld::program(const std::shared_ptr<const Document>& global,
                                                    const std::shared_ptr<const Document>& product,
                                                    const std::shared_ptr<const Document>& api,
                                                    const std::shared_ptr<const Document>& operation, const std::string& scope_text) {
  const ProgramKey key = {global.get(), product.get(), api.get(), operation.get()};
  std::shared_ptr<const Program>& known = compiled_->programs[key];
  if (!known && previous_) known = found_in(previous_->programs, key);
  if (known) return known;
  const std::shared_ptr<const Document> by_scope[4] = {global, product, api, operation};
  auto made = flatten(by_scope);
  if (!made) {
    diagnostics_.error(DiagnosticCode::limit_exceeded, made.error().message, {}, made.error().at, scope_text);
    return nullptr;
  }
  ++compiled_->programs_made;
  return known = *made;
}

}  // namespace gatelet
