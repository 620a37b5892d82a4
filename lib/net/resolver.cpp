#include "net/resolver.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace gatelet {

Resolver::~Resolver() = default;

void Resolver::resolve(std::string_view host, uint16_t port, Waiter& waiter) {
  if (auto literal = parse_ip(host)) {
    literal->set_port(port);
    waiter.resolved({*literal}, {});
    return;
  }
  const uint64_t now_ms = loop_.now().steady_ms();
  std::unique_ptr<Entry>& slot = entries_[std::string(host)];
  if (!slot) {
    slot = std::make_unique<Entry>();
    slot->host = host;
    slot->resolver = this;
  }
  Entry& entry = *slot;
  if (!entry.is_running && entry.checked_ms != 0 && now_ms < entry.checked_ms + name_fresh_ms) return answer(entry, {&waiter, port});
  if (!entry.is_running) {
    if (is_closed_ || running_count_ >= name_lookups_max) return waiter.resolved({}, "too many name look-ups are under way");
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    entry.lookup.data = &entry;
    const int error = uv_getaddrinfo(loop_.uv(), &entry.lookup, on_resolved, entry.host.c_str(), nullptr, &hints);
    if (error != 0) return waiter.resolved({}, uv_strerror(error));
    entry.is_running = true;
    ++running_count_;
    loop_.count_change();
  }
  entry.waiting.push_back({&waiter, port});
}

void Resolver::on_resolved(uv_getaddrinfo_t* lookup, int status, addrinfo* found) {
  Entry& entry = *static_cast<Entry*>(lookup->data);
  Resolver& resolver = *entry.resolver;
  resolver.loop_.read_clock();
  entry.is_running = false;
  --resolver.running_count_;
  resolver.take(entry, status, found);
  uv_freeaddrinfo(found);
  // One at a time: an answered waiter may make others be forgotten.
  while (!entry.waiting.empty()) {
    const WaitingFor next = entry.waiting.back();
    entry.waiting.pop_back();
    resolver.answer(entry, next);
  }
  resolver.drop_stale();
}

void Resolver::take(Entry& entry, int status, const addrinfo* found) {
  const uint64_t now_ms = loop_.now().steady_ms();
  entry.checked_ms = now_ms;
  std::vector<KnownAddress> addresses;
  for (; status == 0 && found && addresses.size() < addresses_per_name_max; found = found->ai_next) {
    if (found->ai_family != AF_INET && found->ai_family != AF_INET6) continue;
    KnownAddress known{SocketAddress(*found->ai_addr), 0};
    for (const KnownAddress& old : entry.addresses)
      if (old.address.is_same_host(known.address)) known.failed_ms = old.failed_ms;
    addresses.push_back(known);
  }
  if (!addresses.empty()) {
    entry.addresses = std::move(addresses);
    entry.good_ms = now_ms;
    entry.error.clear();
    return;
  }
  entry.error = "the name " + entry.host + " cannot be resolved: " + (status == 0 ? "it has no address" : uv_strerror(status));
  if (now_ms > entry.good_ms + name_kept_ms) entry.addresses.clear();
}

void Resolver::answer(Entry& entry, WaitingFor waiting) {
  if (entry.addresses.empty()) return waiting.waiter->resolved({}, entry.error);
  const uint64_t now_ms = loop_.now().steady_ms();
  const auto is_failed = [&](const KnownAddress& known) { return known.failed_ms != 0 && now_ms < known.failed_ms + address_penalty_ms; };
  const size_t count = entry.addresses.size();
  const size_t first = entry.turn++ % count;
  std::vector<SocketAddress> sorted;
  sorted.reserve(count);
  for (const bool failed : {false, true}) {
    for (size_t i = 0; i < count; ++i) {
      const KnownAddress& known = entry.addresses[(first + i) % count];
      if (is_failed(known) != failed) continue;
      sorted.push_back(known.address);
      sorted.back().set_port(waiting.port);
    }
  }
  waiting.waiter->resolved(std::move(sorted), {});
}

void Resolver::forget(Waiter& waiter) {
  for (auto& [host, entry] : entries_) std::erase_if(entry->waiting, [&](const WaitingFor& waiting) { return waiting.waiter == &waiter; });
}

void Resolver::mark_failed(std::string_view host, const SocketAddress& address) {
  const auto found = entries_.find(std::string(host));
  if (found == entries_.end()) return;
  for (KnownAddress& known : found->second->addresses)
    if (known.address.is_same_host(address)) known.failed_ms = loop_.now().steady_ms();
}

// Names may come out of requests (a computed base URL): what was not asked for lately goes when there are many.
void Resolver::drop_stale() {
  if (entries_.size() <= names_kept_max) return;
  const uint64_t now_ms = loop_.now().steady_ms();
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& entry = *item.second;
    return !entry.is_running && entry.waiting.empty() && now_ms > entry.checked_ms + name_fresh_ms;
  });
}

void Resolver::close() {
  is_closed_ = true;
  for (auto& [host, entry] : entries_) {
    entry->waiting.clear();
    if (entry->is_running) uv_cancel(reinterpret_cast<uv_req_t*>(&entry->lookup));
  }
}

}  // namespace gatelet
