// Template: a Liquid text, read once when a configuration loads, immutable and shared; rendered with a budget of steps, memory and bytes.
// DotLiquid's rules; where its releases differ, those of 2.2 and later.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "base/result.hpp"
#include "liquid/filters.hpp"
#include "liquid/value.hpp"

namespace gatelet::liquid {

struct TemplateOptions {
  Naming naming = Naming::csharp;
  // The text is markup of a document: references such as &quot; inside of {{ }} and {% %} are the characters they stand for.
  bool is_markup = false;
};

// `at` counts from 1:1 of the template.
struct TemplateProblem {
  std::string message;
  SourcePos at;
  bool is_warning = false;
};

// What a template sees under a name of its own.
struct Global {
  std::string_view name;
  Value value;
};

class TemplateTree;

class Template {
 public:
  // Null: one of the problems is no warning.
  static std::shared_ptr<const Template> read(std::string_view source, const TemplateOptions& options,
                                              std::vector<TemplateProblem>& problems);
  ~Template();

  // Whether it may look at the variable; one that computes names of variables may look at any.
  bool uses(std::string_view name) const;
  // False: the evaluation has failed; `failed_at` is the place in the template.
  bool render(const Scene& scene, std::span<const Global> globals, size_t bytes_max, std::string& out, SourcePos& failed_at) const;

 private:
  Template();
  std::unique_ptr<TemplateTree> tree_;
};

}  // namespace gatelet::liquid
