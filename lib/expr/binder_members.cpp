#include "expr/binder.hpp"
#include "expr/scratch.hpp"

namespace gatelet::cs {

static bool is_method(const MemberInfo& member) { return member.kind == MemberKind::method; }

static void collect_own(const Type& type, std::string_view name, std::vector<Candidate>& out) {
  for (const MemberInfo* member : type.definition()->links->members) {
    const bool is_named = is_method(*member) || member->kind == MemberKind::property || member->kind == MemberKind::indexer;
    if (is_named && member->name == name) out.push_back({member, &type});
  }
}

// Nearest first: own, base classes, interfaces, object.
void Binder::collect_members(const Type& type, std::string_view name, std::vector<Candidate>& out) const {
  for (const Type* at = &type; at; at = at->links->base) collect_own(*at, name, out);
  std::vector<const Type*> pending;
  for (const Type* at = &type; at; at = at->links->base)
    pending.insert(pending.end(), at->links->interfaces.begin(), at->links->interfaces.end());
  const bool needs_interfaces = type.kind == TypeKind::interface || type.kind == TypeKind::array || out.empty();
  for (size_t i = 0; needs_interfaces && i < pending.size(); ++i) {
    collect_own(*pending[i], name, out);
    pending.insert(pending.end(), pending[i]->links->interfaces.begin(), pending[i]->links->interfaces.end());
  }
  if (type.kind == TypeKind::interface) collect_own(types::object, name, out);
}

std::vector<Candidate> Binder::find_members(const Type& type, std::string_view name, MemberKind wanted) const {
  std::vector<Candidate> found;
  collect_members(type, name, found);
  std::erase_if(found, [wanted](const Candidate& candidate) { return candidate.info->kind != wanted; });
  return found;
}

// Which bodies must be in memory: any body of the request; one of a response where context.Response is used at all.
void Binder::note_use(const Candidate& found) {
  const std::string_view owner = found.owner->name;
  uses_response_ |= found.info->name == "Response" && owner == "IContext";
  uses_response_body_ |= found.info->name == "Body" && owner == "IResponse";
  body_use_.request_body |= found.info->name == "Body" && owner == "IRequest";
  body_use_.response_body = uses_response_ && uses_response_body_;
}

Bound Binder::read_property(const Candidate& found, Bound target, size_t at) {
  const MemberInfo& info = *found.info;
  if (!info.row->refused.empty()) return fail(at, "'" + std::string(info.name) + "': " + std::string(info.row->refused));
  if (!info.row->get)
    return fail(at, "The property '" + std::string(info.name) + "' cannot be used in this context because it has no getter");
  note_use(found);
  const Type& type = substitute(*info.type, found.owner->arguments(), {});
  if (info.is_constant) {
    Scratch scratch(constants_);
    const CallSite site{&type, {}, nullptr};
    Call call{scratch.run, site, {}, nullptr};
    return constant_of(type, info.row->get(call));
  }
  CallPlan plan;
  plan.native = info.row->get;
  plan.site.result = &type;
  plan.types.assign(found.owner->arguments().begin(), found.owner->arguments().end());
  plan.self = info.is_static ? nullptr : std::move(target.code);
  plan.allows_null_self = found.owner->kind == TypeKind::nullable;
  return value_of(type, call_code(std::move(plan)));
}

Bound Binder::refuse_member(const Type& type, std::string_view name, bool is_static, size_t at) {
  std::vector<std::string_view> known;
  std::vector<const Type*> pending;
  for (const Type* owner = &type; owner; owner = owner->links->base) pending.push_back(owner);
  for (size_t i = 0; i < pending.size(); ++i) {
    for (const MemberInfo* member : pending[i]->definition()->links->members)
      if (!member->is_extension && member->is_static == is_static) known.push_back(member->name);
    for (const Type* interface : pending[i]->links->interfaces) pending.push_back(interface);
  }
  for (const EnumConstant& constant : type.constants) known.push_back(constant.name);
  known.insert(known.end(), type.links->field_names.begin(), type.links->field_names.end());
  if (!is_static)
    for (std::string_view extension : registry_.extension_names()) known.push_back(extension);
  const bool is_object = &type == &types::object;
  return fail(at, "'" + csharp_name(type) + "' does not contain a definition for '" + std::string(name) + "'" + hint(name, known) +
                      (is_object ? "; cast the object to its type first, as in ((string)x)" : ""));
}

static bool is_enumeration_constant(const Type& type, std::string_view name, int64_t& value) {
  for (const EnumConstant& constant : type.constants)
    if (constant.name == name) return value = constant.value, true;
  return false;
}

static std::vector<Candidate> methods_of(const std::vector<Candidate>& all, bool is_static) {
  std::vector<Candidate> methods;
  for (const Candidate& candidate : all)
    if (is_method(*candidate.info) && candidate.info->is_static == is_static) methods.push_back(candidate);
  return methods;
}

Bound Binder::static_member(const Type& type, const Node& node) {
  int64_t constant = 0;
  if (is_enumeration_constant(type, node.text, constant)) return constant_of(type, value_of_bits(type, constant));
  std::vector<Candidate> found;
  collect_members(type, node.text, found);
  for (const Candidate& candidate : found)
    if (candidate.info->kind == MemberKind::property && candidate.info->is_static) return read_property(candidate, {}, node.at);
  Bound bound;
  bound.kind = Bound::Kind::methods;
  bound.name = node.text;
  bound.methods = methods_of(found, true);
  bound.type = &type;
  for (const TypeSyntax& syntax : node.types) {
    bound.type_arguments.push_back(resolve(syntax));
    if (!bound.type_arguments.back()) return {};
  }
  if (!bound.methods.empty()) return bound;
  const std::string nested = std::string(type.name) + "." + std::string(node.text);
  if (const Type* inner = registry_.find_type(nested)) {
    bound.kind = Bound::Kind::type;
    bound.type = inner;
    return bound;
  }
  if (!found.empty())
    return fail(node.at,
                "An object reference is required for the non-static member '" + csharp_name(type) + "." + std::string(node.text) + "'");
  return refuse_member(type, node.text, true, node.at);
}

Bound Binder::bind_member(const Node& node) {
  const bool is_invoked = std::exchange(is_invoked_, false);
  Bound target = bind(*node.a);
  is_invoked_ = is_invoked && target.is_value();
  switch (target.kind) {
    case Bound::Kind::none: return {};
    case Bound::Kind::type: return static_member(*target.type, node);
    case Bound::Kind::value: return member_of(std::move(target), node);
    case Bound::Kind::name_space: {
      const size_t start = node.a->at;
      const std::string name = std::string(target.name) + "." + std::string(node.text);
      TypeSyntax syntax;
      syntax.name = qualified_names_.emplace_back(name);
      syntax.at = static_cast<uint32_t>(start);
      syntax.arguments = node.types;
      Bound bound;
      if (registry_.is_namespace(name) && !find_type(syntax)) {
        bound.kind = Bound::Kind::name_space;
        bound.name = syntax.name;
        return bound;
      }
      bound.kind = Bound::Kind::type;
      bound.type = resolve(syntax);
      return bound.type ? std::move(bound) : Bound{};
    }
    default: return fail(node.at, "Operator '.' cannot be applied to operand of type '" + describe(target) + "'");
  }
}

Bound Binder::member_of(Bound target, const Node& node) {
  const Type& type = *target.type;
  if (type.kind == TypeKind::void_) return fail(node.at, "Operator '.' cannot be applied to operand of type 'void'");
  if (type.kind == TypeKind::array && node.text == "Length") return value_of(types::int32, array_length_code(std::move(target.code)));
  if (type.kind == TypeKind::anonymous)
    for (size_t i = 0; i < type.links->field_names.size(); ++i)
      if (type.links->field_names[i] == node.text) return value_of(*type.links->arguments[i], field_code(std::move(target.code), i));
  const bool is_invoked = std::exchange(is_invoked_, false);
  std::vector<Candidate> found;
  collect_members(type, node.text, found);
  for (const Candidate& candidate : found)
    if (candidate.info->kind == MemberKind::property && !candidate.info->is_static && !is_invoked)
      return read_property(candidate, std::move(target), node.at);
  Bound bound = std::move(target);
  bound.kind = Bound::Kind::methods;
  bound.name = node.text;
  bound.methods = methods_of(found, false);
  for (const MemberInfo* extension : registry_.extensions(node.text)) bound.methods.push_back({extension, extension->owner});
  bound.receiver_type = &type;
  for (const TypeSyntax& syntax : node.types) {
    bound.type_arguments.push_back(resolve(syntax));
    if (!bound.type_arguments.back()) return {};
  }
  if (bound.methods.empty() && type.kind == TypeKind::delegate && node.text == "Invoke") return bound;
  if (bound.methods.empty()) return refuse_member(type, node.text, false, node.at);
  return bound;
}

}  // namespace gatelet::cs
