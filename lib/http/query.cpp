// Query: parameters read and written one by one, so that untouched ones keep their bytes.
#include <algorithm>
#include <memory>

#include "http/url.hpp"

namespace gatelet {
namespace {

QueryParameter next_parameter(std::string_view& rest) {
  const std::string_view text = rest.substr(0, rest.find('&'));
  rest.remove_prefix(std::min(text.size() + 1, rest.size()));
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, equals), text.substr(equals + 1), true};
}

// Where the name at the start of a parameter ends when it is `name`, else npos. Decodes while comparing: no copy, and most differ at once.
size_t match_name(std::string_view parameter, std::string_view name) {
  constexpr size_t npos = std::string_view::npos;
  size_t at = 0;
  for (char wanted : name) {
    if (at == parameter.size()) return npos;
    char c = parameter[at];
    if (c == wanted && c > '=') {  // a letter, most likely; '%', '+' and '=' sort below
      ++at;
      continue;
    }
    if (c == '=') return npos;
    const int byte = escaped_byte(parameter, at);
    if (byte >= 0) {
      c = static_cast<char>(byte);
      at += 2;
    } else if (c == '+') {
      c = ' ';
    }
    if (to_lower(c) != to_lower(wanted)) return npos;
    ++at;
  }
  return at == parameter.size() || parameter[at] == '=' ? at : npos;
}

std::string_view query_encoded(std::string_view text, Arena& arena) {
  char* bytes = static_cast<char*>(arena.allocate(text.size() * 3, 1));
  return {bytes, static_cast<size_t>(query_encode(text, bytes) - bytes)};
}

}  // namespace

Query::Query(std::string_view text, Arena& arena) : arena_(&arena) {
  if (text.empty()) return;
  const size_t count = 1 + static_cast<size_t>(std::count(text.begin(), text.end(), '&'));
  capacity_ = count + 4;
  parameters_ = static_cast<QueryParameter*>(arena.allocate(capacity_ * sizeof(QueryParameter), alignof(QueryParameter)));
  while (count_ < count) new (&parameters_[count_++]) QueryParameter(next_parameter(text));
}

const QueryParameter* Query::find(std::string_view name) const {
  for (const QueryParameter& parameter : parameters())
    if (match_name(parameter.name, name) != std::string_view::npos) return &parameter;
  return nullptr;
}

size_t Query::remove(std::string_view name) {
  const auto named = [&](const QueryParameter& parameter) { return match_name(parameter.name, name) != std::string_view::npos; };
  const size_t kept = static_cast<size_t>(std::remove_if(parameters_, parameters_ + count_, named) - parameters_);
  return std::exchange(count_, kept) - kept;
}

void Query::insert(size_t at, QueryParameter parameter) {
  if (count_ == capacity_) {
    const size_t capacity = capacity_ * 2 + 4;
    auto* grown = static_cast<QueryParameter*>(arena_->allocate(capacity * sizeof(QueryParameter), alignof(QueryParameter)));
    std::uninitialized_copy_n(parameters_, count_, grown);
    parameters_ = grown;
    capacity_ = capacity;
  }
  std::copy_backward(parameters_ + at, parameters_ + count_, parameters_ + count_ + 1);
  parameters_[at] = parameter;
  ++count_;
}

void Query::append(std::string_view name, std::string_view value) {
  insert(count_, {query_encoded(name, *arena_), query_encoded(value, *arena_), true});
}

void Query::set(std::string_view name, std::span<const std::string_view> values) {
  const QueryParameter* first = find(name);
  size_t at = first ? static_cast<size_t>(first - parameters_) : count_;
  remove(name);
  const std::string_view encoded = query_encoded(name, *arena_);
  for (std::string_view value : values) insert(at++, {encoded, query_encoded(value, *arena_), true});
}

std::string_view Query::text() const {
  size_t size = 0;
  for (const QueryParameter& parameter : parameters()) size += parameter.name.size() + parameter.value.size() + 2;
  if (size == 0) return {};
  char* const bytes = static_cast<char*>(arena_->allocate(size, 1));
  char* out = bytes;
  for (const QueryParameter& parameter : parameters()) {
    if (&parameter != parameters_) *out++ = '&';
    out = std::copy(parameter.name.begin(), parameter.name.end(), out);
    if (parameter.has_value) *out++ = '=';
    out = std::copy(parameter.value.begin(), parameter.value.end(), out);
  }
  return {bytes, static_cast<size_t>(out - bytes)};
}

bool find_query_value(std::string_view query, std::string_view name, std::string_view& value) {
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const size_t end = match_name(parameter, name);
    if (end == std::string_view::npos) continue;
    value = parameter.substr(std::min(end + 1, parameter.size()));
    return true;
  }
  return false;
}

}  // namespace gatelet
