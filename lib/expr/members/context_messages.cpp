// IRequest, IResponse, IUrl, IMessageBody and the dictionaries of context (expressions.md 2.1 to 2.3).
#include <algorithm>

#include "base/text.hpp"
#include "expr/context_model.hpp"
#include "expr/context_objects.hpp"
#include "expr/cryptography.hpp"
#include "expr/member_calls.hpp"
#include "expr/registry.hpp"
#include "expr/uris.hpp"

namespace gatelet::cs {

using gatelet::equal_ignoring_case;

constinit const Type response_type{.name = "IResponse"};
constinit const Type request_type{.name = "IRequest"};
constinit const Type url_type{.name = "IUrl"};
constinit const Type message_body_type{.name = "IMessageBody"};
constinit const Type header_dictionary_type{
    .name = "HeaderDictionary", .bases = "IReadOnlyDictionary<string, string[]>", .is_hidden = true};
constinit const Type query_dictionary_type{.name = "QueryDictionary", .bases = "IReadOnlyDictionary<string, string[]>", .is_hidden = true};
constinit const Type variables_type{.name = "VariableDictionary", .bases = "IReadOnlyDictionary<string, object>", .is_hidden = true};
constinit const Type matched_parameters_type{
    .name = "ParameterDictionary", .bases = "IReadOnlyDictionary<string, string>", .is_hidden = true};
static constinit const Type form_type{.name = "FormContent", .bases = "IDictionary<string, IList<string>>", .is_hidden = true};
static constinit const Type text_list_type{.name = "TextList", .bases = "IList<string>, IReadOnlyList<string>", .is_hidden = true};

// Headers

static std::string_view name_of(Evaluation& run, Value key) { return utf8(run, *key.text()); }

static Value lines_of(Evaluation& run, const Headers& headers, std::string_view name) {
  std::vector<const String*> lines;
  for (const HeaderField& field : headers.fields())
    if (equal_ignoring_case(field.name, name)) lines.push_back(view_of(run, field.value));
  return lines.empty() ? Value{} : strings_value(run, lines);
}

static bool is_first(std::span<const HeaderField> fields, size_t at) {
  return std::none_of(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(at),
                      [&](const HeaderField& field) { return equal_ignoring_case(field.name, fields[at].name); });
}

static size_t header_count(Evaluation&, Value self) {
  const auto fields = self.object<const Headers>()->fields();
  size_t count = 0;
  for (size_t i = 0; i < fields.size(); ++i) count += is_first(fields, i);
  return count;
}

static bool header_find(Evaluation& run, Value self, Value key, Value& found) {
  found = lines_of(run, *self.object<const Headers>(), name_of(run, key));
  return !found.is_null();
}

static size_t header_next(Evaluation& run, Value self, size_t position, Value& key, Value& value) {
  const auto fields = self.object<const Headers>()->fields();
  for (; position < fields.size(); ++position) {
    if (!is_first(fields, position)) continue;
    key = text(view_of(run, fields[position].name));
    value = lines_of(run, *self.object<const Headers>(), fields[position].name);
    return position + 1;
  }
  return 0;
}

// Query

static bool is_named(Evaluation& run, const QueryParameter& parameter, std::string_view name) {
  return equal_ignoring_case(query_decoded(parameter.name, run.arena), name);
}

static Value query_values(Evaluation& run, std::string_view query, std::string_view name) {
  const Query parsed(query, run.arena);
  std::vector<const String*> values;
  for (const QueryParameter& parameter : parsed.parameters())
    if (is_named(run, parameter, name)) values.push_back(view_of(run, query_decoded(parameter.value, run.arena)));
  return values.empty() || !run.charge(parsed.parameters().size()) ? Value{} : strings_value(run, values);
}

static bool query_find(Evaluation& run, Value self, Value key, Value& found) {
  found = query_values(run, self.object<const UrlParts>()->query, name_of(run, key));
  return !found.is_null();
}

static size_t query_next(Evaluation& run, Value self, size_t position, Value& key, Value& value) {
  const std::string_view query = self.object<const UrlParts>()->query;
  const Query parsed(query, run.arena);
  const auto parameters = parsed.parameters();
  if (!run.charge(parameters.size())) return 0;
  for (; position < parameters.size(); ++position) {
    const std::string_view name = query_decoded(parameters[position].name, run.arena);
    bool is_new = true;
    for (size_t i = 0; i < position; ++i) is_new &= !is_named(run, parameters[i], name);
    if (!is_new) continue;
    key = text(view_of(run, name));
    value = query_values(run, query, name);
    return position + 1;
  }
  return 0;
}

static size_t query_count(Evaluation& run, Value self) {
  size_t count = 0, position = 0;
  Value key, value;
  while ((position = query_next(run, self, position, key, value))) ++count;
  return count;
}

// Variables and template parameters

static size_t variable_count(Evaluation& run, Value) { return run.context.variable_count(); }

static bool variable_find(Evaluation& run, Value, Value key, Value& found) { return run.context.variable(run, name_of(run, key), found); }

static size_t variable_next(Evaluation& run, Value, size_t position, Value& key, Value& value) {
  if (position >= run.context.variable_count()) return 0;
  const std::string_view name = run.context.variable_name(position);
  key = text(view_of(run, name));
  run.context.variable(run, name, value);
  return position + 1;
}

static size_t parameter_count(Evaluation& run, Value) { return run.context.matched_parameter_count(); }

static bool parameter_find(Evaluation& run, Value, Value key, Value& found) {
  const std::string_view name = name_of(run, key);
  for (size_t i = 0; i < run.context.matched_parameter_count(); ++i) {
    const NamedItem item = run.context.matched_parameter(i);
    if (equal_ignoring_case(item.id, name)) return found = text(view_of(run, item.name)), true;
  }
  return false;
}

static size_t parameter_next(Evaluation& run, Value, size_t position, Value& key, Value& value) {
  if (position >= run.context.matched_parameter_count()) return 0;
  const NamedItem item = run.context.matched_parameter(position);
  key = text(view_of(run, item.id));
  value = text(view_of(run, item.name));
  return position + 1;
}

static Value null_when_missing(Evaluation&, Value, Value) { return {}; }

static constexpr DictionaryOps header_dictionary{header_count, header_find, header_next};
static constexpr DictionaryOps query_dictionary{query_count, query_find, query_next};
static constexpr DictionaryOps variable_dictionary{variable_count, variable_find, variable_next, null_when_missing};
static constexpr DictionaryOps parameter_dictionary{parameter_count, parameter_find, parameter_next};

namespace {

struct PairIterator : Iterator {
  Value dictionary;
  const Type* pair;
  size_t position = 0;
};

}  // namespace

Iterator* iterate_pairs(Evaluation& run, Value self) {
  auto* iterator = run.make<PairIterator>();
  iterator->dictionary = self;
  iterator->pair = implementation_of(*self.type, types::generic_enumerable)->arguments()[0];
  iterator->next = [](Iterator& base, Evaluation& running, Value& item) {
    auto& at = static_cast<PairIterator&>(base);
    auto* pair = running.make<KeyValue>();
    at.position = at.dictionary.type->operations().dictionary->next(running, at.dictionary, at.position, pair->key, pair->value);
    item = value_of_object(*at.pair, pair);
    return at.position != 0;
  };
  return iterator;
}

static constexpr TypeOps header_ops{.iterate = iterate_pairs, .dictionary = &header_dictionary};
static constexpr TypeOps query_ops{.iterate = iterate_pairs, .dictionary = &query_dictionary};
static constexpr TypeOps variable_ops{.iterate = iterate_pairs, .dictionary = &variable_dictionary};
static constexpr TypeOps parameter_ops{.iterate = iterate_pairs, .dictionary = &parameter_dictionary};

const String* joined_values(Evaluation& run, Value dictionary, const String& name) {
  if (dictionary.is(header_dictionary_type)) {
    const std::string_view wanted = utf8(run, name);
    const auto& headers = *dictionary.object<const Headers>();
    const HeaderField* first = headers.find(wanted);
    if (!first) return nullptr;
    const auto fields = headers.fields();
    const bool is_only = std::none_of(first + 1, fields.data() + fields.size(), [first](const HeaderField& field) {
      return field.id == first->id && equal_ignoring_case(field.name, first->name);
    });
    if (is_only) return view_of(run, first->value);
  }
  Value found;
  if (!dictionary.type->operations().dictionary->find(run, dictionary, text(&name), found) || found.is_null()) return nullptr;
  TextBuilder out(run);
  bool is_first_one = true;
  for (Items items(run, found); items.next(); is_first_one = false) {
    if (!is_first_one) out.append(u',');
    out.append(items.current.text());
  }
  return out.finish();
}

// IUrl

static Value url_value(Call& call, bool as_received) {
  const UrlView url = call.run.context.url(as_received);
  return value_of_object(url_type, call.run.make<UrlParts>(url.scheme, url.host, url.path, url.query, url.port));
}

static const UrlParts& parts(Value self) { return *self.object<const UrlParts>(); }

static std::string_view address(Evaluation& run, const UrlParts& url) {
  const bool is_default = url.port == 0 || url.port == (url.scheme == "https" || url.scheme == "wss" ? 443 : 80);
  const std::string port = is_default ? "" : ":" + std::to_string(url.port);
  return run.arena.concat(url.scheme, "://", url.host, port, url.path, url.query.empty() ? "" : "?", url.query);
}

static const String* url_text(Evaluation& run, Value self) { return view_of(run, address(run, parts(self))); }

static constexpr TypeOps url_ops{.to_string = url_text};

static constexpr Member url_members[] = {
    {"string Scheme", [](Call& call) { return text(view_of(call.run, parts(call.self).scheme)); }},
    {"string Host", [](Call& call) { return text(view_of(call.run, parts(call.self).host)); }},
    {"int Port", [](Call& call) { return int32(parts(call.self).port); }},
    {"string Path", [](Call& call) { return text(view_of(call.run, parts(call.self).path)); }},
    {"string QueryString",
     [](Call& call) {
       const std::string_view query = parts(call.self).query;
       return text(query.empty() ? &empty_string : view_of(call.run, call.run.arena.concat("?", query)));
     }},
    {"IReadOnlyDictionary<string, string[]> Query",
     [](Call& call) { return value_of_object(query_dictionary_type, call.self.object<const UrlParts>()); }},
    {"Uri ToUri()", [](Call& call) { return make_uri(call.run, *url_text(call.run, call.self)); }},
};

// Bodies

Value body_value(Evaluation& run, Body& body, const Headers& headers) {
  if (body.kind == Body::Kind::none) return {};
  return value_of_object(message_body_type, run.make<MessageBody>(&body, &headers));
}

static std::string_view without_mark(std::string_view bytes) { return bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes; }

// The charset of the Content-Type; only those that a byte or two tell apart are known, anything else is UTF-8.
static const String* decoded_body(Evaluation& run, const MessageBody& body, std::string_view bytes) {
  const std::string type = lower(body.headers->get("Content-Type"));
  const size_t mark = type.find("charset=");
  const std::string charset = mark == std::string::npos ? "" : type.substr(mark + 8);
  const bool is_latin = charset.starts_with("iso-8859-1") || charset.starts_with("\"iso-8859-1") || charset.starts_with("windows-1252");
  if (!is_latin) return view_of(run, without_mark(bytes));
  TextBuilder out(run);
  for (char c : bytes) out.append(static_cast<char16_t>(static_cast<unsigned char>(c)));
  return out.finish();
}

// Takes the bytes; without `preserves` the body is consumed: whoever reads it later finds it empty.
static bool take_bytes(Call& call, bool preserves, std::string_view& bytes) {
  Body& body = *call.self.object<const MessageBody>()->body;
  if (body.kind == Body::Kind::stream)
    return call.run.fail(types::invalid_operation_exception, "The message body was not read before the expression ran."), false;
  if (body.bytes.size() > call.run.budget.body_bytes)
    return call.run.abort(call.run.arena.concat("The message body is larger than the ", std::to_string(call.run.budget.body_bytes),
                                                " bytes that an expression may read."));
  bytes = call.run.arena.copy(body.bytes.view());
  call.run.grant_memory(bytes.size() * expression_memory_body_factor);
  if (!preserves) body = Body::from({});
  return true;
}

// "The message body is not a valid JSON. " stands before the parser's own words (2.3).
static void add_prefix(Evaluation& run) {
  const Exception* fault = run.take_fault();
  if (!fault) return;
  if (!is_assignable(*fault->type, types::json_exception)) return void(run.raise(fault));
  TextBuilder out(run);
  out.append(std::string_view("The message body is not a valid JSON. "));
  out.append(fault->message);
  run.raise(run.make<Exception>(fault->type, out.finish(), fault->parameter, fault->inner, fault->data));
}

static Value read_body_as(Call& call) {
  const Type& wanted = *call.site.result;
  const auto& body = *call.self.object<const MessageBody>();
  const bool is_bytes = &wanted == &byte_array_type();
  const BodyReader* reader = is_bytes || &wanted == &types::text ? nullptr : registry().body_reader(wanted);
  if (!is_bytes && &wanted != &types::text && !reader)
    return call.run.fail(types::not_supported_exception, "A message body cannot be read as '" + csharp_name(wanted) + "'.");
  std::string_view bytes;
  if (!take_bytes(call, call.boolean(0), bytes)) return {};
  if (is_bytes) return bytes_value(call.run, bytes);
  const String* content = decoded_body(call.run, body, bytes);
  if (!reader) return text(content);
  const Value value = reader->read(call.run, content);
  if (call.run.failed()) add_prefix(call.run);
  return value;
}

// Form content: a query in an object.

static size_t form_next(Evaluation& run, Value self, size_t position, Value& key, Value& value) {
  position = query_next(run, self, position, key, value);
  if (position) value = value_of_object(text_list_type, value.object<const Array>());
  return position;
}

static bool form_find(Evaluation& run, Value self, Value key, Value& found) {
  if (!query_find(run, self, key, found)) return false;
  found = value_of_object(text_list_type, found.object<const Array>());
  return true;
}

static constexpr DictionaryOps form_dictionary{query_count, form_find, form_next};
static constexpr TypeOps form_ops{.iterate = iterate_pairs, .dictionary = &form_dictionary};

static constexpr ListOps text_list{[](Evaluation&, Value self) -> size_t { return self.object<const Array>()->length; },
                                   [](Evaluation&, Value self, size_t index) { return self.object<const Array>()->items[index]; }};
static constexpr TypeOps text_list_ops{
    .iterate = [](Evaluation& run, Value self) { return iterate(run, value_of_object(string_array_type(), self.object<const Array>())); },
    .list = &text_list};

static Value read_form(Call& call) {
  std::string_view bytes;
  if (!take_bytes(call, call.boolean(0), bytes)) return {};
  auto* form = call.run.make<UrlParts>();
  form->query = bytes;
  return value_of_object(form_type, form);
}

static Value write_form(Call& call) {
  if (!call.arguments[0].is(form_type))
    return call.run.fail(types::not_supported_exception, "Only the content of AsFormUrlEncodedContent can be written.");
  return text(view_of(call.run, call.arguments[0].object<const UrlParts>()->query));
}

static Value write_query(Call& call) {
  const Value written = write_form(call);
  if (written.is_null() || written.text()->empty()) return {};
  return text(concat(call.run, view_of(call.run, "?"), written.text()));
}

static constexpr Member body_members[] = {
    {"T As<T>(bool preserveContent = false)", read_body_as},
    {"IDictionary<string, IList<string>> AsFormUrlEncodedContent(bool preserveContent = false)", read_form},
};

static Value request_body(Call& call) {
  auto& request = *call.self.object<Request>();
  return body_value(call.run, request.body, request.headers);
}

static Value response_body(Call& call) {
  auto& response = *call.self.object<Response>();
  return body_value(call.run, response.body, response.headers);
}

static constexpr Member request_members[] = {
    {"IMessageBody Body", request_body},
    {"X509Certificate2 Certificate", [](Call& call) { return certificate_value(call.run.context.client_certificate()); }},
    {"IReadOnlyDictionary<string, string[]> Headers",
     [](Call& call) { return value_of_object(header_dictionary_type, &call.self.object<Request>()->headers); }},
    {"string IpAddress",
     [](Call& call) {
       const auto address_text = call.run.context.fact(Fact::request_ip_address);
       return address_text ? text(view_of(call.run, *address_text)) : Value{};
     }},
    {"IReadOnlyDictionary<string, string> MatchedParameters", [](Call&) { return value_of_bits(matched_parameters_type, 1); }},
    {"string Method", [](Call& call) { return text(view_of(call.run, call.self.object<Request>()->method_text)); }},
    {"IUrl OriginalUrl", [](Call& call) { return url_value(call, true); }},
    {"IUrl Url", [](Call& call) { return url_value(call, false); }},
    {"IPrivateEndpointConnection PrivateEndpointConnection", [](Call&) { return Value{}; }},
    {"IFoundry Foundry", [](Call&) { return Value{}; }},
    {"IAzureVnetInfo AzureVnetInfo", [](Call&) { return Value{}; }},
};

// What only exists inside Azure is null; nothing is ever read from it.
static Value no_text(Call&) { return {}; }
static Value no_number(Call&) { return int32(0); }

static constinit const Type endpoint_type{.name = "IPrivateEndpointConnection"};
static constexpr Member endpoint_members[] = {{"string Name", no_text}, {"string GroupId", no_text}, {"string MemberName", no_text}};
static constinit const Type foundry_type{.name = "IFoundry"};
static constexpr Member foundry_members[] = {{"string Deployment", no_text}};

static constinit const Type vnet_type{.name = "IAzureVnetInfo"};
static constexpr Member vnet_members[] = {
    {"int VnetTrafficTag", no_number}, {"int SubnetId", no_number}, {"int PrivateLinkId", no_number}, {"string SnatVip", no_text}};

static constexpr Member response_members[] = {
    {"IMessageBody Body", response_body},
    {"IReadOnlyDictionary<string, string[]> Headers",
     [](Call& call) { return value_of_object(header_dictionary_type, &call.self.object<Response>()->headers); }},
    {"int StatusCode", [](Call& call) { return int32(call.self.object<Response>()->status); }},
    {"string StatusReason", [](Call& call) { return text(view_of(call.run, call.self.object<Response>()->phrase())); }},
};

static constinit const Type form_extensions_type{.name = "FormExtensions", .is_hidden = true, .is_static = true};
static constexpr Member form_extensions[] = {
    {"static string ToQueryString(this IDictionary<string, IList<string>> source)", write_query},
    {"static string ToFormUrlEncodedContent(this IDictionary<string, IList<string>> source)", write_form},
};

static const TypeRows message_types[] = {
    {request_type, request_members},
    {response_type, response_members},
    {url_type, url_members, &url_ops},
    {message_body_type, body_members},
    {header_dictionary_type, {}, &header_ops},
    {query_dictionary_type, {}, &query_ops},
    {variables_type, {}, &variable_ops},
    {matched_parameters_type, {}, &parameter_ops},
    {form_type, {}, &form_ops},
    {text_list_type, {}, &text_list_ops},
    {endpoint_type, endpoint_members},
    {foundry_type, foundry_members},
    {vnet_type, vnet_members},
    {form_extensions_type, form_extensions},
};

extern const Family context_messages_family;
const Family context_messages_family{message_types};

}  // namespace gatelet::cs
