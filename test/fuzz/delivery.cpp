// What a management plane delivers: whatever is accepted is what its hashes say, and the same when it is written and read again. Hashes
// that an input cannot have by chance are also put right before it is read.
#include "config/sync/delivery.hpp"
#include "config/sync/signature.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

const DeliveredSet& base() {
  static const DeliveredSet set = [] {
    DeliveredSet made;
    made.service_id = "4b1c";
    made.gateway = "gw1";
    made.epoch = 3;
    made.revision = 7;
    for (const char* key : {"apis/echo;rev=1", "namedValues/n"}) {
      const Json value = Json::object({{"displayName", Json::from(key), {}}});
      made.resources.emplace(key, DeliveredResource{hash_of(value), value});
    }
    made.root = root_of(made.resources);
    return made;
  }();
  return set;
}

void check(std::string_view body) {
  for (const DeliveredSet* on : {static_cast<const DeliveredSet*>(nullptr), &base()}) {
    const ReadDelivery read = read_delivery(body, "gw1", on, 1 << 20);
    require((read.set != nullptr) == (read.refusal == DeliveryRefusal::none) && (read.set != nullptr) == read.message.empty());
    if (!read.set) continue;
    require(!read.is_delta || on);
    require(read.set->root == root_of(read.set->resources));
    for (const auto& [key, resource] : read.set->resources) require(!key.empty() && resource.hash == hash_of(resource.value));
    const ReadDelivery again = read_delivery(read.set->text(), "gw1", nullptr);
    require(again.set && again.set->text() == read.set->text() && again.set->etag() == read.set->etag());
  }
}

// The same list with the hashes of its values; what it leads to.
Json with_hashes(const Json& list, DeliveredResources& resources) {
  std::vector<Json> items;
  for (const Json& item : list.items()) {
    const std::string hash = hash_of(item["v"]);
    resources.insert_or_assign(std::string(item["k"].string()), DeliveredResource{hash, item["v"]});
    items.push_back(item.with("h", Json::from(hash)));
  }
  return Json::array(std::move(items));
}

std::string put_right(const Json& document) {
  const bool is_delta = document["kind"].string() == "delta";
  DeliveredResources resources = is_delta ? base().resources : DeliveredResources();
  for (const Json& key : document["delete"].items()) resources.erase(std::string(key.string()));
  const char* const name = is_delta ? "upsert" : "resources";
  const Json hashed = document.with(name, with_hashes(document[name], resources));
  return hashed.with("root", Json::from(root_of(resources))).text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  check(text);
  if (const auto document = Json::parse(text, 1 << 20); document && document->is_object()) check(put_right(*document));
  require(!is_signed(text, "gw1", "e", "body", {}));
  return 0;
}
