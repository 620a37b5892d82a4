#include "policies/dimensions.hpp"

#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace dimension_rows {

constexpr size_t own_dimensions_max = 10;  // beside those that the gateway knows

// In lower case and without blanks: who writes them otherwise means the same.
constexpr std::string_view known_names[] = {"apiid",          "operationid", "productid", "userid",
                                            "subscriptionid", "location",    "gatewayid", "backendid"};

static std::string bare(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != ' ') out += to_lower(c);
  return out;
}

static bool is_known(std::string_view name) {
  const std::string wanted = bare(name);
  for (std::string_view known : known_names)
    if (known == wanted) return true;
  return false;
}

// Empty where the request has no such thing.
static std::string_view known_value(const Context& context, std::string_view name) {
  const std::string wanted = bare(name);
  if (wanted == "apiid" && context.api) return context.api->id;
  if (wanted == "operationid" && context.operation) return context.operation->id;
  if (wanted == "productid" && context.product) return context.product->id;
  if (wanted == "userid" && context.user) return context.user->id;
  if (wanted == "subscriptionid" && context.subscription) return context.subscription->id;
  if (wanted == "location" && context.deployment) return context.deployment->region;
  if (wanted == "gatewayid" && context.deployment) return context.deployment->gateway_id;
  if (wanted == "backendid" && context.upstream) return context.upstream->backend_id;
  return {};
}

}  // namespace dimension_rows

using namespace dimension_rows;

void Dimensions::read(PolicyReader& in) {
  size_t own_count = 0;
  for (PolicyReader* child : in.children("dimension", {.least = 1})) {
    Item& item = items_.emplace_back();
    item.name = child->required_text("name");
    item.value = child->optional_text("value");
    const std::string* name = item.name.literal();
    const bool is_own = !name || !is_known(*name);
    if (is_own && ++own_count == own_dimensions_max + 1)
      in.error(DiagnosticCode::limit_exceeded,
               "'" + std::string(in.element()) + "' may have " + std::to_string(own_dimensions_max) + " dimensions of its own; remove some",
               child->at());
    if (!item.value && name && is_own)
      in.warning(DiagnosticCode::missing_value, "the dimension '" + *name + "' is empty without 'value': the gateway does not know it",
                 child->at());
  }
}

uint8_t Dimensions::needs() const {
  uint8_t needs = needs_no_body;
  for (const Item& item : items_) needs |= item.name.needs() | (item.value ? item.value->needs() : 0);
  return needs;
}

bool Dimensions::get(Context& context, OutboxItem::Fields& out) const {
  for (const Item& item : items_) {
    std::string_view name, value;
    if (!item.name.get(context, name) || (item.value && !item.value->get(context, value))) return false;
    if (!item.value) value = known_value(context, name);
    out.emplace_back(name, value);
  }
  return true;
}

}  // namespace gatelet
