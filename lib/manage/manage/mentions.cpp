#include "manage/manage/mentions.hpp"

#include <functional>

#include "base/text.hpp"
#include "policy/named_values.hpp"
#include "xml/entities.hpp"

namespace gatelet::manage {

namespace mentioning {

constexpr size_t name_bytes_max = 300;  // the longest names of resources have 256 characters
constexpr std::string_view dividers = "\"'<>\n";

void add_name(std::string_view name, Mentions& out) {
  name = trim(name);
  if (!name.empty() && name.size() <= name_bytes_max) out.names.push_back(mention_hash(name));
}

// Whether the attribute stands anywhere with a value that is not plain text.
bool has_made_value(std::string_view text, std::string_view attribute) {
  for (size_t at = text.find(attribute); at != text.npos; at = text.find(attribute, at + 1)) {
    std::string_view rest = trim(text.substr(at + attribute.size()));
    if (!rest.starts_with('=')) continue;
    rest = trim(rest.substr(1));
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) continue;
    const std::string_view value = rest.substr(1, rest.find(rest[0], 1) - 1);
    if (trim(value).starts_with('@') || may_hold_named_value(value)) return true;
  }
  return false;
}

void add_texts(std::string_view text, Mentions& out) {
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(dividers), text.size());
    const std::string_view part = text.substr(0, end);
    add_name(part, out);
    if (part.find('&') != part.npos && part.size() <= name_bytes_max) add_name(decode_entities(part), out);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace mentioning

using namespace mentioning;

uint64_t mention_hash(std::string_view name) { return std::hash<std::string>{}(lower(name)); }

void add_policy_mentions(std::string_view text, Mentions& out) {
  add_texts(text, out);
  for (size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at + 1)) {
    const NamedValueToken token = named_value_at(text, at);
    if (!token.name.empty()) add_name(token.name, out);
  }
  out.any_backend = out.any_backend || has_made_value(text, "backend-id");
  out.any_fragment = out.any_fragment || has_made_value(text, "fragment-id");
  out.any_certificate = out.any_certificate || has_made_value(text, "certificate-id") || has_made_value(text, "thumbprint") ||
                        text.find("Deployment.Certificates") != text.npos;
}

void add_value_mentions(const Json& value, Mentions& out) {
  const std::string_view text = value.string();
  if (!text.empty()) {
    add_name(text, out);
    add_name(text.substr(text.rfind('/') + 1), out);
    add_policy_mentions(text, out);
  }
  for (const Json& item : value.items()) add_value_mentions(item, out);
  for (const Json::Member& member : value.members()) add_value_mentions(member.value, out);
}

}  // namespace gatelet::manage
