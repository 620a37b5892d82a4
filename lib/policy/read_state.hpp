// ReadState: what the reading of one document shares between its elements: what may be looked up, where problems go, and how much was read.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "policy/document.hpp"
#include "xml/reader.hpp"

namespace gatelet {

// Where an element stands.
struct ReadPlace {
  std::string_view file;  // of the document, or of the fragment that is read
  std::string path;       // of the element among policies; empty for a section
  Section section = Section::inbound;
  bool is_section_known = true;  // false: a fragment on its own
  bool in_fragment = false;
  XmlForm form = XmlForm::any;  // of the text that is read
  uint32_t depth = 0;           // of policies in policies
};

// A text of the document with its named values put in.
struct PolicyText {
  std::string text;
  SourcePos at;
  bool is_expression = false;
  bool is_certain = true;    // false: an unknown named value was guessed
  std::string written = {};  // before named values were put in; empty: there were none
};

// optional: what is unknown stays as it is (Liquid); markup: the text is XML and stays so, a value put into it is text of that XML.
enum class NamedValues : uint8_t { required, optional, markup, optional_markup };

// A fragment is parsed once for each document that includes it.
struct ReadFragment {
  const ReadEnvironment::Fragment* source = nullptr;
  XmlDocument document;
  const XmlNode* root() const { return document.root ? &*document.root : nullptr; }
};

class ReadState {
 public:
  ReadState(const DocumentSource& document, const ReadEnvironment& lookup, Diagnostics& out)
      : source(document), environment(lookup), diagnostics_(out) {}

  const DocumentSource& source;
  const ReadEnvironment& environment;
  size_t statement_count = 0;
  std::set<std::string_view> used_once;                        // elements that may not stand a second time
  std::map<std::string, ReadFragment, std::less<>> fragments;  // by id

  void error(DiagnosticCode code, std::string message, const ReadPlace& place, SourcePos at);
  void warning(DiagnosticCode code, std::string message, const ReadPlace& place, SourcePos at);
  // An error, or a warning when a document is checked without its service.
  void unknown_reference(std::string message, const ReadPlace& place, SourcePos at);
  // One warning per configuration and element.
  void skipped(const PolicyType& type, const ReadPlace& place, SourcePos at);
  size_t error_count() const { return error_count_; }
  // The name of a file for origins, which outlive the reading.
  std::shared_ptr<const std::string> kept_name(std::string_view file);

  PolicyText read_text(std::string_view raw, SourcePos at, const ReadPlace& place, NamedValues rule = NamedValues::required);

 private:
  void report(Severity severity, DiagnosticCode code, std::string message, const ReadPlace& place, SourcePos at);

  Diagnostics& diagnostics_;
  std::set<std::string> fragment_problems_;  // a fragment that is included twice has its problems once
  std::set<std::string_view> skipped_;       // elements
  std::map<std::string_view, std::shared_ptr<const std::string>> kept_names_;
  size_t error_count_ = 0;
  size_t bytes_put_in_ = 0;
};

}  // namespace gatelet
