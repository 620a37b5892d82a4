// UrlTemplate: an operation's template and an API's path as the router needs them: literals canonical and lower-case, parameters named.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/text.hpp"

namespace gatelet {

// A literal, or a parameter that takes at least one byte.
struct TemplatePart {
  bool is_parameter = false;
  std::string text;  // the literal, or the parameter's name
};

struct TemplateSegment {
  enum class Kind : uint8_t { literal, compound, parameter, rest };
  Kind kind = Kind::literal;
  std::string text;                 // literal: canonical, lower-case; parameter, rest: its name, empty for "*"
  std::vector<TemplatePart> parts;  // compound: "{name}.json", "v{major}.{minor}"
};

// A parameter that the query must have.
struct TemplateQuery {
  std::string name;  // decoded
  bool is_parameter = false;
  std::string value;  // the parameter's name, or the decoded value that is asked for
};

struct UrlTemplate {
  std::vector<TemplateSegment> segments;
  std::vector<TemplateQuery> query;
};

// The messages begin with what is wrong and end with the remedy; the caller names the operation.
Result<UrlTemplate> parse_url_template(std::string_view text);

// The literal segments of an API's path, slashes at its ends ignored; none for the root.
Result<std::vector<std::string>> parse_api_path(std::string_view text);
// A version that is a segment of the path.
Result<std::string> parse_version_segment(std::string_view text);

// The length of an API path's last segment without ";rev=N", or npos: it ends in no revision. Digits only, lower-case only
// (reliability.md A-32).
inline size_t size_without_revision(std::string_view segment) {
  size_t digits = segment.size();
  while (digits > 0 && is_digit(segment[digits - 1])) --digits;
  constexpr std::string_view marker = ";rev=";
  if (digits == segment.size() || digits < marker.size() || segment[digits - 1] != '=') return std::string_view::npos;
  const size_t size = digits - marker.size();
  return segment.substr(size, marker.size()) == marker ? size : std::string_view::npos;
}

}  // namespace gatelet
