// The router's rules once more, as slowly and plainly as possible: every operation of the API is compared with the request and the best one
// by rank wins. For the differential test; it shares no code with the router.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "route/routing.hpp"

namespace gatelet::test {

using Texts = std::vector<std::string>;

inline std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

// Without the first slash and without one at the end.
inline Texts naive_segments(std::string path) {
  if (!path.empty() && path[0] == '/') path.erase(0, 1);
  if (!path.empty() && path.back() == '/')
    path.pop_back();
  else if (path.empty())
    return {};
  Texts parts(1);
  for (char c : path) {
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// Matches text with {parameters} against a segment, each parameter as short as possible; values in order.
inline bool naive_text(const std::string& pattern, const std::string& segment, Texts& values) {
  if (pattern.empty()) return segment.empty();
  if (pattern[0] != '{')
    return !segment.empty() && lowered(pattern.substr(0, 1)) == lowered(segment.substr(0, 1)) &&
           naive_text(pattern.substr(1), segment.substr(1), values);
  const std::string rest = pattern.substr(pattern.find('}') + 1);
  for (size_t size = 1; size <= segment.size(); ++size) {
    Texts further;
    if (!naive_text(rest, segment.substr(size), further)) continue;
    values.push_back(segment.substr(0, size));
    values.insert(values.end(), further.begin(), further.end());
    return true;
  }
  return false;
}

inline Texts naive_names(const std::string& text) {
  Texts names;
  for (size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1))
    names.push_back(text.substr(at + 1, text.find('}', at) - at - 1));
  return names;
}

// Lower is better; compared number by number.
using Rank = std::vector<int>;

inline Rank naive_segment_rank(const std::string& pattern) {
  if (pattern.find('{') == std::string::npos) return {0, 0, 0};
  if (pattern[0] == '{' && pattern.back() == '}' && naive_names(pattern).size() == 1) return {2, 0, 0};
  std::string text;
  bool is_name = false;
  for (char c : pattern) {
    is_name |= c == '{';
    if (!is_name) text += c;
    is_name &= c != '}';
  }
  return {1, -static_cast<int>(pattern.find('{')), -static_cast<int>(text.size())};
}

struct NaiveQuery {
  std::string name, value;
};
inline std::vector<NaiveQuery> naive_query(const std::string& text) {
  std::vector<NaiveQuery> parts;
  size_t at = 0;
  while (at < text.size()) {
    const std::string part = text.substr(at, text.find('&', at) - at);
    const size_t equals = std::min(part.find('='), part.size());
    parts.push_back({lowered(part.substr(0, equals)), equals < part.size() ? part.substr(equals + 1) : ""});
    at += part.size() + 1;
  }
  return parts;
}

struct NaiveFit {
  Rank rank;
  std::string parameters;
};

inline std::optional<NaiveFit> naive_fit(const std::string& url_template, const std::string& path, const std::string& query) {
  const size_t question = std::min(url_template.find('?'), url_template.size());
  const Texts patterns = naive_segments(url_template.substr(0, question));
  const Texts segments = naive_segments(path);
  NaiveFit fit;
  size_t i = 0;
  for (; i < patterns.size(); ++i) {
    if (patterns[i] == "*" || patterns[i].substr(0, 2) == "{*") break;
    Texts values;
    if (i >= segments.size() || !naive_text(patterns[i], segments[i], values)) return std::nullopt;
    const Texts names = naive_names(patterns[i]);
    for (size_t n = 0; n < names.size(); ++n) fit.parameters += " " + names[n] + "=" + values[n];
    const Rank rank = naive_segment_rank(patterns[i]);
    fit.rank.insert(fit.rank.end(), rank.begin(), rank.end());
  }
  if (i == patterns.size() && i < segments.size()) return std::nullopt;
  fit.rank.push_back(i == patterns.size() ? 3 : 4);
  if (i < patterns.size() && patterns[i] != "*") {
    size_t at = 0;
    for (size_t n = 0; n <= i && at < path.size(); ++n) at = std::min(path.find('/', at), path.size() - 1) + 1;
    const bool is_there = i < segments.size();
    fit.parameters += " " + patterns[i].substr(2, patterns[i].size() - 3) + "=" + (is_there ? path.substr(at) : "");
  }
  const std::vector<NaiveQuery> given = naive_query(query);
  int count = 0, fixed = 0;
  for (const NaiveQuery& wanted : naive_query(url_template.substr(std::min(question + 1, url_template.size())))) {
    const auto found = std::find_if(given.begin(), given.end(), [&](const NaiveQuery& q) { return q.name == wanted.name; });
    const bool is_free = wanted.value.substr(0, 1) == "{";
    if (found == given.end() || (!is_free && found->value != wanted.value)) return std::nullopt;
    if (is_free) fit.parameters += " ?" + naive_names(wanted.value)[0] + "=" + found->value;
    ++count;
    fixed += is_free ? 0 : 1;
  }
  fit.rank.push_back(-count);
  fit.rank.push_back(-fixed);
  return fit;
}

// Path and revision of an API; the operation path is what remains. Longest path first.
struct NaiveApi {
  const RouteApi* api = nullptr;
  std::string rest;
  bool is_other_revision = false;
};
inline NaiveApi naive_api(const std::vector<RouteApi>& apis, const std::string& path) {
  NaiveApi best;
  int best_size = -1;
  for (const RouteApi& api : apis) {
    const std::string prefix = api.path.empty() ? "" : "/" + api.path;
    if (lowered(path.substr(0, prefix.size())) != lowered(prefix)) continue;
    std::string rest = path.substr(prefix.size());
    std::string revision;
    const std::string marked = api.path.empty() ? "/;rev=" : ";rev=";
    if (rest.substr(0, marked.size()) == marked) {
      const size_t end = std::min(rest.find('/', marked.size()), rest.size());
      revision = rest.substr(marked.size(), end - marked.size());
      if (revision.empty() || revision.find_first_not_of("0123456789") != std::string::npos)
        revision.clear();
      else
        rest = rest.substr(end);
    }
    if (!rest.empty() && rest[0] != '/') continue;
    const int size = static_cast<int>(prefix.size());
    const bool fits = revision.empty() ? api.is_current : revision == api.revision;
    if (size < best_size || (size == best_size && !fits)) continue;
    best = {&api, rest.empty() ? "/" : rest, !fits};
    best_size = size;
  }
  return best;
}

inline std::string naive_match(const std::vector<RouteApi>& apis, const std::string& method, const std::string& path,
                               const std::string& query) {
  const NaiveApi found = naive_api(apis, path);
  if (!found.api) return "-no_api";
  if (found.is_other_revision) return "-revision";
  std::optional<NaiveFit> best;
  const RouteOperation* best_operation = nullptr;
  bool has_other_method = false;
  for (const RouteOperation& operation : found.api->operations) {
    const auto fit = naive_fit(operation.url_template, found.rest, query);
    has_other_method |= fit.has_value();
    if (!fit || operation.method != method || (best && best->rank <= fit->rank)) continue;
    best = fit;
    best_operation = &operation;
  }
  if (!best) return has_other_method ? "-method" : "-operation";
  return found.api->name + " " + best_operation->name + best->parameters;
}

}  // namespace gatelet::test
