// Behaviour: one behaviour file, read into its sections and run over the exchange surface with an injected clock (test/policies/README.md).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace host {

struct BehaviourSection {
  std::string name;      // "client sends", "policy", "fragment", …
  std::string argument;  // "api inbound", "+5s", a URL
  bool partly = false;
  size_t line = 0;   // of the bracket
  std::string text;  // without the newline that ends it
};

struct Behaviour {
  std::string rule;  // the comment at the top
  std::vector<BehaviourSection> sections;
};

// The message names line and remedy.
bool read_behaviour(std::string_view text, Behaviour& out, std::string& problem);

// Failures as lines "LINE: what was expected and what came"; empty: the file holds.
std::vector<std::string> run_behaviour(const Behaviour& behaviour);

// `name = value` or `name: value` lines of a section, in order. False: the message names the line.
using NamedTexts = std::vector<std::pair<std::string, std::string>>;
bool read_pairs(const BehaviourSection& section, NamedTexts& out, std::string& problem);

// A message of a section: start line, headers, body.
struct BehaviourMessage {
  std::string start;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool has_body = false;
};
BehaviourMessage read_message(std::string_view text);

}  // namespace host
