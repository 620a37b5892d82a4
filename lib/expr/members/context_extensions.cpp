// GetValueOrDefault on the dictionaries of context (expressions.md 2.4).
#include "expr/context_objects.hpp"

namespace gatelet::cs {

static constinit const Type extensions_type{.name = "DictionaryExtensions", .is_hidden = true, .is_static = true};

// Null: the source or the key is null, and the evaluation has failed.
static const DictionaryOps* dictionary(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source"), nullptr;
  if (!call.text(1)) return call.run.fail_null("key"), nullptr;
  return call.arguments[0].type->operations().dictionary;
}

static Value joined(Call& call) {
  if (!dictionary(call)) return {};
  return text(joined_values(call.run, call.arguments[0], *call.text(1)));
}

static Value joined_or(Call& call) {
  const Value found = joined(call);
  return found.is_null() && !call.run.failed() ? call.arguments[2] : found;
}

static Value found_or(Call& call, Value fallback) {
  const DictionaryOps* ops = dictionary(call);
  Value found;
  return ops && ops->find(call.run, call.arguments[0], call.arguments[1], found) ? found : fallback;
}

static Value plain(Call& call) { return found_or(call, {}); }

static Value plain_or(Call& call) { return found_or(call, call.arguments[2]); }

// (T)value: unboxing is exact.
static Value cast(Call& call, Value value) {
  const Type& wanted = *call.site.types[0];
  const bool is_nullable = wanted.kind == TypeKind::nullable;
  const Type& type = is_nullable ? *wanted.element() : wanted;
  if (value.is_null()) return wanted.is_value_type() && !is_nullable ? call.run.fail_null_reference() : value;
  if (is_instance(value, type)) return value;
  if (wanted.is_value_type()) return call.run.fail(types::invalid_cast_exception, "Specified cast is not valid.");
  return call.run.fail(types::invalid_cast_exception,
                       "Unable to cast object of type '" + full_name(*value.type) + "' to type '" + full_name(type) + "'.");
}

static Value typed(Call& call, bool has_fallback) {
  const DictionaryOps* ops = dictionary(call);
  Value found;
  if (!ops) return {};
  if (ops->find(call.run, call.arguments[0], call.arguments[1], found)) return cast(call, found);
  return has_fallback ? call.arguments[2] : default_of(call.run, *call.site.types[0]);
}

static constexpr Member extensions[] = {
    {"static string GetValueOrDefault(this IReadOnlyDictionary<string, string[]> source, string name)", joined},
    {"static string GetValueOrDefault(this IReadOnlyDictionary<string, string[]> source, string name, string defaultValue)", joined_or},
    {"static string[] GetValueOrDefault(this IReadOnlyDictionary<string, string[]> source, string name, string[] defaultValue)", plain_or},
    {"static string GetValueOrDefault(this IReadOnlyDictionary<string, string> source, string name)", plain},
    {"static string GetValueOrDefault(this IReadOnlyDictionary<string, string> source, string name, string defaultValue)", plain_or},
    {"static object GetValueOrDefault(this IReadOnlyDictionary<string, object> source, string name)", plain},
    {"static T GetValueOrDefault<T>(this IReadOnlyDictionary<string, object> source, string name)",
     [](Call& call) { return typed(call, false); }},
    {"static T GetValueOrDefault<T>(this IReadOnlyDictionary<string, object> source, string name, T defaultValue)",
     [](Call& call) { return typed(call, true); }},
};

static const TypeRows extension_types[] = {{extensions_type, extensions}};

extern const Family context_extensions_family;
const Family context_extensions_family{extension_types};

}  // namespace gatelet::cs
