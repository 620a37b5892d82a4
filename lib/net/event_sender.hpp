// EventSender: gives the events of log-to-eventhub to the event hubs of the configuration, for one worker (policies-b.md 4.3). What waits
// for a hub while others go there becomes one batch, events of one partition in their order. A hub that is away, slow or erring is asked
// again later and later, and its events wait meanwhile, so many at most; no other logger and no request waits for it.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include "net/timer_wheel.hpp"
#include "policy/event_hub.hpp"
#include "policy/services.hpp"

namespace gatelet {

class Worker;

class EventSender {
 public:
  static constexpr uint64_t retry_ms_min = 200, retry_ms_max = 30'000;

  explicit EventSender(Worker& worker) : worker_(worker) {}
  EventSender(const EventSender&) = delete;
  EventSender& operator=(const EventSender&) = delete;

  // An event of a logger that is an event hub, out of the outbox, which hears how it ended.
  void take(OutboxItem event);
  // One more try for all that waits: what fails from now on is dropped.
  void drain();
  // Nothing is sent any more.
  void stop();
  bool is_idle() const;

 private:
  using Events = std::list<OutboxItem>;
  struct Logger {
    Logger(std::string name, EventSender& sender) : id(std::move(name)), owner(sender), timer(on_time, this) {}
    std::string id;
    EventSender& owner;
    Timer timer;
    Events waiting;
    std::list<Events> batches;  // under way
    size_t held = 0;            // waiting, or under way
    bool is_resting = false;
    bool is_away = false;   // which the log was told
    unsigned failures = 0;  // since a batch arrived
  };

  static void on_time(void* logger);
  void send(Logger& logger);
  bool find_authorization(Logger& logger, const EventHub& hub, std::string& text);
  bool next_batch(Logger& logger, Events& batch, std::string& body);
  void batch_ended(Logger& logger, std::list<Events>::iterator batch, int status);
  void end(Logger& logger, Events& events, bool was_delivered);
  void rest(Logger& logger);
  void rest_for(Logger& logger, uint64_t ms);
  void note(Logger& logger, int status);

  Worker& worker_;
  std::map<std::string, Logger, std::less<>> loggers_;  // by id in lower case
  bool is_last_try_ = false;
};

}  // namespace gatelet
