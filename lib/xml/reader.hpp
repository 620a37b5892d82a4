// Reader of policy documents: raw ("rawxml", C# embedded unescaped) and well-formed ("xml") ones give the same tree. Elements keep their
// places; expressions keep their source. What the elements mean is the policy room's business.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "xml/entities.hpp"
#include "xml/expression_scan.hpp"
#include "xml/line_index.hpp"

namespace gatelet {

struct XmlAttribute {
  std::string name;
  std::string value;   // decoded text; when it is an expression, its C# source with "@(" … ")" and nothing around it
  SourcePos at;        // of the name
  SourcePos value_at;  // of the first character after the quote; of the '@' when the value is an expression
};

struct XmlNode {
  std::string name;
  SourcePos at;  // of '<'
  std::vector<XmlAttribute> attributes;
  std::vector<XmlNode> children;  // the elements in it, in order
  std::string text;               // its own character data: decoded, CDATA as it stands, comments dropped; an expression as in XmlAttribute
  SourcePos text_at;              // of the first character of the text that is not white space; behind the start tag if there is none
  bool has_comment_in_text = false;  // a comment stands beside text that is not blank
  std::string_view inner;            // all between start and end tag exactly as in the source, which this node and its copies keep alive
  std::shared_ptr<const std::string> source;

  const XmlAttribute* attribute(std::string_view name) const;  // names are case-sensitive; nullptr when absent
};

struct XmlProblem {
  std::string message;  // what is wrong and what to do about it
  SourcePos at;
};

// A document with problems may still have a root: what could be read, for further checks. Without a root there is at least one problem.
struct XmlDocument {
  std::optional<XmlNode> root;
  std::vector<XmlProblem> problems;  // at most xml_problems_max
};

// In `any` form each expression is judged by itself: references outside its string literals show that it is escaped. A document that is
// known to be in the `xml` format is `escaped`: references are decoded inside string literals too. Raw expressions are read in both.
enum class XmlForm { any, escaped };

// Never fails silently and reads on after a problem where that makes sense. Lines and columns count from 1, columns in bytes; "\r\n" is one
// line end; a byte order mark is not counted. The caller checks the root's name.
XmlDocument read_policy_xml(std::string_view text, size_t bytes_max = policy_document_bytes_max, XmlForm form = XmlForm::any);

}  // namespace gatelet
