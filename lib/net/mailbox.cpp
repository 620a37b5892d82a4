#include "net/mailbox.hpp"

namespace gatelet {

void Mailbox::open(uv_loop_t* loop, AnswerFn on_answer) {
  on_answer_ = std::move(on_answer);
  work_.reserve(8);  // so that a server which could not start can be stopped without memory
  auto wake = std::make_unique<uv_async_t>();
  // No memory, or no descriptor left: as for the loop itself.
  if (uv_async_init(loop, wake.get(), [](uv_async_t* sent) { static_cast<Mailbox*>(sent->data)->empty(); }) != 0) throw std::bad_alloc();
  wake_ = wake.release();
  wake_->data = this;
  std::lock_guard lock(mutex_);
  is_open_ = true;
}

void Mailbox::close() {
  std::lock_guard lock(mutex_);
  if (!is_open_) return;
  is_open_ = false;
  work_.clear();
  answers_.clear();
  open_calls_.clear();
  uv_close(reinterpret_cast<uv_handle_t*>(wake_), [](uv_handle_t* wake) { delete reinterpret_cast<uv_async_t*>(wake); });
  wake_ = nullptr;
}

void Mailbox::open_call(uint64_t id) {
  std::lock_guard lock(mutex_);
  open_calls_.insert(id);
}

void Mailbox::close_call(uint64_t id) {
  std::lock_guard lock(mutex_);
  open_calls_.erase(id);
}

std::optional<HostAnswer> Mailbox::hand_over(uint64_t id, HostHandler& handler, HostCall& call) {
  handing_over_ = id;
  answered_at_once_.reset();
  handler.handle(call);
  handing_over_ = 0;
  return std::exchange(answered_at_once_, std::nullopt);
}

void Mailbox::post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (!is_open_) return;
  work_.push_back(std::move(work));
  uv_async_send(wake_);
}

bool Mailbox::deliver(uint64_t call_id, HostAnswer answer) {
  const bool is_at_once = std::this_thread::get_id() == thread_ && handing_over_ == call_id;
  std::lock_guard lock(mutex_);
  if (!is_open_ || open_calls_.erase(call_id) == 0) return false;
  if (is_at_once) {
    answered_at_once_ = std::move(answer);
  } else {
    answers_.push_back({call_id, std::move(answer)});
    uv_async_send(wake_);
  }
  return true;
}

void Mailbox::empty() {
  std::vector<std::function<void()>> work;
  std::vector<Answered> answers;
  {
    std::lock_guard lock(mutex_);
    work.swap(work_);
    answers.swap(answers_);
  }
  for (Answered& answered : answers) on_answer_(answered.id, std::move(answered.answer));
  for (const auto& item : work) item();
}

}  // namespace gatelet
