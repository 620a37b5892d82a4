#include "manage/manage/projections.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/sync/limits.hpp"
#include "crypto/base64url.hpp"
#include "crypto/hash.hpp"
#include "http/gzip.hpp"
#include "manage/manage/token.hpp"

namespace gatelet::manage {

namespace projecting {

constexpr size_t root_digits = 16;  // of the root in an ETag

std::string hash_text(std::string_view text) { return hexadecimal(crypto::digest_of(crypto::Hash::sha256, text).view()); }

std::string_view root_in(std::string_view etag) { return etag.substr(etag.rfind('.') + 1); }

// The gateway that the key of a gateway's own resource belongs to.
std::string gateway_in(std::string_view key) {
  key.remove_prefix(std::string_view("gateways/").size());
  return std::string(key.substr(0, key.find('/')));
}

void collect_blobs(const Json& value, std::map<std::string, std::string>& out) {
  if (value.string().size() > blob_bytes_min) out.emplace(hash_text(value.string()), value.string());
  for (const Json& item : value.items()) collect_blobs(item, out);
  for (const Json::Member& member : value.members()) collect_blobs(member.value, out);
}

}  // namespace projecting

using namespace projecting;

Result<SigningKey> read_signing_key(std::string id, std::string_view text, crypto::Random random) {
  GATELET_TRY(key, crypto::Key::parse(text, {}, random));
  if (key.kind() != crypto::KeyKind::elliptic || key.curve() != crypto::Curve::p256 || !key.is_private())
    return Error{Code::argument,
                 "the signing key '" + id +
                     "' is not a private key on P-256; make one with 'openssl ecparam -name "
                     "prime256v1 -genkey'",
                 {},
                 {}};
  return SigningKey{std::move(id), std::move(key), random};
}

std::shared_ptr<const std::string> Delivered::text() const { return std::make_shared<const std::string>(*gunzip(*gzip, SIZE_MAX / 2)); }

Projections::Projections(Plane& plane, std::optional<SigningKey> signing) : plane_(plane), signing_(std::move(signing)) {
  for (const StoredProjection& item : plane.stored_projections()) stored_[lower(item.gateway)] = item;
  for (const Entry* entry : plane.tree().children("gateways")) place(lower(entry->name()));
}

void Projections::note(const std::vector<std::string>& changes) {
  const Tree& tree = plane_.tree();
  std::set<std::string> moved;
  for (const std::string& key : changes) {
    if (!tree.find(key)) values_.forget(key);
    if (key.starts_with("gateways/")) moved.insert(gateway_in(key));
  }
  for (auto& item : groups_) {
    Group* const group = item.second.get();  // a lambda of clang 14 takes no structured binding
    if (!group->is_stale && std::ranges::any_of(changes, [&](const std::string& key) {
          return key.starts_with("gateways/") ? group->reach.question.own_gateway == gateway_in(key) : may_reach(tree, group->reach, key);
        }))
      mark_stale(*group);
  }
  for (const std::string& gateway : moved) place(gateway);
}

void Projections::mark_stale(Group& group) {
  group.is_stale = true;
  for (const std::string& name : group.members) {
    members_.at(name).standing.is_stale = true;
    changed_.push_back(name);
  }
}

// Puts a gateway into the group of what it is to get; what it got until now stays known there as something to come from.
void Projections::place(const std::string& gateway) {
  const Entry* entry = plane_.tree().find("gateways/" + gateway);
  const auto known = members_.find(gateway);
  if (!entry) {
    if (known == members_.end()) return;
    leave(gateway, known->second);
    members_.erase(known);
    changed_.push_back(gateway);
    return;
  }
  const ReachQuestion question = reach_question(plane_.tree(), gateway);
  Member& member = members_[gateway];
  member.name = entry->name();
  if (member.group && member.group->reach.question == question) return;
  auto& group = groups_[question];
  if (!group) {
    group = std::make_unique<Group>();
    group->reach.question = question;
  }
  if (member.group && !member.group->root.empty()) {
    if (group->is_stale) renew(*group);
    bridge(*member.group, *group);
  }
  if (member.group) leave(gateway, member);
  member.group = group.get();
  group->members.insert(gateway);
  member.standing.is_stale = true;
  if (!group->is_stale) settle(gateway, member);
  changed_.push_back(gateway);
}

void Projections::leave(const std::string& gateway, Member& member) {
  member.group->members.erase(gateway);
  if (member.group->members.empty()) groups_.erase(ReachQuestion(member.group->reach.question));
  member.group = nullptr;
}

void Projections::bridge(Group& from, Group& to) {
  if (from.root == to.root) return;
  if (to.changes.empty() && from.members.size() == 1) to.changes = from.changes;  // nobody else is there who needs them
  const bool is_known = std::ranges::any_of(to.changes, [&](const Change& item) { return item.from == from.root && item.to == to.root; });
  if (!is_known) add_change(to, from.root, from.reach.resources);
}

void Projections::add_change(Group& group, std::string from, const DeliveredResources& before) {
  Change change{std::move(from), group.root, {}, {}, {}};
  for (const auto& [key, resource] : group.reach.resources) {
    const auto found = before.find(key);
    if (found == before.end()) change.created.insert(key);
    if (found == before.end() || found->second.hash != resource.hash) change.upsert.emplace(key, resource);
  }
  for (const auto& [key, resource] : before)
    if (!group.reach.resources.contains(key)) change.deleted.push_back(key);
  group.changes.push_back(std::move(change));
  if (group.changes.size() > delta_revisions_kept) group.changes.pop_front();
}

void Projections::renew(Group& group) {
  ++renewals_;
  Reach made = reach_of(plane_.tree(), group.reach.question, values_);
  std::string root = root_of(made.resources);
  std::swap(group.reach, made);
  group.is_stale = false;
  if (root != group.root) {
    const std::string before = std::exchange(group.root, std::move(root));
    if (!before.empty()) add_change(group, before, made.resources);
    group.snapshot_bytes = 0;
    group.blobs.clear();
    group.has_blobs = false;
  }
  for (const std::string& name : group.members) settle(name, members_.at(name));
}

// After its group was looked at: the revision of a gateway is that of the last change that it sees.
void Projections::settle(const std::string& gateway, Member& member) {
  member.standing.is_stale = false;
  changed_.push_back(gateway);
  if (member.root == member.group->root) return;
  const auto stored = stored_.find(gateway);
  const bool is_as_stored = member.root.empty() && stored != stored_.end() && stored->second.root == member.group->root;
  member.root = member.group->root;
  member.standing.revision = is_as_stored ? stored->second.revision : plane_.revision();
  member.standing.etag =
      std::to_string(plane_.epoch()) + '.' + std::to_string(member.standing.revision) + '.' + member.root.substr(0, root_digits);
  if (!is_as_stored) unsaved_.insert(gateway);
}

std::vector<StoredProjection> Projections::take_unsaved() {
  std::vector<StoredProjection> out;
  for (const std::string& gateway : unsaved_)
    if (const auto found = members_.find(gateway); found != members_.end())
      out.push_back({found->second.name, found->second.standing.revision, found->second.root});
  unsaved_.clear();
  return out;
}

bool Projections::renew_next() {
  const auto stale = std::ranges::find_if(groups_, [](const auto& item) { return item.second->is_stale; });
  if (stale == groups_.end()) return false;
  renew(*stale->second);
  return true;
}

const Projections::Standing* Projections::standing(const std::string& gateway) const {
  const auto found = members_.find(gateway);
  return found == members_.end() ? nullptr : &found->second.standing;
}

const Projections::Standing& Projections::renewed(const std::string& gateway) {
  Member& member = members_.at(gateway);
  if (member.group->is_stale) renew(*member.group);
  return member.standing;
}

std::string Projections::snapshot_text(const Member& member) {
  DeliveredSet set;
  set.service_id = plane_.service_id();
  set.service_name = plane_.options().service_name;
  set.gateway = member.name;
  set.epoch = plane_.epoch();
  set.revision = member.standing.revision;
  set.root = member.root;
  set.resources.swap(member.group->reach.resources);
  std::string out = set.text();
  set.resources.swap(member.group->reach.resources);
  member.group->snapshot_bytes = out.size();
  return out;
}

std::optional<std::string> Projections::delta_text(const Member& member, std::string_view held, uint64_t base) {
  Group& group = *member.group;
  const auto begins = [&](const Change& item) { return std::string_view(item.from).substr(0, root_digits) == root_in(held); };
  const auto last = std::ranges::find_if(group.changes.rbegin(), group.changes.rend(), begins);
  if (last == group.changes.rend()) return std::nullopt;
  DeliveredDelta merged{base, member.standing.revision, group.root, {}, {}};
  std::set<std::string> fresh, deleted;  // fresh: not in the base
  std::string at = last->from;
  for (auto change = std::prev(last.base()); change != group.changes.end(); ++change) {
    if (change->from != at) continue;  // another gateway's way here
    at = change->to;
    for (const auto& [key, resource] : change->upsert) {
      if (change->created.contains(key) && deleted.erase(key) == 0) fresh.insert(key);
      merged.upsert.insert_or_assign(key, resource);
    }
    for (const std::string& key : change->deleted) {
      merged.upsert.erase(key);
      if (fresh.erase(key) == 0) deleted.insert(key);
    }
  }
  merged.deleted.assign(deleted.begin(), deleted.end());
  if (at != group.root || merged.item_count() > delta_items_max) return std::nullopt;
  std::string text = merged.text();
  if (group.snapshot_bytes == 0) snapshot_text(member);
  if (text.size() * 2 > group.snapshot_bytes) return std::nullopt;
  return text;
}

Projections::Packed& Projections::packed(const std::string& key, std::string text) {
  Packed made{std::make_shared<const std::string>(gzip(text)), signing_ ? hash_text(text) : std::string(), {}};
  packed_bytes_ += made.gzip->size() + key.size();
  if (packed_bytes_ > packed_bytes_max) {
    packed_.clear();
    packed_bytes_ = made.gzip->size() + key.size();
  }
  return packed_.insert_or_assign(key, std::move(made)).first->second;
}

std::string Projections::signature(Packed& body, std::string_view spelling, const std::string& etag) const {
  if (!signing_) return {};
  std::string& out = body.signatures[std::string(spelling) + '\n' + etag];
  if (!out.empty()) return out;
  const std::string text = "GSP1\n" + std::string(spelling) + "\n" + etag + "\n" + body.body_hash;
  const auto made = signing_->key.sign(crypto::SignatureScheme::ecdsa, crypto::Hash::sha256, crypto::digest_of(crypto::Hash::sha256, text),
                                       signing_->random);
  if (made) out = "keyid=\"" + signing_->id + "\",alg=\"ES256\",sig=\"" + crypto::base64url(*made) + '"';
  return out;
}

Delivered Projections::deliver(const std::string& gateway, std::string_view spelling, std::string_view held, std::optional<uint64_t> base) {
  const Standing& standing = renewed(gateway);
  const Member& member = members_.at(gateway);
  Delivered out{standing.etag, standing.revision, false, nullptr, {}};
  Packed* body = nullptr;
  // A base of another epoch is another service's.
  if (base && held.starts_with(std::to_string(plane_.epoch()) + "." + std::to_string(*base) + ".")) {
    const std::string key = "delta\n" + std::string(held) + '\n' + std::to_string(standing.revision) + '\n' + member.root;
    const auto known = packed_.find(key);
    if (known != packed_.end()) body = &known->second;
    if (!body)
      if (auto text = delta_text(member, held, *base)) body = &packed(key, *std::move(text));
    out.is_delta = body != nullptr;
  }
  if (!body) {
    const std::string key = "snapshot\n" + gateway + '\n' + standing.etag;
    const auto known = packed_.find(key);
    body = known != packed_.end() ? &known->second : &packed(key, snapshot_text(member));
  }
  out.gzip = body->gzip;
  out.signature = signature(*body, spelling, standing.etag);
  return out;
}

std::optional<std::string> Projections::blob(const std::string& gateway, std::string_view hash) {
  renewed(gateway);
  Group& group = *members_.at(gateway).group;
  if (!group.has_blobs)
    for (const auto& [key, resource] : group.reach.resources) collect_blobs(resource.value, group.blobs);
  group.has_blobs = true;
  const auto found = group.blobs.find(lower(hash));
  return found == group.blobs.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace gatelet::manage
