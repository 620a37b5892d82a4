// System.Uri.
#include "expr/uris.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "expr/ip_addresses.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

constinit const Type uri_type{.name = "System.Uri"};

namespace uri_rows {

static constexpr EnumConstant kinds[] = {{"RelativeOrAbsolute", 0}, {"Absolute", 1}, {"Relative", 2}};
static constinit const Type kind_type{.name = "System.UriKind", .kind = TypeKind::enumeration, .constants = kinds};
static constexpr EnumConstant partials[] = {{"Scheme", 0}, {"Authority", 1}, {"Path", 2}, {"Query", 3}};
static constinit const Type partial_type{.name = "System.UriPartial", .kind = TypeKind::enumeration, .constants = partials};
static constexpr EnumConstant host_types[] = {{"Unknown", 0}, {"Basic", 1}, {"Dns", 2}, {"IPv4", 3}, {"IPv6", 4}};
static constinit const Type host_type{.name = "System.UriHostNameType", .kind = TypeKind::enumeration, .constants = host_types};

enum Kind : int64_t { any_kind, absolute_kind, relative_kind };

namespace {

// UriParts as an arena holds them.
struct Uri {
  const String* original = nullptr;
  bool is_absolute = false;
  bool is_default_port = true;
  int32_t port = -1;
  std::string_view scheme, user_info, host, authority, path, query, fragment, text;
};

}  // namespace

static const Uri& self_uri(const Call& call) { return *call.self.object<const Uri>(); }

// In the memory of the evaluation; empty when refused.
static std::string_view kept(Evaluation& run, std::string_view text) {
  auto* bytes = static_cast<char*>(run.try_allocate(text.size() + 1, 1));
  if (!bytes) return {};
  std::memcpy(bytes, text.data(), text.size());
  return {bytes, text.size()};
}

static Value uri_of(Evaluation& run, const String* original, const UriParts& parts) {
  auto* uri = run.make<Uri>();
  uri->original = original;
  uri->is_absolute = parts.is_absolute;
  if (!parts.is_absolute) return value_of_object(uri_type, uri);
  uri->is_default_port = parts.is_default_port;
  uri->port = parts.port;
  uri->scheme = kept(run, parts.scheme);
  uri->user_info = kept(run, parts.user_info);
  uri->host = kept(run, parts.host);
  uri->authority = kept(run, parts.authority());
  uri->path = kept(run, parts.path);
  uri->query = kept(run, parts.query);
  uri->fragment = kept(run, parts.fragment);
  uri->text = kept(run, parts.text());
  return value_of_object(uri_type, uri);
}

// The parts again, for resolving.
static UriParts parts_of(const Uri& uri) {
  UriParts parts;
  parse_uri(uri.text, parts);
  return parts;
}

static bool read(Evaluation& run, const String& text, int64_t kind, UriParts& parts, UriFault& fault) {
  fault = UriFault::none;
  if (!run.charge_text(text.length * 16ul)) return false;
  fault = parse_uri(utf8(text), parts);
  if (fault == UriFault::not_absolute && kind != absolute_kind) fault = UriFault::none;
  if (fault == UriFault::empty && kind != absolute_kind) fault = UriFault::none;
  return fault == UriFault::none && !(kind == relative_kind && parts.is_absolute);
}

static constexpr std::string_view not_relative =
    "A relative URI cannot be created because the 'uriString' parameter represents an absolute URI.";

static Value create(Evaluation& run, const String* text, int64_t kind) {
  if (!text) return run.fail_null("uriString");
  UriParts parts;
  UriFault fault;
  if (read(run, *text, kind, parts, fault)) return uri_of(run, text, parts);
  return run.fail(types::uri_format_exception, fault == UriFault::none ? not_relative : message_of(fault));
}

// Null: the reference is no Uri, and `fault` says why.
static Value resolved(Evaluation& run, const Uri& base, const String& reference, UriFault& fault) {
  UriParts own, parts;
  if (!run.charge_text(reference.length * 32ul + base.text.size() * 16)) return {};
  const std::string text = utf8(reference);
  fault = parse_uri(text, own);
  if (fault == UriFault::none) return uri_of(run, &reference, own);
  if (fault != UriFault::not_absolute && fault != UriFault::empty) return {};
  const std::string whole = resolve_reference(parts_of(base), text);
  fault = parse_uri(whole, parts);
  return fault == UriFault::none ? uri_of(run, copy_of(run, whole), parts) : Value{};
}

static const Uri* base_argument(Call& call) {
  const auto* base = call.object<const Uri>(0);
  if (!base) return call.run.fail_null("baseUri"), nullptr;
  if (!base->is_absolute)
    return call.run.fail_argument(types::argument_out_of_range_exception, "This operation is not supported for a relative URI.", "baseUri"),
           nullptr;
  return base;
}

static Value create_from_base(Call& call, const String* reference) {
  const Uri* base = base_argument(call);
  UriFault fault = UriFault::none;
  if (!base) return {};
  const Value uri = resolved(call.run, *base, reference ? *reference : empty_string, fault);
  return uri.is_null() && !call.run.failed() ? call.run.fail(types::uri_format_exception, message_of(fault)) : uri;
}

static Value try_create(Call& call) {
  UriParts parts;
  UriFault fault;
  const bool is_created = call.text(0) && read(call.run, *call.text(0), call.int64(1), parts, fault);
  call.out(2) = is_created ? uri_of(call.run, call.text(0), parts) : Value{};
  return boolean(is_created);
}

static Value try_create_from_base(Call& call, const String* reference) {
  const auto* base = call.object<const Uri>(0);
  UriFault fault = UriFault::none;
  call.out(2) = base && base->is_absolute && reference ? resolved(call.run, *base, *reference, fault) : Value{};
  return boolean(!call.out(2).is_null());
}

static const String* original_of(Value uri) { return uri.is_null() ? nullptr : uri.object<const Uri>()->original; }

static Value is_well_formed(Evaluation& run, const String* given, int64_t kind) {
  UriParts parts;
  UriFault fault;
  if (!given || !read(run, *given, kind, parts, fault)) return boolean(false);
  // Well-formed is what needs no escaping.
  const std::string text = utf8(*given);
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_escape = text[at] == '%' && text.size() - at > 2 && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
    if (!is_escape && escape_uri(std::string_view(text).substr(at, 1)).size() != 1) return boolean(false);
  }
  return boolean(true);
}

// Properties

static Value fail_relative(Evaluation& run) {
  return run.fail(types::invalid_operation_exception, "This operation is not supported for a relative URI.");
}

template <std::string_view Uri::*part>
static Value text_part(Call& call) {
  const Uri& self = self_uri(call);
  return self.is_absolute ? text(view_of(call.run, self.*part)) : fail_relative(call.run);
}

template <class Make>
static Value of_absolute(Call& call, Make make) {
  const Uri& self = self_uri(call);
  return self.is_absolute ? make(self) : fail_relative(call.run);
}

static Value path_and_query(Call& call) {
  return of_absolute(call, [&call](const Uri& uri) { return text(copy_of(call.run, std::string(uri.path) + std::string(uri.query))); });
}

static Value local_path(Call& call) {
  return of_absolute(call, [&call](const Uri& uri) { return text(copy_of(call.run, unescape_data(uri.path))); });
}

static std::string_view bare_host(const Uri& uri) { return uri.host.starts_with('[') ? uri.host.substr(1, uri.host.size() - 2) : uri.host; }

static Value segments(Call& call) {
  return of_absolute(call, [&call](const Uri& uri) {
    std::vector<const String*> parts;
    for (std::string_view rest = uri.path; !rest.empty();) {
      const size_t end = std::min(rest.find('/'), rest.size() - 1) + 1;
      parts.push_back(view_of(call.run, rest.substr(0, end)));
      rest = rest.substr(end);
    }
    return call.run.charge(parts.size()) ? strings_value(call.run, parts) : Value{};
  });
}

static int64_t host_name_type(std::string_view host) {
  if (host.empty()) return 1;
  const bool has_brackets = host.starts_with('[');
  const auto address = parse_address(has_brackets ? host.substr(1, host.size() - 2) : host);
  return address ? (address->is_v6 ? 4 : 3) : 2;
}

static Value is_loopback(Call& call) {
  return of_absolute(call, [](const Uri& uri) {
    const auto address = parse_address(bare_host(uri));
    const bool is_v4 = address && !address->is_v6 && address->bytes[0] == 127;
    return boolean(uri.host == "localhost" || uri.host == "[::1]" || is_v4 || (uri.scheme == "file" && uri.host.empty()));
  });
}

static Value left_part(Call& call) {
  return of_absolute(call, [&call](const Uri& uri) {
    const size_t start = uri.text.size() - uri.path.size() - uri.query.size() - uri.fragment.size();
    const std::string_view root = uri.text.substr(0, start);
    switch (call.int64(0)) {
      case 0: return text(view_of(call.run, uri.text.substr(0, uri.scheme.size() + (root.ends_with(':') ? 1 : 3))));
      case 1: return text(view_of(call.run, root.ends_with(':') ? std::string_view() : root));
      case 2: return text(view_of(call.run, uri.text.substr(0, start + uri.path.size())));
      case 3: return text(view_of(call.run, uri.text.substr(0, uri.text.size() - uri.fragment.size())));
      default: return call.run.fail_argument(types::argument_exception, "The UriPartial is not known.", "part");
    }
  });
}

// The same server and the path of the base up to its last slash.
static Value is_base_of(Call& call) {
  const auto* other = call.object<const Uri>(0);
  if (!other) return call.run.fail_null("uri");
  return of_absolute(call, [other](const Uri& uri) {
    const std::string_view folder = uri.path.substr(0, uri.path.rfind('/') + 1);
    return boolean(!other->is_absolute ||
                   (uri.scheme == other->scheme && uri.host == other->host && uri.port == other->port && other->path.starts_with(folder)));
  });
}

static Value make_relative(Call& call) {
  const auto* target = call.object<const Uri>(0);
  if (!target) return call.run.fail_null("uri");
  return of_absolute(call, [&call, target](const Uri& uri) {
    if (!target->is_absolute) return fail_relative(call.run);
    if (uri.scheme != target->scheme || uri.host != target->host || uri.port != target->port) return call.arguments[0];
    size_t common = 0;  // behind the last slash that both have
    for (size_t i = 0; i < uri.path.size() && i < target->path.size() && uri.path[i] == target->path[i]; ++i)
      if (uri.path[i] == '/') common = i + 1;
    std::string relative;
    for (const char c : uri.path.substr(common)) relative += c == '/' ? "../" : "";
    relative += std::string(target->path.substr(common)) + std::string(target->query) + std::string(target->fragment);
    return create(call.run, copy_of(call.run, relative), relative_kind);
  });
}

// Values

static const String* uri_to_text(Evaluation& run, Value self) {
  const Uri& uri = *self.object<const Uri>();
  return uri.is_absolute ? copy_of(run, unescape_for_show(uri.text)) : uri.original;
}

// Neither the fragment nor the user counts.
static bool same_uri(Evaluation&, Value self, Value other) {
  if (!other.is(uri_type)) return false;
  const Uri &a = *self.object<const Uri>(), &b = *other.object<const Uri>();
  if (!a.is_absolute || !b.is_absolute) return a.is_absolute == b.is_absolute && equal(*a.original, *b.original);
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port && a.path == b.path && a.query == b.query;
}

static int32_t hash_uri(Evaluation& run, Value self) {
  const Uri& uri = *self.object<const Uri>();
  return hash_of(uri.is_absolute ? *copy_of(run, std::string(uri.authority) + std::string(uri.path)) : *uri.original);
}

static constexpr TypeOps uri_ops{.to_string = uri_to_text, .equals = same_uri, .hash = hash_uri};

static bool equal_uris(Call& call) { return equals(call.run, call.arguments[0], call.arguments[1]); }

template <std::string (*convert)(std::string_view)>
static Value converted(Call& call) {
  if (!call.text(0)) return call.run.fail_null(convert == unescape_data ? "stringToUnescape" : "stringToEscape");
  if (!call.run.charge_text(call.text(0)->length * 6ul)) return {};
  return text(copy_of(call.run, convert(utf8(*call.text(0)))));
}

static Value check_scheme_name(Call& call) {
  const String* name = call.text(0);
  if (!name || name->empty() || !is_alpha(static_cast<char>((*name)[0]))) return boolean(false);
  for (size_t i = 0; i < name->length; ++i) {
    const char16_t unit = (*name)[i];
    const char c = unit < 128 ? static_cast<char>(unit) : ' ';
    if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return boolean(false);
  }
  return boolean(true);
}

static Value check_host_name(Call& call) {
  const std::string name = call.text(0) ? utf8(*call.text(0)) : "";
  UriParts parts;
  const auto address = parse_address(name);
  if (address) return value_of_bits(host_type, address->is_v6 ? 4 : 3);
  const bool is_host = name.find_first_of("/:@?#\\") == name.npos && parse_uri("http://" + name, parts) == UriFault::none;
  return value_of_bits(host_type, is_host ? host_name_type(parts.host) : 0);
}

static Value hex_escape(Call& call) {
  if (call.character(0) > 255) return call.run.fail_range("Specified argument was out of the range of valid values.", "character");
  static constexpr char digits[] = "0123456789ABCDEF";
  const char text_of_byte[] = {'%', digits[call.character(0) >> 4], digits[call.character(0) & 15]};
  return text(copy_of(call.run, {text_of_byte, sizeof text_of_byte}));
}

static Value is_hex_digit(Call& call) {
  const char16_t unit = call.character(0);
  return boolean(unit < 128 && hex_value(static_cast<char>(unit)) >= 0);
}

static Value is_hex_escape(Call& call) {
  const int64_t at = call.int32(1);
  if (!call.text(0)) return call.run.fail_null("pattern");
  if (at < 0 || at + 2 >= call.text(0)->length) return boolean(false);
  const auto is_hex = [&](int64_t i) {
    const char16_t unit = (*call.text(0))[static_cast<size_t>(i)];
    return unit < 128 && hex_value(static_cast<char>(unit)) >= 0;
  };
  return boolean((*call.text(0))[static_cast<size_t>(at)] == '%' && is_hex(at + 1) && is_hex(at + 2));
}

static Value from_hex(Call& call) {
  const int value = call.character(0) < 128 ? hex_value(static_cast<char>(call.character(0))) : -1;
  return value >= 0 ? int32(value)
                    : call.run.fail_argument(types::argument_exception, "Value does not fall within the expected range.", "digit");
}

template <char... letters>
static Value constant(Call& call) {
  static constexpr char content[] = {letters...};
  return text(view_of(call.run, {content, sizeof content}));
}

static constexpr Member uri_members[] = {
    {"new(string uriString)", [](Call& call) { return create(call.run, call.text(0), absolute_kind); }},
    {"new(string uriString, UriKind uriKind)", [](Call& call) { return create(call.run, call.text(0), call.int64(1)); }},
    {"new(Uri baseUri, string relativeUri)", [](Call& call) { return create_from_base(call, call.text(1)); }},
    {"new(Uri baseUri, Uri relativeUri)", [](Call& call) { return create_from_base(call, original_of(call.arguments[1])); }},
    {"static bool TryCreate(string uriString, UriKind uriKind, out Uri result)", try_create},
    {"static bool TryCreate(Uri baseUri, string relativeUri, out Uri result)",
     [](Call& call) { return try_create_from_base(call, call.text(1)); }},
    {"static bool TryCreate(Uri baseUri, Uri relativeUri, out Uri result)",
     [](Call& call) { return try_create_from_base(call, original_of(call.arguments[1])); }},
    {"static bool IsWellFormedUriString(string uriString, UriKind uriKind)",
     [](Call& call) { return is_well_formed(call.run, call.text(0), call.int64(1)); }},
    {"bool IsWellFormedOriginalString()", [](Call& call) { return is_well_formed(call.run, self_uri(call).original, any_kind); }},
    {"string AbsoluteUri", text_part<&Uri::text>},
    {"string AbsolutePath", text_part<&Uri::path>},
    {"string Authority", text_part<&Uri::authority>},
    {"string Host", text_part<&Uri::host>},
    {"string DnsSafeHost",
     [](Call& call) { return of_absolute(call, [&call](const Uri& uri) { return text(view_of(call.run, bare_host(uri))); }); }},
    {"string IdnHost",
     [](Call& call) { return of_absolute(call, [&call](const Uri& uri) { return text(view_of(call.run, bare_host(uri))); }); }},
    {"UriHostNameType HostNameType",
     [](Call& call) { return of_absolute(call, [](const Uri& uri) { return value_of_bits(host_type, host_name_type(uri.host)); }); }},
    {"int Port", [](Call& call) { return of_absolute(call, [](const Uri& uri) { return int32(uri.port); }); }},
    {"bool IsDefaultPort", [](Call& call) { return of_absolute(call, [](const Uri& uri) { return boolean(uri.is_default_port); }); }},
    {"string Scheme", text_part<&Uri::scheme>},
    {"string UserInfo", text_part<&Uri::user_info>},
    {"string Query", text_part<&Uri::query>},
    {"string Fragment", text_part<&Uri::fragment>},
    {"string PathAndQuery", path_and_query},
    {"string LocalPath", local_path},
    {"string[] Segments", segments},
    {"string OriginalString", [](Call& call) { return text(self_uri(call).original); }},
    {"bool IsAbsoluteUri", [](Call& call) { return boolean(self_uri(call).is_absolute); }},
    {"bool IsFile", [](Call& call) { return of_absolute(call, [](const Uri& uri) { return boolean(uri.scheme == "file"); }); }},
    {"bool IsUnc",
     [](Call& call) { return of_absolute(call, [](const Uri& uri) { return boolean(uri.scheme == "file" && !uri.host.empty()); }); }},
    {"bool IsLoopback", is_loopback},
    {"bool UserEscaped", [](Call&) { return boolean(false); }},
    {"string GetLeftPart(UriPartial part)", left_part},
    {"bool IsBaseOf(Uri uri)", is_base_of},
    {"Uri MakeRelativeUri(Uri uri)", make_relative},
    {"static string EscapeDataString(string stringToEscape)", converted<escape_data>},
    {"static string EscapeUriString(string stringToEscape)", converted<escape_uri>},
    {"static string UnescapeDataString(string stringToUnescape)", converted<unescape_data>},
    {"static bool CheckSchemeName(string schemeName)", check_scheme_name},
    {"static UriHostNameType CheckHostName(string name)", check_host_name},
    {"static string HexEscape(char character)", hex_escape},
    {"static bool IsHexDigit(char character)", is_hex_digit},
    {"static bool IsHexEncoding(string pattern, int index)", is_hex_escape},
    {"static int FromHex(char digit)", from_hex},
    {"static string UriSchemeHttp", constant<'h', 't', 't', 'p'>},
    {"static string UriSchemeHttps", constant<'h', 't', 't', 'p', 's'>},
    {"static string UriSchemeFtp", constant<'f', 't', 'p'>},
    {"static string UriSchemeFile", constant<'f', 'i', 'l', 'e'>},
    {"static string UriSchemeMailto", constant<'m', 'a', 'i', 'l', 't', 'o'>},
    {"static string UriSchemeGopher", constant<'g', 'o', 'p', 'h', 'e', 'r'>},
    {"static string UriSchemeNews", constant<'n', 'e', 'w', 's'>},
    {"static string UriSchemeNntp", constant<'n', 'n', 't', 'p'>},
    {"static string UriSchemeNetTcp", constant<'n', 'e', 't', '.', 't', 'c', 'p'>},
    {"static string UriSchemeNetPipe", constant<'n', 'e', 't', '.', 'p', 'i', 'p', 'e'>},
    {"static string SchemeDelimiter", constant<':', '/', '/'>},
    {"static bool operator ==(Uri uri1, Uri uri2)", [](Call& call) { return boolean(equal_uris(call)); }},
    {"static bool operator !=(Uri uri1, Uri uri2)", [](Call& call) { return boolean(!equal_uris(call)); }},
};

static const TypeRows uri_types[] = {{uri_type, uri_members, &uri_ops}, {kind_type}, {partial_type}, {host_type}};

}  // namespace uri_rows

Value make_uri(Evaluation& run, const String& text) { return uri_rows::create(run, &text, uri_rows::absolute_kind); }

const String* original_text(Value uri) { return uri_rows::original_of(uri); }

extern const Family uri_family;
const Family uri_family{uri_rows::uri_types};

}  // namespace gatelet::cs
