#include "net/event_sender.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "net/worker.hpp"
#include "policies/managed_identity.hpp"

namespace gatelet {
namespace event_sender {

bool is_same_partition(const OutboxItem& a, const OutboxItem& b) {
  return a.partition_id == b.partition_id && a.partition_key == b.partition_key;
}

OutboxItem post_of(const EventHub& hub, const OutboxItem& first, std::string body, std::string authorization) {
  OutboxItem post;
  post.name = "POST";
  post.upstream = hub.upstream;
  post.host = hub.upstream->authority;
  post.path = event_path(hub, first.partition_id);
  post.fields = {{"Authorization", std::move(authorization)}, {"Content-Type", "application/vnd.microsoft.servicebus.json"}};
  post.body = Buffer::copy(body);
  post.timeout_ms = event_timeout_ms;
  return post;
}

}  // namespace event_sender

using namespace event_sender;

void EventSender::take(OutboxItem event) {
  const std::string id = lower(event.name);
  auto found = loggers_.find(id);
  if (found == loggers_.end()) found = loggers_.try_emplace(id, event.name, *this).first;
  Logger& logger = found->second;
  if (logger.held >= logger_events_max || (is_last_try_ && logger.is_away)) return worker_.gateway().outbox().done(event, false);
  logger.waiting.push_back(std::move(event));
  ++logger.held;
  send(logger);
}

void EventSender::send(Logger& logger) {
  const auto hub = worker_.event_hub(logger.id);
  if (!hub) return end(logger, logger.waiting, false);  // the configuration has it no more
  while (!logger.is_resting && logger.batches.size() < (logger.failures == 0 ? event_batches_max : 1)) {
    Events events;
    std::string body, authorization;
    if (logger.waiting.empty() || !find_authorization(logger, *hub, authorization)) return;
    if (!next_batch(logger, events, body)) return;
    OutboxItem post = post_of(*hub, events.front(), std::move(body), std::move(authorization));
    logger.batches.push_back(std::move(events));
    const auto batch = std::prev(logger.batches.end());
    worker_.send_alone(std::move(post), [this, &logger, batch](const OutboxItem&, const FetchReply* reply) {
      batch_ended(logger, batch, reply ? reply->status : 0);
    });
  }
}

// False: the logger rests until there is an access token.
bool EventSender::find_authorization(Logger& logger, const EventHub& hub, std::string& text) {
  if (!hub.key.empty()) return text = shared_access_signature(hub, worker_.loop().now().wall_ms), true;
  Services& services = worker_.gateway().services();
  FetchLook look;
  if (!services.identity_endpoint.url.empty()) {
    const AccessTokenWish wish(services, event_hub_resource, hub.client_id);
    look = services.fetches->look({wish.name, false, false, wish.make}, worker_.loop().now().steady_ms());
    worker_.serve_outbox();  // it may be this worker's to fetch
  }
  if (look.value) return text = "Bearer " + std::string(access_token_in(*look.value)), true;
  if (look.turn == FetchLook::Turn::wait) return rest_for(logger, look.wait_ms), false;
  note(logger, 0);
  if (is_last_try_)
    end(logger, logger.waiting, false);
  else
    rest(logger);
  return false;
}

// Of the first partition that has no batch under way, so that its events keep their order.
bool EventSender::next_batch(Logger& logger, Events& batch, std::string& body) {
  const auto is_under_way = [&](const OutboxItem& event) {
    return std::ranges::any_of(logger.batches, [&](const Events& other) { return is_same_partition(other.front(), event); });
  };
  for (auto at = logger.waiting.begin(); at != logger.waiting.end();) {
    const auto next = std::next(at);
    if (batch.empty() ? !is_under_way(*at) : is_same_partition(batch.front(), *at)) {
      const std::string json = event_json(at->body.view(), at->partition_key);
      const bool has_room = batch.size() < event_batch_items_max && body.size() + json.size() < event_batch_bytes_max;
      if (!batch.empty() && !has_room) break;
      body += (batch.empty() ? '[' : ',') + json;
      batch.splice(batch.end(), logger.waiting, at);
    }
    at = next;
  }
  body += ']';
  return !batch.empty();
}

void EventSender::batch_ended(Logger& logger, std::list<Events>::iterator batch, int status) {
  Events events = std::move(*batch);
  logger.batches.erase(batch);
  note(logger, status);
  if (status >= 200 && status < 300) {
    logger.failures = 0;
    end(logger, events, true);
  } else if (is_last_try_) {
    end(logger, events, false);
    return end(logger, logger.waiting, false);
  } else if (status == 400 || status == 413) {
    end(logger, events, false);  // it would be refused again
  } else {
    logger.waiting.splice(logger.waiting.begin(), events);
    rest(logger);
  }
  send(logger);
}

void EventSender::end(Logger& logger, Events& events, bool was_delivered) {
  logger.held -= events.size();
  OutboxQueue& outbox = worker_.gateway().outbox();
  for (const OutboxItem& event : events) outbox.done(event, was_delivered);
  events.clear();
}

void EventSender::rest(Logger& logger) {
  if (logger.is_resting) return;
  const uint64_t longest = std::min(retry_ms_min << std::min(logger.failures++, 10U), retry_ms_max);
  const uint64_t spread = worker_.loop().now().steady_us % (longest / 4 + 1);  // so that not all gateways come at once
  rest_for(logger, longest - spread);
}

void EventSender::rest_for(Logger& logger, uint64_t ms) {
  logger.is_resting = true;
  worker_.loop().set_timer_after(logger.timer, ms);
}

void EventSender::on_time(void* user) {
  Logger& logger = *static_cast<Logger*>(user);
  logger.timer.clear();
  logger.is_resting = false;
  logger.owner.send(logger);
}

// When a hub stops or begins again to take events.
void EventSender::note(Logger& logger, int status) {
  const bool is_away = status < 200 || status >= 300;
  if (std::exchange(logger.is_away, is_away) == is_away) return;
  LogSink* const log = worker_.gateway().options().log;
  if (!log) return;
  const std::string text =
      "the event hub of the logger '" + logger.id + "' " +
      (!is_away      ? "takes events again"
       : status == 0 ? "does not answer, or there is no access token for it; its events wait"
                     : "answers " + std::to_string(status) + "; its events wait, and are dropped when it refuses them");
  log->log(is_away ? LogLevel::warn : LogLevel::info, is_away ? "EventHubUnavailable" : "EventHubAvailable", text, nullptr, 0);
}

void EventSender::drain() {
  is_last_try_ = true;
  for (auto& [id, logger] : loggers_) {
    logger.timer.clear();
    logger.is_resting = false;
    send(logger);
  }
}

void EventSender::stop() {
  is_last_try_ = true;
  for (auto& [id, logger] : loggers_) {
    logger.timer.clear();
    logger.is_resting = true;
    end(logger, logger.waiting, false);
  }
}

bool EventSender::is_idle() const {
  return std::ranges::all_of(loggers_, [](const auto& entry) { return entry.second.waiting.empty() && entry.second.batches.empty(); });
}

}  // namespace gatelet
