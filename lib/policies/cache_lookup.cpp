// cache-lookup: a response that cache-store kept answers the request, and the backend is not asked (policies-a.md 8.2).
#include <algorithm>

#include "base/text.hpp"
#include "policies/cached_response.hpp"
#include "policies/cached_value.hpp"
#include "policies/elements.hpp"
#include "policies/list_items.hpp"
#include "policies/word_value.hpp"

namespace gatelet {

namespace {

using Downstream = CacheLookup::Downstream;

constexpr std::string_view downstream_types[] = {"none", "private", "public"};
constexpr std::string_view response_prefix = "response:";
// They would make the backend send less than a whole response.
constexpr std::string_view conditions[] = {"Cache-Control",       "Pragma",   "If-None-Match", "If-Modified-Since", "If-Match",
                                           "If-Unmodified-Since", "If-Range", "Range"};

bool has_directive(std::string_view list, std::string_view wanted) {
  bool is_there = false;
  for_each_item(list, ',', [&](std::string_view directive) { is_there |= equal_ignoring_case(directive, wanted); });
  return is_there;
}

// Of the query: trivial, so that a list of them needs no heap.
struct Parameter {
  const char* name_at;
  size_t name_size;
  const char* value_at;
  size_t value_size;
  std::string_view name() const { return {name_at, name_size}; }
  std::string_view value() const { return {value_at, value_size}; }
};

// What decides who may get the response, in one text: parts end with a line feed, which none of them holds.
class KeyText {
 public:
  explicit KeyText(Arena& arena) : arena_(arena) { text_ = response_prefix; }
  void add(std::string_view part) { text_ = arena_.concat(text_, part, "\n"); }
  void add(std::string_view name, std::string_view value) { text_ = arena_.concat(text_, name, "=", value, "\n"); }
  std::string_view text() const { return text_; }

 private:
  Arena& arena_;
  std::string_view text_;
};

class CacheLookupPolicy final : public Policy {
 public:
  explicit CacheLookupPolicy(PolicyReader& in)
      : by_developer_(in.required_bool("vary-by-developer")),
        by_groups_(in.required_bool("vary-by-developer-groups")),
        caching_(read_caching_type(in)),
        downstream_(WordValue::optional(in, "downstream-caching-type", downstream_types, 0)),
        must_revalidate_(in.optional_bool("must-revalidate", true)),
        allows_private_(in.optional_bool("allow-private-response-caching", false)),
        headers_(in.texts("vary-by-header")),
        parameters_(in.texts("vary-by-query-parameter")) {}

  uint8_t needs() const override {
    uint8_t needs = by_developer_.needs() | by_groups_.needs() | downstream_.needs() | must_revalidate_.needs() | allows_private_.needs();
    for (const auto* texts : {&headers_, &parameters_})
      for (const TextValue& text : *texts) needs |= text.needs();
    return needs;
  }

  Flow run(Context& context) const override {
    context.cache_lookup = nullptr;
    bool allows_private;
    Cache* cache = context.cache_of(caching_);
    if (!cache || context.request.method != Method::get) return context.tell("The cache was not asked."), Flow::next;
    if (!allows_private_.get(context, allows_private)) return Flow::fail;
    const Headers& headers = context.request.headers;
    if (!allows_private && headers.contains(HeaderId::authorization))
      return context.tell("The request has Authorization: the cache was not asked."), Flow::next;
    auto* lookup = context.arena.make<CacheLookup>();
    if (!fill(context, *lookup)) return Flow::fail;
    context.cache_lookup = lookup;
    const std::string_view control = headers.get(HeaderId::cache_control);
    const bool stores = !has_directive(control, "no-store");
    if (!stores || has_directive(control, "no-cache") || has_directive(headers.get("Pragma"), "no-cache")) {
      miss(context);
      if (!stores) lookup->key = {};
      return Flow::next;
    }
    if (!context.find_cached(*cache, lookup->key)) return Flow::wait;
    return resume(context);
  }

  Flow resume(Context& context) const override {
    const CacheReply reply = std::exchange(context.cache_reply, {});
    CachedResponseAge age;
    if (!reply.is_found || !decode_response(context, reply.value, age)) return miss(context), Flow::next;
    Response& response = context.response;
    tell_downstream(context, *context.cache_lookup, age.left_s);
    response.headers.set(text_of(HeaderId::age), decimal(context.arena, age.age_s));
    if (response.status == 200 && is_not_modified(context.request.headers, response.headers)) {
      response.status = 304;
      response.reason.reset();
      response.body = {};
      response.headers.remove(HeaderId::content_type);
    }
    context.cache_lookup = nullptr;
    context.tell(
        "Cache lookup resulted in a hit! Cached response will be used. Processing will continue from the step in the response "
        "pipeline that is after the corresponding cache-store.");
    return Flow::answer;
  }

 private:
  bool fill(Context& context, CacheLookup& lookup) const {
    size_t downstream;
    if (!downstream_.get(context, downstream) || !must_revalidate_.get(context, lookup.must_revalidate)) return false;
    lookup.downstream = static_cast<Downstream>(downstream);
    lookup.caching = caching_;
    KeyText key(context.arena);
    if (context.api) key.add(context.api->id, context.api->revision);
    if (context.operation) key.add(context.operation->id);
    key.add(context.original_host, context.original_target.path);
    if (!add_parameters(context, key) || !add_headers(context, key) || !add_developer(context, key)) return false;
    lookup.key = key.text();
    return true;
  }

  // Those that are listed, several in one element separated by ';'; else all but the subscription key.
  bool add_parameters(Context& context, KeyText& key) const {
    std::string_view listed;
    for (const TextValue& value : parameters_) {
      std::string_view names;
      if (!value.get(context, names)) return false;
      listed = listed.empty() ? names : context.arena.concat(listed, ";", names);
    }
    const Query query(context.original_target.query, context.arena);
    const auto found = context.arena.make_array<Parameter>(query.parameters().size());
    size_t count = 0;
    for (const QueryParameter& parameter : query.parameters()) {
      const std::string_view name = lowered(query_decoded(parameter.name, context.arena), context.arena);
      bool is_wanted = listed.empty() && !(context.api && equal_ignoring_case(name, context.api->key_query));
      if (!listed.empty()) for_each_item(listed, ';', [&](std::string_view one) { is_wanted |= equal_ignoring_case(one, name); });
      if (is_wanted) found[count++] = {name.data(), name.size(), parameter.value.data(), parameter.value.size()};
    }
    // Equal names stay in the order of the query.
    std::ranges::sort(found.first(count), [](const Parameter& a, const Parameter& b) {
      return a.name() != b.name() ? a.name() < b.name() : std::less<>()(a.value_at, b.value_at);
    });
    for (const Parameter& one : found.first(count)) key.add(query_encoded(one.name(), context.arena), one.value());
    return true;
  }
  static std::string_view lowered(std::string_view text, Arena& arena) {
    const auto bytes = arena.make_array<char>(text.size());
    std::ranges::transform(text, bytes.begin(), to_lower);
    return {bytes.data(), bytes.size()};
  }
  // The name again without characters that end a part.
  static std::string_view query_encoded(std::string_view text, Arena& arena) {
    char* const bytes = static_cast<char*>(arena.allocate(text.size() * 3, 1));
    return {bytes, static_cast<size_t>(query_encode(text, bytes) - bytes)};
  }

  bool add_headers(Context& context, KeyText& key) const {
    for (const TextValue& value : headers_) {
      std::string_view name;
      if (!value.get(context, name)) return false;
      key.add("header", context.request.headers.get(trim(name)));
    }
    return true;
  }

  bool add_developer(Context& context, KeyText& key) const {
    bool by_developer, by_groups;
    if (!by_developer_.get(context, by_developer) || !by_groups_.get(context, by_groups)) return false;
    if (by_developer) key.add("user", context.user ? std::string_view(context.user->id) : std::string_view());
    if (!by_groups) return true;
    std::vector<std::string_view> groups;
    if (context.user)
      for (const NamedFacts& group : context.user->groups) groups.push_back(group.id);
    std::ranges::sort(groups);
    for (std::string_view group : groups) key.add("group", group);
    return true;
  }

  static void miss(Context& context) {
    std::string removed;
    for (std::string_view name : conditions) {
      if (!context.request.headers.remove(name) || !context.trace) continue;
      removed += (removed.empty() ? "" : ",") + trace_text(name);
    }
    if (context.trace)
      context.tell_data(
          "{\"message\":\"Cache lookup resulted in a miss. Cache headers listed below were removed from the request to prompt the backend "
          "service to send back a complete response.\",\"cacheKey\":" +
          trace_text(context.cache_lookup->key) + ",\"cacheHeaders\":[" + removed + "]}");
  }

  BoolValue by_developer_;
  BoolValue by_groups_;
  CachingType caching_;
  WordValue downstream_;
  BoolValue must_revalidate_;
  BoolValue allows_private_;
  std::vector<TextValue> headers_;
  std::vector<TextValue> parameters_;
};

}  // namespace

std::unique_ptr<Policy> read_cache_lookup(PolicyReader& in) { return std::make_unique<CacheLookupPolicy>(in); }

}  // namespace gatelet
