#include "config/sync/delivery.hpp"

#include <algorithm>
#include <optional>

#include "base/hexadecimal.hpp"
#include "base/text.hpp"
#include "config/document.hpp"
#include "crypto/hash.hpp"

namespace gatelet {

namespace delivery_reading {

constexpr size_t hash_digits = 64;

std::string sha256(std::string_view text) { return hexadecimal(crypto::digest_of(crypto::Hash::sha256, text).view()); }

void append_string(std::string& out, std::string_view name, std::string_view value) {
  out += '"';
  out += name;
  out += "\":\"";
  out += json_escape(value);
  out += '"';
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= sync_key_bytes_max &&
         std::ranges::none_of(key, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

class Reader {
 public:
  Reader(std::string_view gateway, const DeliveredSet* base) : gateway_(gateway), base_(base) {}

  ReadDelivery read(const Json& document) {
    ReadDelivery out;
    out.is_delta = document["kind"].string() == "delta";
    auto set = std::make_shared<DeliveredSet>();
    refusal_ = read_head(document, out.is_delta, *set);
    if (refusal_ == DeliveryRefusal::none) refusal_ = out.is_delta ? apply_delta(document, *set) : read_snapshot(document, *set);
    if (refusal_ == DeliveryRefusal::none && root_of(set->resources) != set->root)
      refuse(DeliveryRefusal::wrong_root, "the resources do not make the root that the document says");
    if (refusal_ == DeliveryRefusal::none) out.set = std::move(set);
    out.refusal = refusal_;
    out.message = std::move(message_);
    return out;
  }

 private:
  DeliveryRefusal refuse(DeliveryRefusal why, std::string message) {
    message_ = std::move(message);
    return refusal_ = why;
  }
  DeliveryRefusal malformed(std::string message) { return refuse(DeliveryRefusal::malformed, std::move(message)); }

  // As it was written: a double does not hold every revision.
  static std::optional<uint64_t> number(const Json& json) { return json.is_number() ? parse_unsigned(json.scalar_text()) : std::nullopt; }

  DeliveryRefusal read_head(const Json& document, bool is_delta, DeliveredSet& set) {
    if (!document.is_object() || number(document["gsp"]) != 1) return malformed("this is no document of GSP/1");
    if (!is_delta && document["kind"].string() != "snapshot") return malformed("the kind is neither snapshot nor delta");
    if (const Json& least = document["minGateway"]; !least.is_null() && least.string() != gsp_version)
      return refuse(DeliveryRefusal::unsupported,
                    "it is for gateways of version " + least.scalar_text() + "; this one has " + std::string(gsp_version));
    for (const Json& kind : document["require"].items())
      if (!is_known_kind(kind.string()))
        return refuse(DeliveryRefusal::unsupported, "it requires the kind '" + kind.scalar_text() + "', which this gateway does not know");
    const auto revision = number(document["revision"]);
    set.root = document["root"].string();
    if (!revision || set.root.size() != hash_digits) return malformed("it has no revision or no root");
    set.revision = *revision;
    return read_origin(document, is_delta, set);
  }

  // A delta need not repeat what its base says, but may not contradict it.
  DeliveryRefusal read_origin(const Json& document, bool is_delta, DeliveredSet& set) {
    const Json &service = document["service"], &gateway = document["gateway"];
    if (!is_delta || !gateway.is_null()) {
      set.gateway = gateway.string();
      if (!equal_ignoring_case(set.gateway, gateway_))
        return refuse(DeliveryRefusal::wrong_gateway,
                      "it is for the gateway '" + set.gateway + "', and this one is '" + std::string(gateway_) + "'");
    }
    if (is_delta && service.is_null()) return DeliveryRefusal::none;
    const auto epoch = number(service["epoch"]);
    if (!epoch) return malformed("it has no epoch");
    set.epoch = *epoch;
    set.service_id = service["id"].string();
    set.service_name = service["name"].string();
    if (is_delta && base_ && (base_->epoch != set.epoch || base_->service_id != set.service_id))
      return refuse(DeliveryRefusal::wrong_base, "the delta is of another service or epoch");
    return DeliveryRefusal::none;
  }

  DeliveryRefusal read_snapshot(const Json& document, DeliveredSet& set) {
    const DeliveryRefusal refusal = read_delivered_resources(document["resources"], set.resources, message_);
    return refusal_ = refusal;
  }

  DeliveryRefusal apply_delta(const Json& document, DeliveredSet& set) {
    const auto from = number(document["from"]);
    if (!base_ || !from || base_->revision != *from || set.revision < *from)
      return refuse(DeliveryRefusal::wrong_base, "the delta is not on the revision that is in force");
    DeliveredResources changed;
    if (const DeliveryRefusal refusal = read_delivered_resources(document["upsert"], changed, message_); refusal != DeliveryRefusal::none)
      return refusal_ = refusal;
    set.service_id = base_->service_id;
    set.service_name = base_->service_name;
    set.gateway = base_->gateway;
    set.epoch = base_->epoch;
    set.resources = base_->resources;
    for (const Json& key : document["delete"].items())
      if (set.resources.erase(std::string(key.string())) == 0)
        return refuse(DeliveryRefusal::wrong_base, "the delta deletes '" + key.scalar_text() + "', which is not there");
    for (auto& [key, resource] : changed) set.resources.insert_or_assign(key, std::move(resource));
    if (set.resources.size() > sync_resources_max) return refuse(DeliveryRefusal::too_large, "it has too many resources");
    return DeliveryRefusal::none;
  }

  std::string_view gateway_;
  const DeliveredSet* base_;
  DeliveryRefusal refusal_ = DeliveryRefusal::none;
  std::string message_;
};

}  // namespace delivery_reading

using namespace delivery_reading;

std::string_view text_of(DeliveryRefusal refusal) {
  static constexpr std::string_view texts[] = {"none",       "malformed",  "too-large", "wrong-gateway", "unsupported", "wrong-base",
                                               "wrong-hash", "wrong-root", "rollback",  "signature",     "unusable"};
  return texts[static_cast<size_t>(refusal)];
}

std::string hash_of(const Json& value) { return sha256(value.canonical()); }

std::string root_of(const DeliveredResources& resources) {
  std::string text;
  for (const auto& [key, resource] : resources) {
    text += key;
    text += '\0';
    text += resource.hash;
    text += '\n';
  }
  return sha256(text);
}

void append_resources(std::string& out, std::string_view name, const DeliveredResources& resources) {
  out += '"';
  out += name;
  out += "\":[";
  for (const auto& [key, resource] : resources) {
    out += out.back() == '[' ? "{" : ",{";
    append_string(out, "k", key);
    out += ',';
    append_string(out, "h", resource.hash);
    out += ",\"v\":";
    out += resource.value.text();
    out += '}';
  }
  out += ']';
}

std::string DeliveredSet::text() const {
  std::string out = R"({"gsp":1,"kind":"snapshot","service":{)";
  append_string(out, "id", service_id);
  out += ",\"epoch\":" + std::to_string(epoch) + ',';
  append_string(out, "name", service_name);
  out += "},";
  append_string(out, "gateway", gateway);
  out += ",\"revision\":" + std::to_string(revision) + ',';
  append_string(out, "root", root);
  out += ',';
  append_resources(out, "resources", resources);
  out += '}';
  return out;
}

std::string DeliveredSet::etag() const { return std::to_string(epoch) + '.' + std::to_string(revision) + '.' + root.substr(0, 16); }

std::string DeliveredDelta::text() const {
  std::string out = R"({"gsp":1,"kind":"delta","from":)" + std::to_string(from) + ",\"revision\":" + std::to_string(revision) + ',';
  append_string(out, "root", root);
  out += ',';
  append_resources(out, "upsert", upsert);
  out += ",\"delete\":[";
  for (const std::string& key : deleted) {
    out += out.back() == '[' ? "\"" : ",\"";
    out += json_escape(key);
    out += '"';
  }
  return out + "]}";
}

DeliveredDelta delta_between(const DeliveredSet& from, const DeliveredSet& to) {
  DeliveredDelta out{from.revision, to.revision, to.root, {}, {}};
  for (const auto& [key, resource] : to.resources) {
    const auto before = from.resources.find(key);
    if (before == from.resources.end() || before->second.hash != resource.hash) out.upsert.emplace(key, resource);
  }
  for (const auto& [key, resource] : from.resources)
    if (!to.resources.contains(key)) out.deleted.push_back(key);
  return out;
}

DeliveryRefusal read_delivered_resources(const Json& list, DeliveredResources& out, std::string& message) {
  const auto refuse = [&](DeliveryRefusal why, std::string text) {
    message = std::move(text);
    return why;
  };
  if (!list.is_array()) return refuse(DeliveryRefusal::malformed, "it has no list of resources");
  if (list.size() > sync_resources_max) return refuse(DeliveryRefusal::too_large, "it has too many resources");
  for (const Json& item : list.items()) {
    const std::string_view key = item["k"].string();
    if (!is_key(key) || !item.has("v")) return refuse(DeliveryRefusal::malformed, "a resource has no key or no value");
    if (item["h"].string() != hash_of(item["v"]))
      return refuse(DeliveryRefusal::wrong_hash, "the hash of '" + std::string(key) + "' is not that of its value");
    if (!out.emplace(key, DeliveredResource{std::string(item["h"].string()), item["v"]}).second)
      return refuse(DeliveryRefusal::malformed, "'" + std::string(key) + "' stands twice");
  }
  return DeliveryRefusal::none;
}

ReadDelivery read_delivery(std::string_view body, std::string_view gateway, const DeliveredSet* base, size_t bytes_max) {
  const auto document = Json::parse(body, bytes_max);
  if (document) return Reader(gateway, base).read(*document);
  ReadDelivery out;
  out.refusal = document.error().code == Code::limit ? DeliveryRefusal::too_large : DeliveryRefusal::malformed;
  out.message = document.error().message;
  return out;
}

}  // namespace gatelet
