#include "expr/type.hpp"

#include <deque>
#include <map>
#include <mutex>

#include "expr/registry.hpp"
#include "expr/signature.hpp"

namespace gatelet::cs {

namespace {

// What a type was made of: for anonymous types the names too.
struct TypeKey {
  TypeKind kind;
  const Type* definition;
  std::vector<const Type*> arguments;
  std::vector<std::string> names;
  auto operator<=>(const TypeKey&) const = default;
};

// Interned types of the process.
struct TypeCache {
  std::mutex mutex;
  std::map<TypeKey, const Type*> by_key;
  std::deque<Type> types;
  std::deque<TypeLinks> links;
  std::deque<TypeKey> anonymous_names;  // owns what field_names view
};

}  // namespace

static TypeCache& cache() {
  static auto* shared = new TypeCache;  // never destroyed: types outlive every static
  return *shared;
}

static const Type* find_interned(const TypeKey& key) {
  const std::lock_guard lock(cache().mutex);
  const auto found = cache().by_key.find(key);
  return found == cache().by_key.end() ? nullptr : found->second;
}

// The first of two threads wins.
static const Type& intern(const TypeKey& key, Type type, TypeLinks links) {
  const std::lock_guard lock(cache().mutex);
  const auto [place, is_new] = cache().by_key.try_emplace(key, nullptr);
  if (!is_new) return *place->second;
  TypeLinks& kept = cache().links.emplace_back(std::move(links));
  Type& made = cache().types.emplace_back(type);
  if (made.kind == TypeKind::anonymous) {
    const TypeKey& names = cache().anonymous_names.emplace_back(key);
    kept.field_names.assign(names.names.begin(), names.names.end());
  }
  if (!kept.storage.empty()) made.name = kept.storage;
  made.links = &kept;
  place->second = &made;
  return made;
}

static std::vector<const Type*> substitute_all(std::span<const Type* const> from, std::span<const Type* const> arguments) {
  std::vector<const Type*> all;
  for (const Type* type : from) all.push_back(&substitute(*type, arguments, {}));
  return all;
}

static Type with_links_unset(const Type& like, TypeKind kind) {
  Type type = like;
  type.kind = kind;
  type.links = nullptr;
  return type;
}

const Type& array_of(const Type& element) {
  const TypeKey key{TypeKind::array, &types::array, {&element}, {}};
  if (const Type* known = find_interned(key)) return *known;
  TypeLinks links;
  links.definition = &types::array;
  links.arguments = {&element};
  links.base = &types::array;
  links.interfaces = {&close(types::generic_list, element), &close(types::read_only_list, element)};
  link_bases(types::array);
  links.ops = types::array.links->ops;
  links.storage = std::string(element.name) + "[]";
  return intern(key, Type{.name = "[]", .kind = TypeKind::array}, std::move(links));
}

const Type& nullable_of(const Type& element) {
  const TypeKey key{TypeKind::nullable, &types::nullable, {&element}, {}};
  if (const Type* known = find_interned(key)) return *known;
  TypeLinks links;
  links.definition = &types::nullable;
  links.arguments = {&element};
  links.base = &types::value_type;
  return intern(key, with_links_unset(types::nullable, TypeKind::nullable), std::move(links));
}

const Type& close(const Type& definition, std::span<const Type* const> arguments) {
  if (&definition == &types::nullable) return nullable_of(*arguments[0]);
  const TypeKey key{definition.kind, &definition, {arguments.begin(), arguments.end()}, {}};
  if (const Type* known = find_interned(key)) return *known;
  link_bases(definition);
  const TypeLinks& open = *definition.links;
  TypeLinks links;
  links.definition = &definition;
  links.arguments = key.arguments;
  links.base = open.base ? &substitute(*open.base, arguments, {}) : nullptr;
  links.interfaces = substitute_all(open.interfaces, arguments);
  links.delegate_arguments = substitute_all(open.delegate_arguments, arguments);
  links.delegate_result = open.delegate_result ? &substitute(*open.delegate_result, arguments, {}) : nullptr;
  links.ops = open.ops;
  return intern(key, with_links_unset(definition, definition.kind), std::move(links));
}

const Type& close(const Type& definition, const Type& argument) {
  const Type* arguments[] = {&argument};
  return close(definition, arguments);
}

const Type& close(const Type& definition, const Type& first, const Type& second) {
  const Type* arguments[] = {&first, &second};
  return close(definition, arguments);
}

const Type& anonymous_of(std::span<const std::string_view> names, std::span<const Type* const> field_types) {
  const TypeKey key{TypeKind::anonymous, nullptr, {field_types.begin(), field_types.end()}, {names.begin(), names.end()}};
  if (const Type* known = find_interned(key)) return *known;
  TypeLinks links;
  links.arguments = key.arguments;
  links.base = &types::object;
  links.ops = anonymous_operations();
  return intern(key, Type{.name = "<>f__AnonymousType0", .kind = TypeKind::anonymous}, std::move(links));
}

const Type& type_parameter(bool of_method, size_t index) {
  static constexpr std::string_view names[2][8] = {{"T", "T2", "T3", "T4", "T5", "T6", "T7", "T8"},
                                                   {"TSource", "T2", "T3", "T4", "T5", "T6", "T7", "T8"}};
  const TypeKey key{TypeKind::parameter, nullptr, {}, {of_method ? "!!" : "!", std::to_string(index)}};
  if (const Type* known = find_interned(key)) return *known;
  TypeLinks links;
  links.base = &types::object;
  links.parameter_index = static_cast<uint32_t>(index);
  links.is_method_parameter = of_method;
  return intern(key, Type{.name = names[of_method][index % 8], .kind = TypeKind::parameter, .is_hidden = true}, std::move(links));
}

const Type& substitute(const Type& type, std::span<const Type* const> class_arguments, std::span<const Type* const> method_arguments) {
  if (type.kind == TypeKind::parameter) {
    const auto& arguments = type.links->is_method_parameter ? method_arguments : class_arguments;
    const size_t index = type.links->parameter_index;
    return index < arguments.size() && arguments[index] ? *arguments[index] : type;
  }
  if (!type.links || !type.links->definition) return type;
  std::vector<const Type*> replaced;
  bool is_changed = false;
  for (const Type* argument : type.links->arguments) {
    replaced.push_back(&substitute(*argument, class_arguments, method_arguments));
    is_changed |= replaced.back() != argument;
  }
  if (!is_changed) return type;
  if (type.kind == TypeKind::array) return array_of(*replaced[0]);
  return close(*type.links->definition, replaced);
}

static bool is_reference(const Type& type) { return !type.is_value_type() && type.kind != TypeKind::parameter; }

// A<X> to A<Y> where the parameters of A allow it.
static bool is_variant(const Type& from, const Type& to) {
  const Type* definition = from.links->definition;
  if (!definition || definition != to.links->definition) return false;
  for (size_t i = 0; i < from.links->arguments.size(); ++i) {
    const Type &a = *from.links->arguments[i], &b = *to.links->arguments[i];
    if (&a == &b) continue;
    const char variance = i < definition->links->variance.size() ? definition->links->variance[i] : ' ';
    if (!is_reference(a) || !is_reference(b)) return false;
    if (variance == 'o' ? !is_assignable(a, b) : variance == 'i' ? !is_assignable(b, a) : true) return false;
  }
  return true;
}

bool is_assignable(const Type& from, const Type& to) {
  if (&from == &to || &to == &types::object) return true;
  if (from.kind == TypeKind::array && to.kind == TypeKind::array)
    return is_reference(*from.element()) && is_reference(*to.element()) && is_assignable(*from.element(), *to.element());
  if (from.links->definition && from.kind != TypeKind::array && from.kind != TypeKind::nullable && is_variant(from, to)) return true;
  if (from.kind == TypeKind::array && to.kind == TypeKind::interface && to.links->arguments.size() == 1) {
    const Type& wanted = *to.links->arguments[0];
    if (&wanted != from.element() && is_reference(*from.element()) && is_reference(wanted) && is_assignable(*from.element(), wanted))
      return is_assignable(array_of(wanted), to);
  }
  for (const Type* interface : from.links->interfaces)
    if (is_assignable(*interface, to)) return true;
  return from.links->base && is_assignable(*from.links->base, to);
}

const Type* implementation_of(const Type& type, const Type& definition) {
  if (type.links->definition == &definition) return &type;
  for (const Type* interface : type.links->interfaces)
    if (const Type* found = implementation_of(*interface, definition)) return found;
  return type.links->base ? implementation_of(*type.links->base, definition) : nullptr;
}

static std::string_view without_parameters(std::string_view name) { return name.substr(0, name.find('<', 1)); }

static std::string_view alias_of(Basic basic) {
  static constexpr std::string_view aliases[] = {"",    "object", "bool", "char",  "sbyte", "byte",   "short",   "ushort",
                                                 "int", "uint",   "long", "ulong", "float", "double", "decimal", "string"};
  return aliases[static_cast<size_t>(basic)];
}

static std::string arguments_text(const Type& type, std::string (*name_of)(const Type&), std::string_view separator) {
  std::string text;
  for (const Type* argument : type.links->arguments) {
    if (!text.empty()) text += separator;
    text += name_of(*argument);
  }
  return text;
}

std::string csharp_name(const Type& type) {
  if (type.kind == TypeKind::array) return csharp_name(*type.element()) + "[]";
  if (type.kind == TypeKind::nullable) return csharp_name(*type.element()) + "?";
  if (type.kind == TypeKind::anonymous) return "<anonymous type: " + anonymous_text(type) + ">";
  if (type.kind == TypeKind::void_) return "void";
  if (type.basic != Basic::none) return std::string(alias_of(type.basic));
  std::string name(without_parameters(type.name));
  name = name.substr(name.rfind('.') + 1);
  return type.links && !type.links->arguments.empty() ? name + "<" + arguments_text(type, csharp_name, ", ") + ">" : name;
}

std::string anonymous_text(const Type& type) {
  std::string text;
  for (size_t i = 0; i < type.links->arguments.size(); ++i)
    text += (i ? ", " : "") + csharp_name(*type.links->arguments[i]) + " " + std::string(type.links->field_names[i]);
  return text;
}

static std::string arity_suffix(const Type& type) {
  const size_t arity = type.links ? type.links->arguments.size() : 0;
  return arity == 0 || type.kind == TypeKind::anonymous ? std::string() : "`" + std::to_string(arity);
}

std::string full_name(const Type& type) {
  if (type.kind == TypeKind::array) return full_name(*type.element()) + "[]";
  std::string name = std::string(without_parameters(type.name)) + arity_suffix(type);
  return type.links && type.links->definition ? name + "[" + arguments_text(type, full_name, ",") + "]" : name;
}

std::string short_name(const Type& type) {
  if (type.kind == TypeKind::array) return short_name(*type.element()) + "[]";
  std::string name(without_parameters(type.name));
  return name.substr(name.rfind('.') + 1) + arity_suffix(type);
}

}  // namespace gatelet::cs
