// Filters: DotLiquid's, one row each. Names are those of C#; API Management knows the ones that are marked.
#pragma once

#include <span>
#include <string_view>

#include "liquid/value.hpp"

namespace gatelet::liquid {

// How names of filters are written: UrlEncode, or url_encode as other hosts of DotLiquid have it.
enum class Naming : uint8_t { csharp, ruby };

// One use of a filter. What fails the evaluation returns anything.
struct FilterCall {
  const Scene& scene;
  cs::Evaluation& run;
  Value input;
  std::span<const Value> arguments;

  bool has(size_t i) const { return i < arguments.size(); }
  Value argument(size_t i) const { return has(i) ? arguments[i] : Value{}; }
  const cs::String& text(size_t i) const { return text_of(scene, argument(i)); }
  const cs::String& input_text() const { return text_of(scene, input); }
  // False: failed.
  bool integer(size_t i, int64_t fallback, int64_t& out) const;
  Value fail(std::string_view message) const { return run.fail(cs::types::argument_exception, message), Value{}; }
};

struct Filter {
  std::string_view name;
  uint8_t arguments_min;
  uint8_t arguments_max;
  Value (*apply)(FilterCall& call);
  bool is_in_api_management = true;
};

std::span<const Filter> text_filters();
std::span<const Filter> number_filters();
std::span<const Filter> list_filters();

const Filter* find_filter(std::string_view name, Naming naming);
// The one that was probably meant; null: none is near.
const Filter* nearest_filter(std::string_view name);
std::string ruby_name(std::string_view name);

}  // namespace gatelet::liquid
