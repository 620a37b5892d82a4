#include "expr/xml_path.hpp"

#include <array>
#include <limits>

#include "base/limits.hpp"
#include "expr/collections.hpp"
#include "expr/numbers.hpp"
#include "xml/characters.hpp"

namespace gatelet::cs {

constinit const Type x_path_exception_type{.name = "System.Xml.XPath.XPathException", .bases = "SystemException"};

namespace xml_paths {
namespace {

struct XPathTerm;

struct XPathStep {
  enum class Axis : uint8_t { self, parent, child, attribute, descendant, descendant_or_self };
  enum class Test : uint8_t { name, space, any, text, comment, node };  // `space`: prefix:*
  Axis axis = Axis::child;
  Test test = Test::node;
  XName name;
  XPathTerm* predicates = nullptr;
  XPathStep* next = nullptr;
};

// A path; a union is a list of them. It starts at the root, at the node it is asked of, or at those nodes of `inner` that the predicates
// take.
struct XPathRoute {
  bool is_absolute = false;
  XPathRoute* inner = nullptr;
  XPathTerm* predicates = nullptr;
  XPathStep* first = nullptr;
  XPathRoute* next = nullptr;
};

// What stands in a predicate.
struct XPathTerm {
  enum class Kind : uint8_t {
    number,
    text,
    position,
    last,
    local_name,
    name,
    count,
    string,
    nodes,
    contains,
    starts_with,
    negation,
    conjunction,
    disjunction,
    comparison
  };
  enum class Order : uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };
  Kind kind = Kind::nodes;
  Order order = Order::equal;
  double number = 0;
  const String* text = &empty_string;
  XPathRoute* nodes = nullptr;
  XPathTerm* first = nullptr;
  XPathTerm* second = nullptr;
  XPathTerm* next = nullptr;  // the predicate, or the part of a conjunction or disjunction, behind it

  bool is_number() const { return kind == Kind::number || kind == Kind::position || kind == Kind::last || kind == Kind::count; }
  bool is_boolean() const { return kind >= Kind::contains; }
};

constexpr std::string_view too_deep = "has predicates or brackets nested too deep.";

class XPathReader {
 public:
  XPathReader(Evaluation& run, const String& text, const XmlNamespaces* spaces) : run_(run), text_(text), spaces_(spaces) {}
  XPathRoute* read();

 private:
  std::nullptr_t fail(std::string_view message) {
    if (!run_.failed()) run_.fail(x_path_exception_type, "'" + utf8(text_) + "' " + std::string(message));
    return nullptr;
  }
  std::nullptr_t fail_token() { return fail("has an invalid token."); }
  std::nullptr_t fail_unknown(const std::string& what) { return fail("has " + what + ", which expressions of policies do not offer."); }

  char16_t peek(size_t ahead = 0) const { return at_ + ahead < text_.length ? text_[at_ + ahead] : u'\0'; }
  void skip_space();
  bool accept(std::string_view mark);
  bool accept_word(std::string_view word);
  const String* read_name();
  XPathRoute* read_union();
  XPathRoute* read_route();
  bool read_inner(XPathRoute& route);
  bool read_predicates(XPathTerm*& predicates);
  XPathStep* read_step();
  bool read_axis(XPathStep& step);
  bool read_test(XPathStep& step);
  bool read_node_kind(XPathStep& step, const String& name);
  bool read_space(const String& prefix, XPathStep& step);
  XPathTerm* read_or();
  XPathTerm* read_joined(XPathTerm::Kind kind, std::string_view word, XPathTerm* (XPathReader::*read_part)());
  XPathTerm* read_and() { return read_joined(XPathTerm::Kind::conjunction, "and", &XPathReader::read_comparison); }
  XPathTerm* read_comparison();
  XPathTerm* read_operand();
  XPathTerm* read_number();
  XPathTerm* read_text(char16_t quote);
  XPathTerm* read_function();
  XPathTerm* make(XPathTerm::Kind kind, XPathTerm* first = nullptr, XPathTerm* second = nullptr);

  Evaluation& run_;
  const String& text_;
  const XmlNamespaces* spaces_;
  size_t at_ = 0;
  int depth_ = 0;
};

XPathTerm* XPathReader::make(XPathTerm::Kind kind, XPathTerm* first, XPathTerm* second) {
  auto* term = run_.make<XPathTerm>();
  term->kind = kind;
  term->first = first;
  term->second = second;
  return term;
}

void XPathReader::skip_space() {
  while (at_ < text_.length && is_white_space(text_[at_])) ++at_;
}

bool XPathReader::accept(std::string_view mark) {
  skip_space();
  for (size_t i = 0; i < mark.size(); ++i)
    if (peek(i) != static_cast<unsigned char>(mark[i])) return false;
  at_ += mark.size();
  return true;
}

bool XPathReader::accept_word(std::string_view word) {
  const size_t start = at_;
  if (accept(word) && !is_xml_name_character(peek())) return true;
  at_ = start;
  return false;
}

// Null, without a failure: no name stands here.
const String* XPathReader::read_name() {
  skip_space();
  const size_t start = at_;
  if (peek() == ':' || !is_xml_name_start(peek())) return nullptr;
  while (at_ < text_.length && text_[at_] != ':' && is_xml_name_character(text_[at_])) ++at_;
  return substring(run_, text_, start, at_ - start);
}

XPathRoute* XPathReader::read() {
  XPathRoute* const route = read_union();
  skip_space();
  return route && at_ < text_.length ? fail_token() : route;
}

XPathRoute* XPathReader::read_union() {
  XPathRoute* const first = read_route();
  for (XPathRoute* last = first; last && accept("|"); last = last->next)
    if (!(last->next = read_route())) return nullptr;
  return run_.failed() ? nullptr : first;
}

// (path)[predicate]
bool XPathReader::read_inner(XPathRoute& route) {
  if (++depth_ > xpath_depth_max) return fail(too_deep), false;
  route.inner = read_union();
  --depth_;
  if (!accept(")")) fail_token();
  return !run_.failed() && read_predicates(route.predicates);
}

XPathRoute* XPathReader::read_route() {
  auto* route = run_.make<XPathRoute>();
  XPathStep** next = &route->first;
  if (accept("(")) {
    if (!read_inner(*route)) return nullptr;
    skip_space();
    if (peek() != '/' || (peek(1) != '/' && !accept("/"))) return route;
  } else if (peek() == '/' && peek(1) != '/') {
    route->is_absolute = accept("/");
    skip_space();
    const char16_t unit = peek();
    if (unit != '.' && unit != '@' && unit != '*' && !is_xml_name_start(unit)) return route;
  } else {
    route->is_absolute = peek() == '/';
  }
  do {
    if (accept("//")) {
      *next = run_.make<XPathStep>();
      (*next)->axis = XPathStep::Axis::descendant_or_self;
      next = &(*next)->next;
    }
    XPathStep* step = read_step();
    if (!step) return nullptr;
    *next = step;
    next = &step->next;
    skip_space();
  } while (peek() == '/' && (peek(1) == '/' || accept("/")));
  return route;
}

XPathStep* XPathReader::read_step() {
  auto* step = run_.make<XPathStep>();
  if (accept("..")) {
    step->axis = XPathStep::Axis::parent;
  } else if (accept(".")) {
    step->axis = XPathStep::Axis::self;
  } else if (!read_axis(*step) || !read_test(*step)) {
    return nullptr;
  }
  return read_predicates(step->predicates) ? step : nullptr;
}

bool XPathReader::read_predicates(XPathTerm*& predicates) {
  XPathTerm** next = &predicates;
  while (accept("[")) {
    *next = read_or();
    if (*next && !accept("]")) fail_token();
    if (run_.failed()) return false;
    next = &(*next)->next;
  }
  return true;
}

bool XPathReader::read_axis(XPathStep& step) {
  if (accept("@")) return step.axis = XPathStep::Axis::attribute, true;
  const size_t start = at_;
  const String* name = read_name();
  if (!name || !accept("::")) return at_ = start, true;
  static constexpr std::array<std::string_view, 6> axes = {"self", "parent", "child", "attribute", "descendant", "descendant-or-self"};
  for (size_t i = 0; i < axes.size(); ++i)
    if (equal(*name, axes[i])) return step.axis = static_cast<XPathStep::Axis>(i), true;
  return fail_unknown("the axis " + utf8(*name)), false;
}

bool XPathReader::read_space(const String& prefix, XPathStep& step) {
  if (!spaces_) return fail("has a prefix, for which SelectNodes and SelectSingleNode need an XmlNamespaceManager."), false;
  step.name.space = find_namespace(run_, *spaces_, prefix);
  if (!step.name.space) fail("has the prefix '" + utf8(prefix) + "', which is not declared.");
  return step.name.space != nullptr;
}

bool XPathReader::read_test(XPathStep& step) {
  if (accept("*")) return step.test = XPathStep::Test::any, true;
  const String* name = read_name();
  if (!name) return fail_token(), false;
  if (accept("(")) return read_node_kind(step, *name);
  step.test = XPathStep::Test::name;
  step.name.local = name;
  if (peek() != ':' || peek(1) == ':') return true;
  ++at_;
  if (!read_space(*name, step)) return false;
  if (accept("*")) return step.test = XPathStep::Test::space, true;
  step.name.local = read_name();
  if (!step.name.local) fail_token();
  return step.name.local != nullptr;
}

bool XPathReader::read_node_kind(XPathStep& step, const String& name) {
  if (equal(name, "text"))
    step.test = XPathStep::Test::text;
  else if (equal(name, "node"))
    step.test = XPathStep::Test::node;
  else if (equal(name, "comment"))
    step.test = XPathStep::Test::comment;
  else
    return fail_unknown("the function " + utf8(name) + "() in a path"), false;
  if (!accept(")")) fail_token();
  return !run_.failed();
}

// Predicates

XPathTerm* XPathReader::read_or() {
  if (++depth_ > xpath_depth_max) return fail(too_deep);
  XPathTerm* const term = read_joined(XPathTerm::Kind::disjunction, "or", &XPathReader::read_and);
  --depth_;
  return term;
}

XPathTerm* XPathReader::read_joined(XPathTerm::Kind kind, std::string_view word, XPathTerm* (XPathReader::*read_part)()) {
  XPathTerm* const first = (this->*read_part)();
  XPathTerm* joined = first;
  for (XPathTerm* last = first; last && accept_word(word); last = last->next) {
    if (joined == first) joined = make(kind, first);
    if (!(last->next = (this->*read_part)())) return nullptr;
  }
  return joined;
}

XPathTerm* XPathReader::read_comparison() {
  using Order = XPathTerm::Order;
  static constexpr std::array<std::pair<std::string_view, Order>, 6> orders = {{{"=", Order::equal},
                                                                                {"!=", Order::not_equal},
                                                                                {"<=", Order::less_equal},
                                                                                {"<", Order::less},
                                                                                {">=", Order::greater_equal},
                                                                                {">", Order::greater}}};
  XPathTerm* const left = read_operand();
  if (!left) return nullptr;
  for (const auto& [mark, order] : orders) {
    if (!accept(mark)) continue;
    XPathTerm* const right = read_operand();
    if (!right) return nullptr;
    if (left->is_boolean() || right->is_boolean()) return fail_unknown("a comparison of truth values");
    XPathTerm* const comparison = make(XPathTerm::Kind::comparison, left, right);
    comparison->order = order;
    skip_space();
    const char16_t unit = peek();
    const bool is_compared = unit == '=' || unit == '!' || unit == '<' || unit == '>';
    return is_compared ? fail_unknown("a comparison of truth values") : comparison;
  }
  skip_space();
  return peek() == '+' || peek() == '-' || peek() == '*' ? fail_unknown("arithmetic") : left;
}

XPathTerm* XPathReader::read_operand() {
  skip_space();
  const char16_t unit = peek();
  if (unit == '"' || unit == '\'') return read_text(unit);
  if ((unit >= '0' && unit <= '9') || (unit == '.' && peek(1) >= '0' && peek(1) <= '9')) return read_number();
  if (accept("(")) {
    XPathTerm* const inner = read_or();
    return inner && !accept(")") ? fail_token() : inner;
  }
  const size_t start = at_;
  const String* name = read_name();
  const bool is_function = name && !equal(*name, "text") && !equal(*name, "node") && !equal(*name, "comment") && accept("(");
  at_ = start;
  if (is_function) return read_function();
  XPathTerm* const term = make(XPathTerm::Kind::nodes);
  term->nodes = read_union();
  return term->nodes ? term : nullptr;
}

XPathTerm* XPathReader::read_text(char16_t quote) {
  const size_t start = ++at_;
  while (at_ < text_.length && text_[at_] != quote) ++at_;
  if (at_ == text_.length) return fail("has a string that was not closed.");
  XPathTerm* const term = make(XPathTerm::Kind::text);
  term->text = substring(run_, text_, start, at_++ - start);
  return term;
}

XPathTerm* XPathReader::read_number() {
  const size_t start = at_;
  while ((peek() >= '0' && peek() <= '9') || peek() == '.') ++at_;
  XPathTerm* const term = make(XPathTerm::Kind::number);
  if (parse_real(*substring(run_, text_, start, at_ - start), term->number) != NumberFault::none) return fail_token();
  return term;
}

XPathTerm* XPathReader::read_function() {
  using Kind = XPathTerm::Kind;
  struct Function {
    std::string_view name;
    Kind kind;
    int arguments;
  };
  static constexpr Function functions[] = {
      {"position", Kind::position, 0}, {"last", Kind::last, 0},         {"local-name", Kind::local_name, 0},
      {"name", Kind::name, 0},         {"count", Kind::count, 1},       {"string", Kind::string, 1},
      {"not", Kind::negation, 1},      {"contains", Kind::contains, 2}, {"starts-with", Kind::starts_with, 2}};
  const String* const name = read_name();
  accept("(");
  for (const Function& function : functions) {
    if (!equal(*name, function.name)) continue;
    XPathTerm* const term = make(function.kind);
    if (function.arguments > 0 && !(term->first = read_or())) return nullptr;
    if (function.arguments > 1 && (!accept(",") || !(term->second = read_or()))) return fail_token();
    if (function.kind == Kind::count && term->first->kind != Kind::nodes) return fail_token();
    if (!accept(")")) return fail_unknown("arguments of " + utf8(*name) + "()");
    return term;
  }
  return fail_unknown("the function " + utf8(*name) + "()");
}

// Walks a path. A list holds each node once, in the order in which it was found; `selected` sorts at the end.
class XPathWalk {
 public:
  explicit XPathWalk(Evaluation& run, XNode& context) : run_(run), context_(context) {}
  List* select(const XPathRoute& routes);

 private:
  struct Place {
    XNode& node;
    size_t position;
    size_t count;
  };
  bool add_all(const XPathRoute& routes, XNode& context, HashTable& found);
  bool add_step(const XPathStep& step, XNode& context, HashTable& found);
  bool add(const XPathStep& step, XNode& node, List& found);
  bool filter(const XPathTerm* predicates, List& nodes);
  List* starts_of(const XPathRoute& route, XNode& context);
  bool holds(const XPathTerm& term, const Place& place);
  bool compares(const XPathTerm& term, const Place& place);
  bool compare_each(const XPathTerm& term, const XPathTerm& nodes, const XPathTerm& other, bool is_swapped, const Place& place);
  const String* text_of(const XPathTerm& term, const Place& place);
  double number_of(const XPathTerm& term, const Place& place);
  HashTable* nodes_of(const XPathTerm& term, const Place& place);
  List* in_document_order(const XPathRoute& routes, XNode& root, HashTable& found);
  XNode& root_of(XNode& node);

  Evaluation& run_;
  XNode& context_;
};

bool takes(const XPathStep& step, const XNode& node) {
  const bool is_named = node.kind == XNode::Kind::element || node.kind == XNode::Kind::attribute;
  switch (step.test) {
    case XPathStep::Test::name: return is_named && has_name(node, step.name);
    case XPathStep::Test::space: return is_named && equal(*node.space, *step.name.space);
    case XPathStep::Test::any: return is_named;
    case XPathStep::Test::text: return node.is_text();
    case XPathStep::Test::comment: return node.kind == XNode::Kind::comment;
    case XPathStep::Test::node: break;
  }
  return !is_xml_declaration(node);
}

Value node_value(XNode& node) { return value_of_object(x_node_type, &node); }

XNode& XPathWalk::root_of(XNode& node) {
  XNode* root = &node;
  while (root->parent && run_.charge(1)) root = root->parent;
  return *root;
}

bool XPathWalk::add(const XPathStep& step, XNode& node, List& found) {
  return run_.charge(1) && (!takes(step, node) || found.add(run_, node_value(node)));
}

bool XPathWalk::add_step(const XPathStep& step, XNode& context, HashTable& found) {
  using Axis = XPathStep::Axis;
  List nodes;
  if ((step.axis == Axis::self || step.axis == Axis::descendant_or_self) && !add(step, context, nodes)) return false;
  if (step.axis == Axis::parent && context.parent && !add(step, *context.parent, nodes)) return false;
  if (step.axis == Axis::attribute)
    for (XNode* at = context.first_attribute; at; at = at->next)
      if (!is_namespace_declaration(*at) && !add(step, *at, nodes)) return false;
  if (step.axis == Axis::child)
    for (XNode* at = context.first; at; at = at->next)
      if (!add(step, *at, nodes)) return false;
  if (step.axis == Axis::descendant || step.axis == Axis::descendant_or_self)
    for (XNode* at = following(context, context); at; at = following(*at, context))
      if (!add(step, *at, nodes)) return false;
  if (!filter(step.predicates, nodes)) return false;
  bool is_new = false;
  for (uint32_t i = 0; i < nodes.count; ++i)
    if (!found.insert(run_, nodes.items[i], is_new)) return false;
  return true;
}

bool XPathWalk::filter(const XPathTerm* predicates, List& nodes) {
  for (const XPathTerm* predicate = predicates; predicate; predicate = predicate->next) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < nodes.count && run_.charge(1); ++i) {
      const Place place{*nodes.items[i].object<XNode>(), i + 1, nodes.count};
      const bool is_kept =
          predicate->is_number() ? number_of(*predicate, place) == static_cast<double>(place.position) : holds(*predicate, place);
      if (is_kept) nodes.items[kept++] = nodes.items[i];
    }
    nodes.count = kept;
  }
  return !run_.failed();
}

// Where a path begins; null after a failure.
List* XPathWalk::starts_of(const XPathRoute& route, XNode& context) {
  if (route.inner) {
    HashTable found;
    List* nodes = add_all(*route.inner, context, found) ? in_document_order(*route.inner, root_of(context), found) : nullptr;
    return nodes && filter(route.predicates, *nodes) ? nodes : nullptr;
  }
  auto* nodes = run_.make<List>();
  return nodes->add(run_, node_value(route.is_absolute ? root_of(context) : context)) ? nodes : nullptr;
}

bool XPathWalk::add_all(const XPathRoute& routes, XNode& context, HashTable& found) {
  bool is_new = false;
  for (const XPathRoute* route = &routes; route; route = route->next) {
    const List* starts = starts_of(*route, context);
    auto* nodes = run_.make<HashTable>();
    for (uint32_t i = 0; starts && i < starts->count; ++i)
      if (!nodes->insert(run_, starts->items[i], is_new)) return false;
    for (const XPathStep* step = route->first; step; step = step->next) {
      auto* next = run_.make<HashTable>();
      for (uint32_t i = 0; i < nodes->used; ++i)
        if (!add_step(*step, *nodes->entries[i].key.object<XNode>(), *next)) return false;
      nodes = next;
    }
    for (uint32_t i = 0; i < nodes->used; ++i)
      if (!found.insert(run_, nodes->entries[i].key, is_new)) return false;
  }
  return !run_.failed();
}

// Steps without descendants find nodes of one depth, which are in order already.
bool is_ordered(const XPathRoute& routes) {
  if (routes.next || routes.inner) return false;
  for (const XPathStep* step = routes.first; step; step = step->next)
    if (step->axis == XPathStep::Axis::descendant || step->axis == XPathStep::Axis::descendant_or_self) return false;
  return true;
}

List* XPathWalk::in_document_order(const XPathRoute& routes, XNode& root, HashTable& found) {
  auto* sorted = run_.make<List>();
  if (is_ordered(routes)) {
    for (uint32_t i = 0; i < found.used; ++i)
      if (!sorted->add(run_, found.entries[i].key)) return nullptr;
    return sorted;
  }
  const auto add_found = [&](XNode& node) {
    return run_.charge(1) && (!found.find(run_, node_value(node)) || sorted->add(run_, node_value(node)));
  };
  for (XNode* at = &root; at && sorted->count < found.count; at = following(*at, root)) {
    if (!add_found(*at)) return nullptr;
    for (XNode* attribute = at->first_attribute; attribute; attribute = attribute->next)
      if (!add_found(*attribute)) return nullptr;
  }
  return sorted;
}

List* XPathWalk::select(const XPathRoute& routes) {
  HashTable found;
  return add_all(routes, context_, found) && !run_.failed() ? in_document_order(routes, root_of(context_), found) : nullptr;
}

HashTable* XPathWalk::nodes_of(const XPathTerm& term, const Place& place) {
  auto* found = run_.make<HashTable>();
  return add_all(*term.nodes, place.node, *found) ? found : nullptr;
}

const String* XPathWalk::text_of(const XPathTerm& term, const Place& place) {
  switch (term.kind) {
    case XPathTerm::Kind::text: return term.text;
    case XPathTerm::Kind::string: return text_of(*term.first, place);
    case XPathTerm::Kind::local_name: return place.node.name;
    case XPathTerm::Kind::name: {
      const String* prefix = place.node.space->empty() ? nullptr : prefix_of(&place.node, *place.node.space);
      if (!prefix || prefix->empty()) return place.node.name;
      return concat(run_, concat(run_, prefix, view_of(run_, ":")), place.node.name);
    }
    case XPathTerm::Kind::nodes: {
      HashTable* found = nodes_of(term, place);
      const List* sorted = found && !run_.failed() ? in_document_order(*term.nodes, root_of(place.node), *found) : nullptr;
      return sorted && sorted->count > 0 ? text_of_tree(run_, *sorted->items[0].object<XNode>()) : &empty_string;
    }
    default: return term.is_number() ? to_string(run_, real(number_of(term, place))) : &empty_string;
  }
}

double number_of_text(const String& text) {
  double number = 0;
  return parse_real(text, number) == NumberFault::none ? number : std::numeric_limits<double>::quiet_NaN();
}

double XPathWalk::number_of(const XPathTerm& term, const Place& place) {
  switch (term.kind) {
    case XPathTerm::Kind::number: return term.number;
    case XPathTerm::Kind::position: return static_cast<double>(place.position);
    case XPathTerm::Kind::last: return static_cast<double>(place.count);
    case XPathTerm::Kind::count: {
      const HashTable* found = nodes_of(*term.first, place);
      return found ? static_cast<double>(found->count) : 0;
    }
    default: return number_of_text(*text_of(term, place));
  }
}

bool compare_numbers(XPathTerm::Order order, double a, double b) {
  switch (order) {
    case XPathTerm::Order::equal: return a == b;
    case XPathTerm::Order::not_equal: return a != b;
    case XPathTerm::Order::less: return a < b;
    case XPathTerm::Order::less_equal: return a <= b;
    case XPathTerm::Order::greater: return a > b;
    case XPathTerm::Order::greater_equal: break;
  }
  return a >= b;
}

// True when one node of the path compares so. `is_swapped`: the path stands on the right.
bool XPathWalk::compare_each(const XPathTerm& term, const XPathTerm& nodes, const XPathTerm& other, bool is_swapped, const Place& place) {
  const HashTable* found = nodes_of(nodes, place);
  const bool is_ordering = term.order != XPathTerm::Order::equal && term.order != XPathTerm::Order::not_equal;
  for (uint32_t i = 0; found && i < found->used && run_.charge(1); ++i) {
    XNode& node = *found->entries[i].key.object<XNode>();
    if (!is_swapped && other.kind == XPathTerm::Kind::nodes) {
      XPathTerm literal;
      literal.kind = XPathTerm::Kind::text;
      literal.text = text_of_tree(run_, node);
      if (compare_each(term, other, literal, true, place)) return true;
      continue;
    }
    const String* text = text_of_tree(run_, node);
    if (other.is_number() || is_ordering) {
      const double a = number_of_text(*text), b = number_of(other, place);
      if (is_swapped ? compare_numbers(term.order, b, a) : compare_numbers(term.order, a, b)) return true;
    } else if (equal(*text, *text_of(other, place)) == (term.order == XPathTerm::Order::equal)) {
      return true;
    }
  }
  return false;
}

bool XPathWalk::compares(const XPathTerm& term, const Place& place) {
  const XPathTerm &left = *term.first, &right = *term.second;
  if (left.kind == XPathTerm::Kind::nodes) return compare_each(term, left, right, false, place);
  if (right.kind == XPathTerm::Kind::nodes) return compare_each(term, right, left, true, place);
  const bool is_ordering = term.order != XPathTerm::Order::equal && term.order != XPathTerm::Order::not_equal;
  if (left.is_number() || right.is_number() || is_ordering)
    return compare_numbers(term.order, number_of(left, place), number_of(right, place));
  return equal(*text_of(left, place), *text_of(right, place)) == (term.order == XPathTerm::Order::equal);
}

bool XPathWalk::holds(const XPathTerm& term, const Place& place) {
  if (run_.failed()) return false;
  switch (term.kind) {
    case XPathTerm::Kind::nodes: {
      const HashTable* found = nodes_of(term, place);
      return found && found->count > 0;
    }
    case XPathTerm::Kind::negation: return !holds(*term.first, place);
    case XPathTerm::Kind::conjunction:
    case XPathTerm::Kind::disjunction: {
      const bool is_enough = term.kind == XPathTerm::Kind::disjunction;
      for (const XPathTerm* part = term.first; part; part = part->next)
        if (holds(*part, place) == is_enough) return is_enough;
      return !is_enough;
    }
    case XPathTerm::Kind::comparison: return compares(term, place);
    case XPathTerm::Kind::contains: return find(*text_of(*term.first, place), *text_of(*term.second, place)) != npos;
    case XPathTerm::Kind::starts_with: {
      const String &text = *text_of(*term.first, place), &part = *text_of(*term.second, place);
      return part.length <= text.length && equal(*substring(run_, text, 0, part.length), part);
    }
    default: break;
  }
  if (!term.is_number()) return !text_of(term, place)->empty();
  const double number = number_of(term, place);
  return number != 0 && number == number;
}

}  // namespace
}  // namespace xml_paths

bool is_xml_declaration(const XNode& node) { return node.kind == XNode::Kind::instruction && equal(*node.name, "xml"); }

const String* find_namespace(Evaluation& run, const XmlNamespaces& spaces, const String& prefix) {
  for (uint32_t i = spaces.prefixes.count; i-- > 0 && run.charge(1);)
    if (equal(*spaces.prefixes.items[i].text(), prefix)) return spaces.uris.items[i].text();
  if (equal(prefix, "xml")) return view_of(run, xml_space_uri);
  return equal(prefix, "xmlns") ? view_of(run, xmlns_space_uri) : nullptr;
}

List* select_nodes(Evaluation& run, XNode& context, const String& path, const XmlNamespaces* spaces) {
  if (!run.charge_text(path.length)) return nullptr;
  const xml_paths::XPathRoute* routes = xml_paths::XPathReader(run, path, spaces).read();
  return routes ? xml_paths::XPathWalk(run, context).select(*routes) : nullptr;
}

}  // namespace gatelet::cs
