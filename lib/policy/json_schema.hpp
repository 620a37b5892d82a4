// JsonSchemas: the schemas of one JSON document, compiled when a configuration loads; validation of values with them (policies-a.md 6).
// Drafts 4, 6, 7, 2019-09 and 2020-12, and OpenAPI's own words. Any thread may use them.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.hpp"
#include "expr/regex.hpp"

namespace gatelet {

// openapi: OpenAPI's words with those of draft 7, or of the draft that the document names in $schema.
enum class SchemaDialect : uint8_t { draft4, draft6, draft7, draft2019, draft2020, openapi };

struct SchemaProblem {
  std::string message;
  SourcePos at;  // of the value in its text
};

struct SchemaCheck {
  enum class Outcome : uint8_t { conforms, differs, impossible };
  Outcome outcome = Outcome::conforms;
  std::vector<SchemaProblem> problems;  // of `differs`; of `impossible` why it could not be told
};

struct SchemaOverrides {
  std::optional<bool> allows_additional;  // instead of what additionalProperties says
  bool ignores_case = false;              // of the names of members
};

struct SchemaNode;

class JsonSchema {
 public:
  explicit JsonSchema(const SchemaNode& node) : root_(node) {}
  SchemaCheck check(const Json& value, const SchemaOverrides& overrides = {}) const;
  // The type that it wants, the first one; empty: none. References are followed.
  std::string_view type() const;
  std::string_view item_type() const;  // of a list

 private:
  const SchemaNode& root_;
};

class JsonSchemas : public std::enable_shared_from_this<JsonSchemas> {
 public:
  // A document that a reference leads to; null: there is none. It must outlive this.
  using FindDocument = std::function<const Json*(std::string_view uri)>;
  JsonSchemas(Json document, SchemaDialect dialect, FindDocument find_document = {});
  ~JsonSchemas();

  // The schema that a reference such as "#/definitions/order" leads to, "#" the whole document; null: nothing is there. What it holds alive
  // is all of this.
  std::shared_ptr<const JsonSchema> find(std::string_view reference);

 private:
  struct Target {
    const Json* value = nullptr;
    std::string base;  // with its own identifier
  };
  void index(const Json& value, std::string base);
  std::string base_of(const Json& schema, const std::string& base) const;
  bool has_identifier(const Json& schema) const;
  bool is_modern() const { return dialect_ == SchemaDialect::draft2019 || dialect_ == SchemaDialect::draft2020; }
  void compile_reference(SchemaNode& node, const Json& schema, std::string_view word, const std::string& base);
  void compile_dynamic(SchemaNode& node, std::string_view name);
  std::optional<Target> resolve(std::string_view reference, const std::string& base);
  std::optional<Target> follow(Target from, std::string_view pointer) const;
  const SchemaNode& compile(const Json& schema, const std::string& outer_base) {
    return compile_at({&schema, base_of(schema, outer_base)});
  }
  const SchemaNode& compile_at(const Target& target);
  void compile_into(SchemaNode& node, const Json& schema, const std::string& base);
  void compile_numbers(SchemaNode& node, const Json& schema) const;
  void compile_arrays(SchemaNode& node, const Json& schema, const std::string& base);
  void compile_objects(SchemaNode& node, const Json& schema, const std::string& base);
  void compile_parts(SchemaNode& node, const Json& schema, const std::string& base);
  const SchemaNode* compile_member(const Json& schema, std::string_view name, const std::string& base);
  std::shared_ptr<const cs::RegexProgram> compile_pattern(SchemaNode& node, std::string_view pattern) const;

  std::mutex mutex_;  // of what find() adds to; what it gave does not change any more
  Json document_;
  bool is_openapi_;
  SchemaDialect dialect_;
  FindDocument find_document_;
  std::map<std::string, Target, std::less<>> targets_;  // by URI, with an anchor where it is one
  // By name, those of all documents; the name of $recursiveAnchor is empty.
  std::map<std::string, std::vector<Target>, std::less<>> dynamic_anchors_;
  uint32_t depth_ = 0;  // of schemas that are being compiled
  std::deque<SchemaNode> nodes_;
  std::unordered_map<const Json*, SchemaNode*> compiled_;
  std::map<std::string, JsonSchema, std::less<>> found_;
};

}  // namespace gatelet
