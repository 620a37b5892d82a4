// Members of values, by name or index, and their items.
#include <unordered_map>
#include <vector>

#include "base/text.hpp"
#include "expr/context_model.hpp"
#include "expr/context_objects.hpp"
#include "expr/cryptography.hpp"
#include "expr/member_calls.hpp"
#include "liquid/value.hpp"

namespace gatelet::liquid {

namespace lookup_rows {

// "Index0", "index0", "col_first" and "ColFirst": the conventions of names differ in case and in underscores only.
static bool is_called(const cs::String& name, std::string_view wanted) {
  if (name.is_wide) return false;
  size_t at = 0;
  for (const char c : name.ascii()) {
    if (c == '_') continue;
    if (at == wanted.size() || to_lower(c) != to_lower(wanted[at++])) return false;
  }
  return at == wanted.size();
}

static Value loop_member(const Loop& loop, const cs::String& name) {
  if (is_called(name, "index")) return integer(loop.index0 + 1);
  if (is_called(name, "index0")) return integer(loop.index0);
  if (is_called(name, "rindex")) return integer(loop.length - loop.index0);
  if (is_called(name, "rindex0")) return integer(loop.length - loop.index0 - 1);
  if (is_called(name, "first")) return boolean(loop.index0 == 0);
  if (is_called(name, "last")) return boolean(loop.index0 == loop.length - 1);
  if (is_called(name, "length")) return integer(loop.length);
  if (is_called(name, "name")) return text_value(loop.name);
  if (loop.columns == 0) return {};
  if (is_called(name, "col")) return integer(loop.column0 + 1);
  if (is_called(name, "col0")) return integer(loop.column0);
  if (is_called(name, "colfirst")) return boolean(loop.column0 == 0);
  if (is_called(name, "collast")) return boolean(loop.column0 == loop.columns - 1);
  return {};
}

static Value dictionary(const Scene& scene, const cs::Type& type, const void* object_of) {
  return value_of(scene, cs::value_of_object(type, object_of));
}

static Value url_member(const Scene& scene, bool as_received, const cs::String& name) {
  const cs::UrlView url = scene.run.context.url(as_received);
  if (is_called(name, "scheme")) return text_of(scene.run, url.scheme);
  if (is_called(name, "host")) return text_of(scene.run, url.host);
  if (is_called(name, "port")) return integer(url.port);
  if (is_called(name, "path")) return text_of(scene.run, url.path);
  if (is_called(name, "querystring"))
    return text_value(url.query.empty() ? &cs::empty_string : cs::view_of(scene.run, scene.run.arena.concat("?", url.query)));
  if (is_called(name, "query"))
    return dictionary(scene, cs::query_dictionary_type, scene.run.make<cs::UrlParts>(url.scheme, url.host, url.path, url.query, url.port));
  if (is_called(name, "touri") || is_called(name, "tostring"))
    return text_value(&text_of(scene, part(as_received ? Part::original_url : Part::url)));
  return {};
}

static Value fact(const Scene& scene, cs::Fact wanted) {
  const auto found = scene.run.context.fact(wanted);
  return found ? text_of(scene.run, *found) : Value{};
}

static Value request_member(const Scene& scene, const cs::String& name) {
  cs::ContextModel& context = scene.run.context;
  const Request* request = context.request();
  if (!request) return {};
  if (is_called(name, "url")) return part(Part::url);
  if (is_called(name, "originalurl")) return part(Part::original_url);
  if (is_called(name, "method")) return text_of(scene.run, request->method_text);
  if (is_called(name, "originalmethod")) return fact(scene, cs::Fact::request_original_method);
  if (is_called(name, "ipaddress")) return fact(scene, cs::Fact::request_ip_address);
  if (is_called(name, "clientcertificates")) return dictionary(scene, cs::client_certificates_type, &context);
  if (is_called(name, "hasbody")) return boolean(request->body.kind != Body::Kind::none);
  if (is_called(name, "headers")) return dictionary(scene, cs::header_dictionary_type, &request->headers);
  if (is_called(name, "matchedparameters")) return dictionary(scene, cs::matched_parameters_type, &context);
  return {};
}

static Value response_member(const Scene& scene, const Response& response, const cs::String& name) {
  if (is_called(name, "statuscode")) return integer(response.status);
  if (is_called(name, "statusreason")) return response.reason ? text_of(scene.run, *response.reason) : Value{};
  if (is_called(name, "headers")) return dictionary(scene, cs::header_dictionary_type, &response.headers);
  if (is_called(name, "method") && scene.run.context.request()) return text_of(scene.run, scene.run.context.request()->method_text);
  return {};
}

// What describes it; its keys and its bytes are for expressions.
static Value certificate_member(const Scene& scene, const crypto::Certificate& certificate, const cs::String& name) {
  for (const std::string_view shown :
       {"Subject", "Issuer", "Thumbprint", "SerialNumber", "NotBefore", "NotAfter", "FriendlyName", "Version"})
    if (is_called(name, shown)) return value_of(scene, cs::read_property(scene.run, cs::certificate_value(&certificate), shown));
  return {};
}

static Value part_member(const Scene& scene, Part of, const cs::String& name) {
  switch (of) {
    case Part::context:
      if (is_called(name, "request")) return part(Part::request);
      if (is_called(name, "response")) return scene.run.context.response() ? object(Kind::response, scene.run.context.response()) : Value{};
      if (is_called(name, "variables")) return dictionary(scene, cs::variables_type, &scene.run.context);
      return {};
    case Part::request: return request_member(scene, name);
    case Part::url:
    case Part::original_url: return url_member(scene, of == Part::original_url, name);
  }
  return {};
}

// Headers and queries hold lists of texts, which templates see joined.
static bool holds_texts(const cs::Value& dictionary_value) {
  return dictionary_value.is(cs::header_dictionary_type) || dictionary_value.is(cs::query_dictionary_type);
}

static Value dictionary_member(const Scene& scene, const cs::Value& from, const cs::String& name) {
  if (holds_texts(from)) return text_value(cs::joined_values(scene.run, from, name));
  const cs::DictionaryOps& operations = *from.type->operations().dictionary;
  cs::Value found;
  if (operations.find(scene.run, from, cs::text(&name), found)) return value_of(scene, found);
  cs::Value key, value;
  for (size_t at = operations.next(scene.run, from, 0, key, value); at; at = operations.next(scene.run, from, at, key, value)) {
    if (scene.run.failed() || !scene.run.charge(1)) return {};
    if (key.is(cs::types::text) && cs::equal_ignoring_case(*key.text(), name)) return value_of(scene, value);
  }
  return {};
}

static bool is_same_name(const cs::String& a, const cs::String& b, bool ignores_case) {
  return ignores_case ? cs::equal_ignoring_case(a, b) : cs::equal(a, b);
}

// The children of that name: one as it is, several as a list.
static Value children_named(const Scene& scene, const cs::XNode& element, const cs::String& name, bool ignores_case) {
  ListBuilder found(scene.run);
  for (const cs::XNode* at = element.first; at && scene.run.charge(1); at = at->next)
    if (at->kind == cs::XNode::Kind::element && is_same_name(*at->name, name, ignores_case) && !found.add(value_of(scene, *at))) return {};
  if (found.items().empty()) return {};
  return found.items().size() == 1 ? found.items()[0] : found.finish();
}

static bool has_child(const cs::XNode& element, const cs::String& name) {
  for (const cs::XNode* at = element.first; at; at = at->next)
    if (at->kind == cs::XNode::Kind::element && cs::equal(*at->name, name)) return true;
  return false;
}

static Value element_member(const Scene& scene, const cs::XNode& element, const cs::String& name) {
  if (!name.empty() && name[0] == '@') {
    const cs::String& plain = *cs::substring(scene.run, name, 1, name.length - 1);
    for (const cs::XNode* at = element.first_attribute; at; at = at->next)
      if (cs::equal_ignoring_case(*at->name, plain) && !cs::is_namespace_declaration(*at)) return value_of(scene, *at);
    return {};
  }
  return children_named(scene, element, name, !has_child(element, name));
}

static Value tree_member(const Scene& scene, const cs::JToken& token, const cs::String& name) {
  if (token.kind != cs::JKind::object) return {};
  const cs::JProperty* found = cs::find_property_ignoring_case(scene.run, cs::as_container(token), name);
  return found ? value_of(scene, *found->content) : Value{};
}

static Value pair_member(const Scene& scene, const Pair& pair, const cs::String& name) {
  if (pair.key.kind == Kind::text && cs::equal(pair.key.text(), name)) return pair.value;
  if (is_called(name, "key")) return pair.key;
  if (is_called(name, "value")) return pair.value;
  return member(scene, pair.value, name, false);
}

static bool has_member(const Scene& scene, Value of, const cs::String& name) {
  if (of.kind != Kind::tree || of.as<cs::JToken>().kind != cs::JKind::object) return false;
  return cs::find_property_ignoring_case(scene.run, cs::as_container(of.as<cs::JToken>()), name) != nullptr;
}

// Those that every collection has, unless it has a member of its own with that name.
static Value collection_member(const Scene& scene, Value of, const cs::String& name) {
  const bool is_size = is_called(name, "size"), is_first = is_called(name, "first");
  if (!is_size && !is_first && !is_called(name, "last")) return {};
  const Sequence items(scene, of);
  if (!items.is_sequence()) return {};
  if (is_size) return integer(static_cast<int64_t>(items.size()));
  return items.size() == 0 ? Value{} : items.at(is_first ? 0 : items.size() - 1);
}

static Value own_member(const Scene& scene, Value of, const cs::String& name) {
  switch (of.kind) {
    case Kind::tree: return tree_member(scene, of.as<cs::JToken>(), name);
    case Kind::element: return element_member(scene, of.as<cs::XNode>(), name);
    case Kind::dictionary: return dictionary_member(scene, of.as<cs::Value>(), name);
    case Kind::pair: return pair_member(scene, of.as<Pair>(), name);
    case Kind::loop: return loop_member(of.as<Loop>(), name);
    case Kind::part: return part_member(scene, static_cast<Part>(of.bits), name);
    case Kind::response: return response_member(scene, of.as<Response>(), name);
    case Kind::certificate: return certificate_member(scene, of.as<crypto::Certificate>(), name);
    default: return {};
  }
}

static Value new_pair(const Scene& scene, Value key, Value value) { return object(Kind::pair, scene.run.make<Pair>(key, value)); }

static Value dictionary_items(const Scene& scene, const cs::Value& from) {
  const cs::DictionaryOps& operations = *from.type->operations().dictionary;
  ListBuilder pairs(scene.run);
  cs::Value key, value;
  for (size_t at = operations.next(scene.run, from, 0, key, value); at; at = operations.next(scene.run, from, at, key, value)) {
    if (scene.run.failed() || !scene.run.charge(1)) return {};
    const Value held = holds_texts(from) ? text_value(cs::joined_values(scene.run, from, *key.text())) : value_of(scene, value);
    if (!pairs.add(new_pair(scene, value_of(scene, key), held))) return {};
  }
  return pairs.finish();
}

// The children with names; what occurs several times is one item with a list.
static Value element_items(const Scene& scene, const cs::XNode& element) {
  struct Group {
    const cs::String* name;
    ListBuilder values;
  };
  std::vector<Group> groups;
  std::unordered_map<std::string, size_t> index;
  for (const cs::XNode* at = element.first; at && scene.run.charge(1); at = at->next) {
    if (at->kind != cs::XNode::Kind::element) continue;
    const auto [found, is_new] = index.try_emplace(cs::utf8(*at->name), groups.size());
    if (is_new) groups.push_back({at->name, ListBuilder(scene.run)});
    if (!groups[found->second].values.add(value_of(scene, *at))) return {};
  }
  ListBuilder pairs(scene.run);
  for (Group& group : groups) {
    const Value value = group.values.items().size() == 1 ? group.values.items()[0] : group.values.finish();
    if (!pairs.add(new_pair(scene, text_value(group.name), value))) return {};
  }
  return pairs.finish();
}

static Value sequence_items(const Scene& scene, const cs::Value& from) {
  ListBuilder found(scene.run);
  for (cs::Items items(scene.run, from); items.next();)
    if (!found.add(value_of(scene, items.current))) return {};
  return found.finish();
}

}  // namespace lookup_rows

Value member(const Scene& scene, Value of, const cs::String& name, bool is_dotted) {
  const Value own = lookup_rows::own_member(scene, of, name);
  if (!own.is_nil() || !is_dotted || lookup_rows::has_member(scene, of, name)) return own;
  return lookup_rows::collection_member(scene, of, name);
}

Value item(const Scene& scene, Value of, Value key) {
  if (key.kind == Kind::text) return member(scene, of, key.text(), false);
  if (key.kind == Kind::empty || key.is_nil() || of.kind == Kind::text) return {};
  int64_t index = 0;
  if (!key.is_number() || !integer_of(scene, key, index)) return {};
  if (of.kind == Kind::pair) return index == 0 ? of.as<Pair>().key : index == 1 ? of.as<Pair>().value : Value{};
  const bool has_indexes = of.kind == Kind::list || of.kind == Kind::range || of.kind == Kind::sequence ||
                           (of.kind == Kind::tree && of.as<cs::JToken>().kind == cs::JKind::array);
  if (!has_indexes) return {};
  const Sequence items(scene, of);
  const auto size = static_cast<int64_t>(items.size());
  if (index < 0) index += size;
  return index < 0 || index >= size ? Value{} : items.at(static_cast<size_t>(index));
}

Sequence::Sequence(const Scene& scene, Value value) : scene_(scene), value_(value) {
  switch (value.kind) {
    case Kind::text: size_ = value.text().length; return;
    case Kind::tree: size_ = cs::as_container(value.as<cs::JToken>()).count; return;
    case Kind::range:
      size_ =
          value.as<Range>().last < value.as<Range>().first ? 0 : static_cast<size_t>(value.as<Range>().last - value.as<Range>().first) + 1;
      return;
    case Kind::element: value_ = lookup_rows::element_items(scene, value.as<cs::XNode>()); break;
    case Kind::dictionary: value_ = lookup_rows::dictionary_items(scene, value.as<cs::Value>()); break;
    case Kind::sequence: value_ = lookup_rows::sequence_items(scene, value.as<cs::Value>()); break;
    case Kind::list: break;
    default: is_sequence_ = false; return;
  }
  size_ = value_.kind == Kind::list ? value_.as<List>().count : 0;
}

Value Sequence::at(size_t index) const {
  switch (value_.kind) {
    case Kind::text: return text_value(cs::substring(scene_.run, value_.text(), index, 1));
    case Kind::range: return integer(value_.as<Range>().first + static_cast<int64_t>(index));
    case Kind::list: return value_.as<List>().items[index];
    case Kind::tree: break;
    default: return {};
  }
  const cs::JToken& child = *cs::as_container(value_.as<cs::JToken>()).items[index];
  if (child.kind != cs::JKind::property) return value_of(scene_, child);
  const auto& property = static_cast<const cs::JProperty&>(child);
  return lookup_rows::new_pair(scene_, text_value(property.name), value_of(scene_, *property.content));
}

}  // namespace gatelet::liquid
