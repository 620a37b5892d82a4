// Reading of templates and API paths.
#include "route/url_template.hpp"

#include <algorithm>

#include "base/arena.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/url.hpp"

namespace gatelet {
namespace {

using Kind = TemplateSegment::Kind;

Error template_error(std::string message) { return {Code::config, std::move(message), {}, {}}; }

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// As the text stands in a canonical target (reliability.md R-14), because that is what it is compared with.
Result<std::string> canonical_text(std::string_view text) {
  std::string escaped;
  for (char c : text) escaped += c == '#' ? "%23" : c == '?' ? "%3F" : std::string(1, c);
  Arena arena(256);
  Target target;
  constexpr std::string_view before = "/-";  // keeps "." and ".." from being dot segments
  const TargetFault fault = canonicalize(arena.concat(before, escape_unsafe(escaped, arena)), arena, target);
  if (fault != TargetFault::none) return template_error(quoted(text) + " can't be part of a URL: " + std::string(message_of(fault)));
  return lower(target.path.substr(before.size()));
}

Result<std::string> canonical_segment(std::string_view text) {
  Result<std::string> canonical = canonical_text(text);
  if (canonical && (*canonical == "." || *canonical == ".."))
    return template_error("the segment " + quoted(text) + " never arrives, because requests are normalised: remove it");
  return canonical;
}

// Splits "v{major}.{minor}" at its braces.
Result<std::vector<TemplatePart>> split_parts(std::string_view segment) {
  std::vector<TemplatePart> parts;
  for (size_t at = 0; at < segment.size();) {
    const bool is_parameter = segment[at] == '{';
    const size_t end = is_parameter ? segment.find('}', at) : std::min(segment.find_first_of("{}", at), segment.size());
    if (end == std::string_view::npos || (end < segment.size() && !is_parameter && segment[end] == '}'))
      return template_error("the braces in " + quoted(segment) + " do not pair: write each parameter as {name}");
    const std::string_view text = segment.substr(is_parameter ? at + 1 : at, end - at - (is_parameter ? 1 : 0));
    if (is_parameter && (text.empty() || text.find('{') != std::string_view::npos))
      return template_error("a parameter in " + quoted(segment) + " has no proper name: write {name}");
    if (is_parameter && !parts.empty() && parts.back().is_parameter)
      return template_error("two parameters in " + quoted(segment) + " stand side by side: put a text between them");
    parts.push_back({is_parameter, std::string(text)});
    at = end + (is_parameter ? 1 : 0);
  }
  return parts;
}

Result<TemplateSegment> parse_segment(std::string_view segment, bool is_last) {
  if (segment.empty()) return template_error("it has an empty segment ('//'): remove one slash");
  if (segment == "*" || segment.substr(0, 2) == "{*") {
    if (!is_last) return template_error("the wildcard " + quoted(segment) + " is not the last segment: move it to the end");
    if (segment == "*") return TemplateSegment{Kind::rest, {}, {}};
    if (segment.size() < 4 || segment.find('}') != segment.size() - 1) return template_error("write the named wildcard as {*name}");
    return TemplateSegment{Kind::rest, std::string(segment.substr(2, segment.size() - 3)), {}};
  }
  if (segment.find('*') != std::string_view::npos)
    return template_error("'*' in " + quoted(segment) + " is not a segment of its own: end the template with '/*'");
  GATELET_TRY(parts, split_parts(segment));
  for (TemplatePart& part : parts) {
    if (part.is_parameter) continue;
    GATELET_TRY(literal, parts.size() > 1 ? canonical_text(part.text) : canonical_segment(part.text));
    part.text = std::move(literal);
  }
  if (parts.size() > 1) return TemplateSegment{Kind::compound, {}, std::move(parts)};
  return TemplateSegment{parts[0].is_parameter ? Kind::parameter : Kind::literal, std::move(parts[0].text), {}};
}

Result<TemplateQuery> parse_query_requirement(std::string_view text) {
  const size_t equals = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = equals < text.size() ? text.substr(equals + 1) : std::string_view();
  Arena arena(256);
  TemplateQuery query{std::string(query_decoded(name, arena)), false, std::string(query_decoded(value, arena))};
  if (name.empty() || name.find_first_of("{}") != std::string_view::npos)
    return template_error("the query parameter " + quoted(text) + " has no fixed name: write name={parameter} or name=value");
  if (value.find_first_of("{}") == std::string_view::npos) return query;
  if (value.size() < 3 || value.front() != '{' || value.find('}') != value.size() - 1 || value.rfind('{') != 0)
    return template_error("the value in " + quoted(text) + " mixes text and parameter: write name={parameter} or name=value");
  query.is_parameter = true;
  query.value = value.substr(1, value.size() - 2);
  return query;
}

Result<> check_names(const UrlTemplate& parsed) {
  std::vector<std::string_view> names;
  for (const TemplateSegment& segment : parsed.segments) {
    if (segment.kind == Kind::parameter || segment.kind == Kind::rest) names.push_back(segment.text);
    for (const TemplatePart& part : segment.parts)
      if (part.is_parameter) names.push_back(part.text);
  }
  for (const TemplateQuery& query : parsed.query)
    if (query.is_parameter) names.push_back(query.value);
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin == names.end()) return Done{};
  return template_error("the parameter {" + std::string(*twin) + "} occurs twice: names are unique over path and query");
}

}  // namespace

Result<UrlTemplate> parse_url_template(std::string_view text) {
  if (text.size() > url_template_bytes_max)
    return template_error("it is longer than " + std::to_string(url_template_bytes_max) + " bytes: shorten it");
  const size_t question = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, question);
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);

  UrlTemplate parsed;
  const std::vector<std::string_view> segments = path.empty() ? std::vector<std::string_view>() : split(path, '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    GATELET_TRY(segment, parse_segment(segments[i], i + 1 == segments.size()));
    parsed.segments.push_back(std::move(segment));
  }
  for (std::string_view part : split(text.substr(std::min(question + 1, text.size())), '&')) {
    if (part.empty()) continue;
    GATELET_TRY(query, parse_query_requirement(part));
    parsed.query.push_back(std::move(query));
  }
  if (Result<> checked = check_names(parsed); !checked) return std::move(checked.error());
  return parsed;
}

Result<std::string> parse_version_segment(std::string_view text) {
  if (text.empty() || text.find_first_of("/{}*?#") != std::string_view::npos)
    return template_error("it can't be one segment of a path: remove '/', '{', '}', '*', '?' and '#'");
  if (size_without_revision(text) != std::string_view::npos)
    return template_error("it ends like the revision suffix ';rev=N', which has a meaning of its own: rename it");
  return canonical_segment(text);
}

Result<std::vector<std::string>> parse_api_path(std::string_view text) {
  if (text.size() > api_path_bytes_max)
    return template_error("it is longer than " + std::to_string(api_path_bytes_max) + " bytes: shorten it");
  while (!text.empty() && text.front() == '/') text.remove_prefix(1);
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  std::vector<std::string> literals;
  if (text.empty()) return literals;
  for (std::string_view segment : split(text, '/')) {
    if (segment.empty()) return template_error("it has an empty segment ('//'): remove one slash");
    GATELET_TRY(literal, parse_version_segment(segment));
    literals.push_back(std::move(literal));
  }
  return literals;
}

}  // namespace gatelet
