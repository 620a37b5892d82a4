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

// Compares while decoding: no copy, and most names differ at once.
bool is_parameter_named(std::string_view encoded, std::string_view name) {
  if (encoded.size() < name.size()) return false;
  size_t at = 0;
  for (char wanted : name) {
    if (at >= encoded.size()) return false;
    const int byte = escaped_byte(encoded, at);
    const char c = byte >= 0 ? static_cast<char>(byte) : encoded[at] == '+' ? ' ' : encoded[at];
    at += byte >= 0 ? 3 : 1;
    if (to_lower(c) != to_lower(wanted)) return false;
  }
  return at == encoded.size();
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
    if (is_parameter_named(parameter.name, name)) return &parameter;
  return nullptr;
}

size_t Query::remove(std::string_view name) {
  const auto named = [&](const QueryParameter& parameter) { return is_parameter_named(parameter.name, name); };
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
  insert(count_, {arena_->copy(query_encode(name)), arena_->copy(query_encode(value)), true});
}

void Query::set(std::string_view name, std::span<const std::string_view> values) {
  const QueryParameter* first = find(name);
  size_t at = first ? static_cast<size_t>(first - parameters_) : count_;
  remove(name);
  const std::string_view encoded = arena_->copy(query_encode(name));
  for (std::string_view value : values) insert(at++, {encoded, arena_->copy(query_encode(value)), true});
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
    const QueryParameter parameter = next_parameter(query);
    if (!is_parameter_named(parameter.name, name)) continue;
    value = parameter.value;
    return true;
  }
  return false;
}

}  // namespace gatelet
