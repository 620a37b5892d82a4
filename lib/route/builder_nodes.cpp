// Building the tables: what became of the nodes once all of them are known. Fewer and smaller tables are fewer waits for memory.
#include "route/builder.hpp"

namespace gatelet {

// Of each node that leads to one leaf only, without a choice on the way: the leaf. None for all others.
std::vector<NodeRef> RouterBuilder::find_leaves() {
  constexpr size_t byte_max = UINT8_MAX;
  const std::vector<RouteNode>& nodes = tables_->nodes;
  std::vector<uint32_t> ways(nodes.size());  // that lead on from each node
  for (const Edge& edge : edges_)
    if (edge.kind != EdgeKind::none) ++ways[edge.parent];
  std::vector<NodeRef> leaves(nodes.size());
  std::vector<std::string> tails(nodes.size());  // without the number of their segments
  std::vector<uint32_t> sizes(nodes.size());
  for (size_t i = nodes.size(); i-- > 0;) {
    const RouteNode& node = nodes[i];
    if (ways[i] == 0 && node.ends != route_none && node.other == route_none && !edges_[i].is_api_path)
      leaves[i] = NodeRef::to_leaf(node.ends, 0);
    const Edge& edge = edges_[i];
    if (!leaves[i] || edge.kind == EdgeKind::none) continue;
    const RouteNode& parent = nodes[edge.parent];
    const bool is_only_way = ways[edge.parent] == 1 && parent.ends == route_none && parent.other == route_none;
    if (!is_only_way || edge.text.size() > byte_max || sizes[i] == byte_max) continue;
    tails[edge.parent].append(1, static_cast<char>(edge.text.size())).append(edge.text).append(tails[i]);
    sizes[edge.parent] = sizes[i] + 1;
    leaves[edge.parent] = leaves[i];
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const bool is_inside = edges_[i].kind != EdgeKind::none && leaves[edges_[i].parent];
    if (leaves[i] && !is_inside) leaves[i].more = place_tail(static_cast<char>(sizes[i]) + tails[i]);
  }
  tables_->tails.append(path_padding, '\0');
  tables_->tails.shrink_to_fit();
  return leaves;
}

// Templates of many APIs end alike.
uint32_t RouterBuilder::place_tail(const std::string& tail) {
  const auto [place, is_new] = tails_.emplace(tail, static_cast<uint32_t>(tables_->tails.size()));
  if (is_new) tables_->tails += tail;
  return place->second;
}

// Numbers the nodes anew, without those that leaves stand for, and makes every reference know what a walk would load the node for.
void RouterBuilder::place_nodes() {
  std::vector<RouteNode>& nodes = tables_->nodes;
  std::vector<NodeRef> references = find_leaves();
  uint32_t count = 0;
  for (NodeRef& reference : references)
    if (!reference) reference = NodeRef::to(count++);

  // A child's number was higher than its parent's: what is below it is known when it is inserted.
  LiteralTable literals;
  for (size_t i = nodes.size(); i-- > 0;) {
    const Edge& edge = edges_[i];
    if (edge.kind != EdgeKind::literal || references[edge.parent].is_leaf()) continue;
    NodeRef& parent = references[edge.parent];
    parent.more |= NodeRef::filter_bit(literals.insert(parent.index(), edge.text, references[i]));
  }
  literals.shrink();
  tables_->literals = std::move(literals);

  const auto place = [&](NodeRef& reference) {
    if (reference) reference = references[reference.index()];
  };
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (references[i].is_leaf()) continue;
    place(nodes[i].parameter);
    nodes[references[i].index()] = nodes[i];
  }
  nodes.resize(count);
  nodes.shrink_to_fit();
  tables_->api_root = references[0];
  for (RouteCompound& compound : tables_->compounds) place(compound.child);
  for (RouteEntry& entry : tables_->entries) place(entry.root);
}

}  // namespace gatelet
