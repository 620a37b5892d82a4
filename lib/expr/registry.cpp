#include "expr/registry.hpp"

#include <deque>
#include <map>
#include <set>

#include "base/text.hpp"
#include "expr/signature.hpp"

namespace gatelet::cs {

struct Registry::Tables {
  std::map<std::string, std::vector<const Type*>, std::less<>> by_name;  // simple name and "`arity"
  std::map<std::string, std::vector<MemberInfo*>, std::less<>> extensions;
  std::vector<const BodyReader*> bodies;
  std::set<std::string, std::less<>> namespaces;
  std::deque<TypeLinks> links;
  std::deque<MemberInfo> members;
  std::vector<std::string> problems;
};

static std::string_view simple_name(std::string_view name) {
  name = name.substr(0, name.find('<'));
  return name.substr(name.rfind('.') + 1);
}

static std::string name_key(std::string_view simple, size_t arity) { return std::string(simple) + "`" + std::to_string(arity); }

static const Type* alias(std::string_view name) {
  static constexpr std::pair<std::string_view, const Type*> aliases[] = {
      {"object", &types::object}, {"bool", &types::boolean},    {"char", &types::character}, {"sbyte", &types::int8},
      {"byte", &types::uint8},    {"short", &types::int16},     {"ushort", &types::uint16},  {"int", &types::int32},
      {"uint", &types::uint32},   {"long", &types::int64},      {"ulong", &types::uint64},   {"float", &types::single},
      {"double", &types::real},   {"decimal", &types::decimal}, {"string", &types::text}};
  for (const auto& [text, type] : aliases)
    if (text == name) return type;
  return nullptr;
}

// Links all families once. While it works, link_bases() reaches it.
class RegistryBuilder {
 public:
  RegistryBuilder(Registry& registry, Registry::Tables& tables) : registry_(registry), tables_(tables) {}
  void build();
  void link(const Type& definition);

 private:
  void add_type(const Type& type, const TypeOps* ops);
  void add_members(const TypeRows& rows);
  void add_member(const Type& owner, const Member& row);
  void link_delegate(const Type& type, TypeLinks& links);
  void problem(std::string_view text) { tables_.problems.emplace_back(text); }
  static const Type* default_base(const Type& type);

  Registry& registry_;
  Registry::Tables& tables_;
  std::map<const Type*, const TypeOps*> own_ops_;
  std::set<const Type*> linked_;
};

static RegistryBuilder* builder = nullptr;

void link_bases(const Type& definition) {
  if (builder) builder->link(definition);
}

static constexpr const Type* shared_types[] = {
#define GATELET_TYPE(id) &types::id,
#include "expr/shared_types.inc"
#undef GATELET_TYPE
};

void RegistryBuilder::add_type(const Type& type, const TypeOps* ops) {
  if (ops) own_ops_[&type] = ops;
  if (type.links) return;
  TypeLinks& links = tables_.links.emplace_back();
  type.links = &links;
  const size_t arity = parameters_of_name(type.name, &links.variance).size();
  for (size_t i = 0; i < arity; ++i) links.arguments.push_back(&type_parameter(false, i));
  tables_.by_name[name_key(simple_name(type.name), arity)].push_back(&type);
  std::string_view prefix = type.name.substr(0, type.name.find('<'));
  for (size_t dot = prefix.rfind('.'); dot != std::string_view::npos; dot = prefix.rfind('.')) {
    prefix = prefix.substr(0, dot);
    tables_.namespaces.emplace(prefix);
  }
}

const Type* RegistryBuilder::default_base(const Type& type) {
  if (&type == &types::object || type.kind == TypeKind::interface || type.kind == TypeKind::void_) return nullptr;
  if (type.kind == TypeKind::structure) return &types::value_type;
  if (type.kind == TypeKind::enumeration) return &types::enumeration;
  if (type.kind == TypeKind::delegate) return &types::delegate;
  return &types::object;
}

static void inherit(TypeOps& ops, const TypeOps& base) {
  if (!ops.to_string) ops.to_string = base.to_string;
  if (!ops.format) ops.format = base.format;
  if (!ops.equals) ops.equals = base.equals;
  if (!ops.hash) ops.hash = base.hash;
  if (!ops.compare) ops.compare = base.compare;
  if (!ops.iterate) ops.iterate = base.iterate;
  if (!ops.list) ops.list = base.list;
  if (!ops.dictionary) ops.dictionary = base.dictionary;
}

void RegistryBuilder::link_delegate(const Type& type, TypeLinks& links) {
  SignatureReader reader(registry_, type.bases, {parameters_of_name(type.name), {}});
  links.delegate_result = reader.read_type();
  if (!links.delegate_result || !reader.accept("(")) return problem(reader.problem());
  if (reader.accept(")")) return;
  do {
    const Type* argument = reader.read_type();
    if (!argument) return problem(reader.problem());
    links.delegate_arguments.push_back(argument);
  } while (reader.accept(","));
}

void RegistryBuilder::link(const Type& type) {
  if (!type.links || type.links->definition || !linked_.insert(&type).second) return;
  auto& links = const_cast<TypeLinks&>(*type.links);
  links.base = default_base(type);
  if (type.kind == TypeKind::delegate) {
    link_delegate(type, links);
  } else if (!type.bases.empty()) {
    SignatureReader reader(registry_, type.bases, {parameters_of_name(type.name), {}});
    do {
      const Type* base = reader.read_type();
      if (!base) return problem(reader.problem());
      if (base->kind == TypeKind::interface)
        links.interfaces.push_back(base);
      else
        links.base = base;
    } while (reader.accept(","));
  }
  if (const auto own = own_ops_.find(&type); own != own_ops_.end()) links.ops = *own->second;
  if (!links.base) return;
  link(*links.base->definition());
  inherit(links.ops, links.base->links->ops);
}

void RegistryBuilder::add_member(const Type& owner, const Member& row) {
  MemberInfo info;
  info.row = &row;
  info.owner = &owner;
  SignatureReader reader(registry_, row.signature, {parameters_of_name(owner.name), {}});
  if (!reader.read_member(info) || !reader.at_end())
    return problem(csharp_name(owner) + ": " + (reader.problem().empty() ? "'" + std::string(row.signature) + "'" : reader.problem()));
  MemberInfo& kept = tables_.members.emplace_back(std::move(info));
  const_cast<TypeLinks*>(owner.links)->members.push_back(&kept);
  if (kept.is_extension) tables_.extensions[std::string(kept.name)].push_back(&kept);
}

void RegistryBuilder::add_members(const TypeRows& rows) {
  for (const Member& row : rows.members) add_member(rows.type, row);
}

void RegistryBuilder::build() {
  builder = this;
  for (const Type* type : shared_types) add_type(*type, nullptr);
  for (const Type* type : {&types::boolean, &types::character, &types::int8, &types::uint8, &types::int16, &types::uint16, &types::int32,
                           &types::uint32, &types::int64, &types::uint64, &types::single, &types::real})
    own_ops_[type] = &basic_operations(*type);
  own_ops_[&types::object] = &object_operations();
  own_ops_[&types::array] = &array_operations();
  own_ops_[&types::text] = &string_operations();
  for (const Family* family : all_families())
    for (const TypeRows& rows : family->types) add_type(rows.type, rows.ops);
  for (const auto& [name, named] : tables_.by_name)
    for (const Type* type : named) link(*type);
  for (const Family* family : all_families()) {
    for (const TypeRows& rows : family->types) add_members(rows);
    for (const BodyReader& body : family->bodies) tables_.bodies.push_back(&body);
  }
  builder = nullptr;
}

Registry::Registry() : tables_(std::make_unique<Tables>()) { RegistryBuilder(*this, *tables_).build(); }
Registry::~Registry() = default;

const Registry& registry() {
  static const Registry* shared = new Registry;  // types live as long as the process
  return *shared;
}

const Type* Registry::find_type(std::string_view name, size_t arity) const {
  if (arity == 0)
    if (const Type* basic = alias(name)) return basic;
  const auto found = tables_->by_name.find(name_key(simple_name(name), arity));
  if (found == tables_->by_name.end()) return nullptr;
  for (const Type* type : found->second) {
    const std::string_view full = type->name.substr(0, type->name.find('<'));
    if (full == name || (full.ends_with(name) && full[full.size() - name.size() - 1] == '.')) return type;
  }
  return nullptr;
}

bool Registry::is_namespace(std::string_view name) const { return tables_->namespaces.contains(name); }

std::span<MemberInfo* const> Registry::extensions(std::string_view name) const {
  const auto found = tables_->extensions.find(name);
  return found == tables_->extensions.end() ? std::span<MemberInfo* const>() : found->second;
}

const BodyReader* Registry::body_reader(const Type& type) const {
  for (const BodyReader* body : tables_->bodies)
    if (&body->type == &type) return body;
  return nullptr;
}

std::vector<std::string_view> Registry::type_names() const {
  std::vector<std::string_view> names;
  for (const auto& [key, named] : tables_->by_name)
    if (!named[0]->is_hidden) names.push_back(simple_name(named[0]->name));
  return names;
}

std::vector<std::string_view> Registry::extension_names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, members] : tables_->extensions) names.push_back(name);
  return names;
}

const std::vector<std::string>& Registry::problems() const { return tables_->problems; }

}  // namespace gatelet::cs
