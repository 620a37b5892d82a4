#include "base/arena.hpp"

#include <algorithm>

namespace gatelet {

static constexpr size_t arena_block_bytes_max = 64 * 1024;

Arena::~Arena() {
  while (block_) pop();
}

void Arena::pop() {
  Block* previous = block_->previous;
  reserved_ -= block_->size;
  ::operator delete(block_);
  block_ = previous;
}

void* Arena::allocate_slow(size_t size, size_t alignment) {
  const size_t needed = sizeof(Block) + size + alignment;
  const size_t bytes = std::max(needed, next_block_bytes_);
  auto* block = static_cast<Block*>(::operator new(bytes));
  *block = {block_, bytes};
  block_ = block;
  reserved_ += bytes;
  next_block_bytes_ = std::min(next_block_bytes_ * 2, arena_block_bytes_max);
  top_ = reinterpret_cast<char*>(block + 1);
  end_ = reinterpret_cast<char*>(block) + bytes;
  return allocate(size, alignment);
}

void Arena::reset(Mark mark) {
  while (block_ != mark.block) pop();
  top_ = mark.top;
  end_ = block_ ? reinterpret_cast<char*>(block_) + block_->size : nullptr;
}

void Arena::clear() {
  if (!block_) return;
  while (block_->previous) {
    Block* older = block_->previous;
    block_->previous = older->previous;
    reserved_ -= older->size;
    ::operator delete(older);
  }
  top_ = reinterpret_cast<char*>(block_ + 1);
}

}  // namespace gatelet
