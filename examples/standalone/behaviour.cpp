#include "behaviour.hpp"

#include <algorithm>
#include <cstdint>

namespace host {

namespace {

constexpr std::string_view plain_names[] = {
    "settings",        "named values",      "api",     "operation",       "product",          "subscription",
    "backend answers", "side call answers", "error",   "client receives", "backend receives", "variables",
    "trace contains",  "authorizations",    "problems"};
constexpr std::string_view names_with_argument[] = {"policy",        "fragment",     "backend", "clock",         "side call receives",
                                                    "gateway waits", "client sends", "schema",  "metric",        "event",
                                                    "certificate",   "diagnostic",   "message", "service schema"};

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n' || text.front() == '\r'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// "[policy api inbound]", "[clock] +5s", "[client receives partly]"; false when the line is not the head of a section.
bool read_head(std::string_view line, BehaviourSection& out) {
  const size_t end = line.find(']');
  if (line.empty() || line[0] != '[' || end == std::string_view::npos) return false;
  std::string_view inside = line.substr(1, end - 1);
  std::string_view behind = trimmed(line.substr(end + 1));
  out.partly = inside.size() > 7 && inside.substr(inside.size() - 7) == " partly";
  if (out.partly) inside.remove_suffix(7);
  if (std::find(std::begin(plain_names), std::end(plain_names), inside) != std::end(plain_names) && behind.empty()) {
    out.name = inside;
    return true;
  }
  for (const std::string_view name : names_with_argument) {
    if (inside == name) return out.name = name, out.argument = behind, true;
    if (starts_with(inside, std::string(name) + " ") && behind.empty())
      return out.name = name, out.argument = trimmed(inside.substr(name.size() + 1)), true;
  }
  return false;
}

}  // namespace

bool read_behaviour(std::string_view text, Behaviour& out, std::string& problem) {
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    BehaviourSection section;
    if (read_head(line, section)) {
      section.line = number;
      out.sections.push_back(std::move(section));
    } else if (!out.sections.empty()) {
      out.sections.back().text.append(line).push_back('\n');
    } else if (!line.empty() && line[0] == '#') {
      out.rule.append(out.rule.empty() ? "" : " ").append(trimmed(line.substr(1)));
    } else if (!trimmed(line).empty()) {
      problem = std::to_string(number) + ": expected a comment or a section such as [client sends]";
      return false;
    }
  }
  for (BehaviourSection& section : out.sections)
    while (!section.text.empty() && section.text.back() == '\n') section.text.pop_back();
  if (out.rule.empty()) problem = "1: the file must begin with a comment that states the rule";
  if (out.sections.empty()) problem = "1: the file has no section";
  return problem.empty();
}

bool read_pairs(const BehaviourSection& section, NamedTexts& out, std::string& problem) {
  size_t line = section.line;
  for (size_t at = 0; at < section.text.size();) {
    const size_t end = std::min(section.text.find('\n', at), section.text.size());
    const std::string_view text = trimmed(std::string_view(section.text).substr(at, end - at));
    at = end + 1;
    ++line;
    if (text.empty()) continue;
    const size_t mark = text.find_first_of("=:");
    if (mark == std::string_view::npos) {
      problem = std::to_string(line) + ": expected name = value";
      return false;
    }
    out.emplace_back(trimmed(text.substr(0, mark)), trimmed(text.substr(mark + 1)));
  }
  return true;
}

BehaviourMessage read_message(std::string_view text) {
  BehaviourMessage message;
  bool first = true;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (first) {
      message.start = trimmed(line);
      first = false;
    } else if (line.empty()) {
      message.body = at <= text.size() ? std::string(text.substr(at)) : std::string();
      message.has_body = !message.body.empty();
      break;
    } else {
      const size_t colon = line.find(':');
      message.headers.emplace_back(line.substr(0, colon), colon == std::string_view::npos ? "" : trimmed(line.substr(colon + 1)));
    }
  }
  return message;
}

}  // namespace host
