#include "net/handshake_turns.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"

namespace gatelet {

HandshakeTurns::HandshakeTurns(Loop& loop)
    : loop_(loop), patience_([](void* self) { static_cast<HandshakeTurns*>(self)->make_room(); }, this) {}

void HandshakeTurns::open() {
  uv_idle_init(loop_.uv(), &idle_);
  idle_.data = this;
}

void HandshakeTurns::close() {
  patience_.clear();
  uv_close(reinterpret_cast<uv_handle_t*>(&idle_), nullptr);
}

void HandshakeTurns::wait_for_turn(Stream& stream, bool is_first) {
  (is_first ? newcomers_ : ready_).push_back(&stream);
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(&idle_))) return;
  uv_idle_start(&idle_, [](uv_idle_t* idle) { static_cast<HandshakeTurns*>(idle->data)->run_one(); });
  loop_.count_change();
}

void HandshakeTurns::leave(Stream& stream) {
  std::erase(ready_, &stream);
  std::erase(newcomers_, &stream);
  const size_t left = std::erase_if(begun_, [&](const Begun& each) { return each.stream == &stream; });
  // Somebody may have waited for the place.
  if (left != 0 && !newcomers_.empty()) uv_idle_start(&idle_, [](uv_idle_t* idle) { static_cast<HandshakeTurns*>(idle->data)->run_one(); });
}

// What has begun goes first: it ends sooner, and its memory is free again.
Stream* HandshakeTurns::next() {
  Stream* stream = nullptr;
  if (!ready_.empty()) {
    stream = ready_.front();
    ready_.pop_front();
  } else if (!newcomers_.empty() && begun_.size() < tls_handshakes_max) {
    stream = newcomers_.front();
    newcomers_.pop_front();
    begun_.push_back({stream, loop_.now().steady_ms()});
  }
  return stream;
}

void HandshakeTurns::run_one() {
  loop_.read_clock();
  if (Stream* const stream = next()) return stream->continue_handshake();
  uv_idle_stop(&idle_);
  if (!newcomers_.empty()) make_room();
}

void HandshakeTurns::make_room() {
  if (newcomers_.empty() || begun_.size() < tls_handshakes_max) return;
  const Begun oldest = begun_.front();
  // The more wait, the less time has who is slow.
  const uint64_t patience_ms = tls_handshake_patience_ms / (1 + newcomers_.size() / tls_handshakes_waiting);
  const uint64_t due_ms = oldest.begun_ms + std::max<uint64_t>(patience_ms, tls_handshake_patience_ms_min);
  if (due_ms > loop_.now().steady_ms()) return loop_.set_timer(patience_, due_ms);
  oldest.stream->abandon_handshake();
}

}  // namespace gatelet
