// new: objects, arrays, anonymous objects and their initialisers.
#include "base/limits.hpp"
#include "expr/parser.hpp"

namespace gatelet::cs {

Node* Parser::create() {
  const size_t at = token().at;
  ++at_;
  if (is("[")) return create_implicit(at);
  if (is("{")) return anonymous(at);
  if (is("(")) return refuse("Target-typed 'new()' is not part of C# 7; name the type");
  Node* node = make(NodeKind::create, at);
  if (!type(node->types.emplace_back(), false)) return nullptr;
  if (accept("?")) node->types[0].suffixes += '?';
  if (is("[")) return create_array(node);
  if (is("(")) {
    ++at_;
    node->has_arguments = true;
    if (!arguments(")", node->arguments)) return nullptr;
  }
  if (is("{") && !object_initializer(node)) return nullptr;
  if (!node->has_arguments && !node->has_items) return refuse("A new expression requires an argument list or (), [], or {} after type");
  return finish(node);
}

// new T[n], new T[n][], new T[] { … }
Node* Parser::create_array(Node* node) {
  node->kind = NodeKind::create_array;
  if (!expect("[")) return nullptr;
  if (is(",")) return refuse("Arrays of several dimensions are not supported");
  if (!is("]")) node->a = expression();
  if (failed()) return nullptr;
  if (is(",")) return refuse("Arrays of several dimensions are not supported");
  if (!expect("]")) return nullptr;
  while (is("[") && is("]", 1)) {
    at_ += 2;
    node->types[0].suffixes += '[';
  }
  if (is("{") && !array_initializer(node)) return nullptr;
  if (!node->a && !node->has_items) return refuse("Array creation must have array size or array initializer");
  return finish(node);
}

Node* Parser::create_implicit(size_t at) {
  Node* node = make(NodeKind::implicit_array, at);
  ++at_;
  if (!expect("]")) return nullptr;
  if (!is("{")) return refuse("{ expected");
  return array_initializer(node) ? finish(node) : nullptr;
}

bool Parser::array_initializer(Node* node) {
  const Depth depth(*this);
  if (depth.is_too_deep() || !expect("{")) return false;
  node->has_items = true;
  while (!accept("}")) {
    Node* item = nullptr;
    if (is("{")) {
      item = make(NodeKind::initializer_nested, token().at);
      if (!array_initializer(item)) return false;
      item = finish(item);
    } else {
      item = expression();
    }
    if (failed()) return false;
    node->items.push_back(item);
    if (!is("}") && !expect(",")) return false;
  }
  return true;
}

Node* Parser::anonymous(size_t at) {
  Node* node = make(NodeKind::anonymous, at);
  const Depth depth(*this);
  if (depth.is_too_deep() || !expect("{")) return nullptr;
  while (!accept("}")) {
    Node* member = make(NodeKind::initializer_member, token().at);
    if (is_name() && is("=", 1)) {
      member->text = token().text;
      at_ += 2;
    }
    member->a = expression();
    if (failed()) return nullptr;
    const Node* named = member->a->kind == NodeKind::conditional_access ? member->a->b : member->a;
    if (member->text.empty() && (named->kind == NodeKind::name || named->kind == NodeKind::member)) member->text = named->text;
    if (member->text.empty())
      return refuse_at(member->at,
                       "Invalid anonymous type member declarator. Anonymous type members must be declared with a member assignment, "
                       "simple name or member access");
    node->items.push_back(finish(member));
    if (!is("}") && !expect(",")) return nullptr;
  }
  return finish(node);
}

bool Parser::object_initializer(Node* node) {
  const Depth depth(*this);
  if (depth.is_too_deep() || !expect("{")) return false;
  node->has_items = true;
  while (!accept("}")) {
    Node* entry = initializer_entry();
    if (failed()) return false;
    node->items.push_back(entry);
    if (!is("}") && !expect(",")) return false;
  }
  return true;
}

Node* Parser::initializer_entry() {
  const size_t at = token().at;
  Node* entry = make(NodeKind::initializer_item, at);
  if (is("[")) {
    entry->kind = NodeKind::initializer_index;
    ++at_;
    if (!arguments("]", entry->arguments) || !expect("=")) return nullptr;
  } else if (is_name() && is("=", 1)) {
    entry->kind = NodeKind::initializer_member;
    entry->text = token().text;
    at_ += 2;
  } else if (accept("{")) {
    return arguments("}", entry->arguments) ? finish(entry) : nullptr;
  }
  if (entry->kind != NodeKind::initializer_item && is("{")) {
    entry->a = make(NodeKind::initializer_nested, token().at);
    return object_initializer(entry->a) ? finish(entry) : nullptr;
  }
  entry->a = expression();
  return failed() ? nullptr : finish(entry);
}

}  // namespace gatelet::cs
