// What tests look at in a document, as text.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "xml/reader.hpp"

namespace gatelet::test {

inline std::string text_of(SourcePos at) { return std::to_string(at.line) + ":" + std::to_string(at.column); }

// "1:6 2:1": where the problems stand, in their order.
inline std::string places(const XmlDocument& document) {
  std::string text;
  for (const XmlProblem& problem : document.problems) text += (text.empty() ? "" : " ") + text_of(problem.at);
  return text;
}

inline std::string messages(const XmlDocument& document) {
  std::string text;
  for (const XmlProblem& problem : document.problems) text += text_of(problem.at) + " " + problem.message + "\n";
  return text;
}

// a(b c(d)): the elements and what is in them.
inline std::string shape(const XmlNode& node) {
  std::string text = node.name;
  for (const XmlNode& child : node.children) text += (&child == &node.children.front() ? "(" : " ") + shape(child);
  return node.children.empty() ? text : text + ")";
}

inline std::string shape(const XmlDocument& document) { return document.root ? shape(*document.root) : "none"; }

inline void collect_names(const XmlNode& node, std::set<std::string>& names) {
  names.insert(node.name);
  for (const XmlNode& child : node.children) collect_names(child, names);
}

inline void collect_expressions(const XmlNode& node, std::vector<std::string>& expressions) {
  for (const XmlAttribute& attribute : node.attributes)
    if (is_expression(attribute.value)) expressions.push_back(attribute.value);
  if (is_expression(node.text)) expressions.push_back(node.text);
  for (const XmlNode& child : node.children) collect_expressions(child, expressions);
}

// `count` times `text`.
inline std::string repeated(std::string_view text, size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace gatelet::test
