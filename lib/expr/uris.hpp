// Uris: System.Uri: parsing, the canonical parts, resolving, escaping.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "expr/evaluation.hpp"

namespace gatelet::cs {

// The parts are canonical and escaped: scheme and host lower-case, dot segments gone, escapes of unreserved characters decoded. They are
// empty when the Uri is relative.
struct UriParts {
  bool is_absolute = false;
  bool has_authority = false;
  std::string scheme;
  std::string user_info;
  std::string host;   // IPv6 with its brackets
  int32_t port = -1;  // the scheme's default when absent; -1: it has none
  bool is_default_port = true;
  std::string path;
  std::string query;     // with '?', or empty
  std::string fragment;  // with '#', or empty

  std::string authority() const;  // host, with the port when it is not the default
  std::string text() const;       // AbsoluteUri
};

enum class UriFault : uint8_t { none, empty, not_absolute, bad_host, bad_port };
std::string_view message_of(UriFault fault);
// An absolute Uri; not_absolute: it may be a relative one.
UriFault parse_uri(std::string_view text, UriParts& out);
// What a reference means seen from an absolute base (RFC 3986, 5.2); as text that is still to be parsed.
std::string resolve_reference(const UriParts& base, std::string_view reference);

std::string escape_data(std::string_view text);        // Uri.EscapeDataString
std::string escape_uri(std::string_view text);         // Uri.EscapeUriString
std::string unescape_data(std::string_view text);      // escapes that are no UTF-8 stay
std::string unescape_for_show(std::string_view text);  // Uri.ToString(): what would change the Uri's meaning stays escaped

// The Uri as a value; UriFormatException when the text is not an absolute one.
extern const Type uri_type;
Value make_uri(Evaluation& run, const String& text);
const String* original_text(Value uri);

}  // namespace gatelet::cs
