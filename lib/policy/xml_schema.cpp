#include "policy/xml_schema.hpp"

#include <libxml/parser.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlschemas.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet {
namespace xsd {

constexpr std::string_view schema_namespace = "http://www.w3.org/2001/XMLSchema";
constexpr std::string_view envelope_namespaces[] = {"http://schemas.xmlsoap.org/soap/envelope/",  // SOAP 1.1
                                                    "http://www.w3.org/2003/05/soap-envelope"};   // SOAP 1.2
// Places of schemas in libxml2's eyes. Only texts that were given are found there, and a place of any other kind is never given to it.
constexpr std::string_view place_scheme = "gatelet-schema:";
constexpr std::string_view place_start = "/schemas/";

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using Document = std::unique_ptr<xmlDoc, Destroy<xmlFreeDoc>>;
using ParserContext = std::unique_ptr<xmlParserCtxt, Destroy<xmlFreeParserCtxt>>;
using Schema = std::unique_ptr<::xmlSchema, Destroy<xmlSchemaFree>>;
using SchemaParser = std::unique_ptr<xmlSchemaParserCtxt, Destroy<xmlSchemaFreeParserCtxt>>;
using Validation = std::unique_ptr<xmlSchemaValidCtxt, Destroy<xmlSchemaFreeValidCtxt>>;

// Its type lost a const on the way to 2.12.
#if LIBXML_VERSION >= 21200
using LibraryError = const xmlError*;
#else
using LibraryError = xmlError*;
#endif

std::string_view view(const xmlChar* text) { return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view(); }
const xmlChar* chars(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

bool is_named(const xmlNode& node, std::string_view space, std::string_view name) {
  return node.type == XML_ELEMENT_NODE && view(node.name) == name && node.ns && view(node.ns->href) == space;
}

SourcePos place_of(LibraryError error) {
  return {static_cast<uint32_t>(std::max(error->line, 0)), static_cast<uint32_t>(std::max(error->int2, 0))};
}

// A sentence in one line.
std::string message_of(LibraryError error) {
  std::string text = error->message ? std::string(trim(error->message)) : "It is not valid.";
  std::ranges::replace(text, '\n', ' ');
  return text;
}

void add_problem(void* problems, LibraryError error) {
  auto& list = *static_cast<std::vector<SchemaProblem>*>(problems);
  if (error && list.size() < schema_problems_max) list.push_back({message_of(error), place_of(error)});
}

Error wrong(std::string message, SourcePos at = {}) { return {Code::config, std::move(message), at, {}}; }

// What a parser keeps as its _private; the first problem counts, what follows it only follows from it.
struct ReadTrouble {
  std::vector<SchemaProblem> problems;
  bool has_document_type = false;
};

ReadTrouble& trouble_of(void* parser) { return *static_cast<ReadTrouble*>(static_cast<xmlParserCtxt*>(parser)->_private); }

void note_trouble(void* parser, LibraryError error) {
  if (error && error->level >= XML_ERR_ERROR) add_problem(&trouble_of(parser).problems, error);
}

// With a document type, which could name files and define entities, reading ends before anything of it is looked at.
void refuse_document_type(void* parser, const xmlChar*, const xmlChar*, const xmlChar*) {
  trouble_of(parser).has_document_type = true;
  xmlStopParser(static_cast<xmlParserCtxt*>(parser));
}

Result<Document> read_document(std::string_view text, const char* place = nullptr) {
  if (text.size() > api_schema_bytes_max)
    return Error{Code::limit, "the document is larger than " + std::to_string(api_schema_bytes_max) + " bytes", {}, {}};
  const ParserContext parser(xmlNewParserCtxt());
  if (!parser) throw std::bad_alloc();
  ReadTrouble trouble;
  parser->_private = &trouble;
  parser->sax->serror = note_trouble;
  parser->sax->internalSubset = refuse_document_type;
  Document document(
      xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), place, "UTF-8", XML_PARSE_NONET | XML_PARSE_BIG_LINES));
  if (trouble.has_document_type) return wrong("a document type is not allowed");
  if (!trouble.problems.empty()) return wrong(trouble.problems.front().message, trouble.problems.front().at);
  return document && xmlDocGetRootElement(document.get()) ? Result<Document>(std::move(document)) : wrong("it is no XML");
}

bool leads_elsewhere(const xmlNode& node) {
  return is_named(node, schema_namespace, "include") || is_named(node, schema_namespace, "import") ||
         is_named(node, schema_namespace, "redefine");
}

// The documents that a schema consists of, and their texts as libxml2 sees them.
class Sources {
 public:
  explicit Sources(const XmlSchema::FindText& find) : find_(find) {}

  // A schema as a document that names others only by places in here.
  Result<Document> read(std::string_view id, std::string_view text) {
    const std::string place = place_of_schema(id);
    texts_.try_emplace(place);  // where others lead back to it, there is nothing more to read
    GATELET_TRY(document, read_document(text, place.c_str()));
    xmlNode* const root = xmlDocGetRootElement(document.get());
    if (!is_named(*root, schema_namespace, "schema")) return wrong("its root is not 'schema' of " + std::string(schema_namespace));
    for (xmlNode* node = root->children; node; node = node->next) {
      if (!leads_elsewhere(*node)) continue;
      if (auto led = lead(*node); !led) return std::move(led.error());
    }
    return document;
  }
  const std::string* find(std::string_view place) const {
    const auto found = texts_.find(place);
    return found == texts_.end() ? nullptr : &found->second;
  }

 private:
  static std::string place_of_schema(std::string_view id) { return std::string(place_scheme) + std::string(place_start) + lower(id); }

  Result<> lead(xmlNode& node) {
    const std::unique_ptr<xmlChar, void (*)(void*)> given(xmlGetNoNsProp(&node, chars("schemaLocation")), xmlFree);
    if (!given) return Done{};
    const std::string_view location = trim(view(given.get()));
    const SourcePos at{static_cast<uint32_t>(xmlGetLineNo(&node)), 0};
    if (!location.starts_with(place_start))
      return wrong("the schemaLocation '" + std::string(location) + "' is not '/schemas/' and the id of a schema of the service", at);
    const std::string_view id = location.substr(place_start.size());
    const std::string place = place_of_schema(id);
    xmlSetProp(&node, chars("schemaLocation"), chars(place.c_str()));
    if (texts_.contains(place)) return Done{};
    if (texts_.size() == xml_schema_includes_max)
      return wrong("it leads to more than " + std::to_string(xml_schema_includes_max) + " other schemas", at);
    const auto text = find_(lower(id));
    if (!text) return wrong("there is no schema '" + std::string(id) + "'", at);
    GATELET_TRY(document, read(id, *text));
    xmlChar* bytes = nullptr;
    int size = 0;
    xmlDocDumpMemoryEnc(document.get(), &bytes, &size, "UTF-8");
    if (!bytes) throw std::bad_alloc();
    texts_[place].assign(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    xmlFree(bytes);
    return Done{};
  }

  const XmlSchema::FindText& find_;
  std::map<std::string, std::string, std::less<>> texts_;  // by place
};

// libxml2 asks for places by functions of the whole process, which know no other argument than the place.
thread_local const Sources* compiling = nullptr;

struct Reading {
  const std::string& text;
  size_t at = 0;
};

int is_own_place(const char* place) { return std::string_view(place).starts_with(place_scheme); }
void* open_place(const char* place) {
  const std::string* text = compiling ? compiling->find(place) : nullptr;
  return text ? new (std::nothrow) Reading{*text} : nullptr;
}
int read_place(void* context, char* out, int size) {
  auto& reading = *static_cast<Reading*>(context);
  const size_t part = std::min(static_cast<size_t>(size), reading.text.size() - reading.at);
  std::memcpy(out, reading.text.data() + reading.at, part);
  reading.at += part;
  return static_cast<int>(part);
}
int close_place(void* context) {
  delete static_cast<Reading*>(context);
  return 0;
}

// After its own, which are asked last.
void begin_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    xmlInitParser();
    xmlRegisterInputCallbacks(is_own_place, open_place, read_place, close_place);
  });
}

// The root of an envelope → its body; null: it is none, or has none.
xmlNode* body_of(const xmlNode& root, std::string_view& space) {
  const auto* const found =
      std::ranges::find_if(envelope_namespaces, [&](std::string_view one) { return is_named(root, one, "Envelope"); });
  if (found == std::end(envelope_namespaces)) return nullptr;
  space = *found;
  xmlNode* node = root.children;
  while (node && !is_named(*node, space, "Body")) node = node->next;
  return node;
}

}  // namespace xsd

struct XmlSchema::Compiled {
  xsd::Document document;  // which the schema points into
  xsd::Schema schema;
};

XmlSchema::XmlSchema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
XmlSchema::~XmlSchema() = default;

bool XmlSchema::is_supported() { return true; }

Result<std::shared_ptr<const XmlSchema>> XmlSchema::compile(std::string_view id, std::string_view text, const FindText& find) {
  xsd::begin_library();
  xsd::Sources sources(find);
  GATELET_TRY(document, sources.read(id, text));
  const xsd::SchemaParser parser(xmlSchemaNewDocParserCtxt(document.get()));
  if (!parser) throw std::bad_alloc();
  std::vector<SchemaProblem> problems;
  xmlSchemaSetParserStructuredErrors(parser.get(), xsd::add_problem, &problems);
  const xsd::Sources* const outer = std::exchange(xsd::compiling, &sources);
  xsd::Schema schema(xmlSchemaParse(parser.get()));
  xsd::compiling = outer;
  if (!schema) return problems.empty() ? xsd::wrong("it cannot be compiled") : xsd::wrong(problems.front().message, problems.front().at);
  auto compiled = std::make_unique<Compiled>(Compiled{std::move(document), std::move(schema)});
  return std::shared_ptr<const XmlSchema>(new XmlSchema(std::move(compiled)));
}

SchemaCheck XmlSchema::check(std::string_view text, Form form) const {
  SchemaCheck out;
  const auto differ = [&out](SchemaProblem problem) {
    out.outcome = SchemaCheck::Outcome::differs;
    out.problems.push_back(std::move(problem));
    return out;
  };
  const auto document = xsd::read_document(text);
  if (!document) return differ({document.error().message + ".", document.error().at});
  const xsd::Validation validation(xmlSchemaNewValidCtxt(compiled_->schema.get()));
  if (!validation) throw std::bad_alloc();
  xmlSchemaSetValidStructuredErrors(validation.get(), xsd::add_problem, &out.problems);
  const auto note = [&out](int result) {
    if (result < 0)
      out.outcome = SchemaCheck::Outcome::impossible;
    else if (result > 0 && out.outcome == SchemaCheck::Outcome::conforms)
      out.outcome = SchemaCheck::Outcome::differs;
  };
  if (form == Form::document) {
    note(xmlSchemaValidateDoc(validation.get(), document->get()));
  } else {
    std::string_view space;
    const xmlNode* const body = xsd::body_of(*xmlDocGetRootElement(document->get()), space);
    if (!body) return differ({"It is no SOAP envelope with a body.", {1, 1}});
    for (xmlNode* node = body->children; node; node = node->next)
      if (node->type == XML_ELEMENT_NODE && !xsd::is_named(*node, space, "Fault"))
        note(xmlSchemaValidateOneElement(validation.get(), node));
  }
  if (out.outcome == SchemaCheck::Outcome::impossible && out.problems.empty()) out.problems.push_back({"libxml2 failed.", {}});
  return out;
}

}  // namespace gatelet
