#include "base/arena.hpp"

#include <algorithm>
#include <cstdint>

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

ArenaPast::ArenaPast(Arena& arena, Arena::Mark seal) : arena_(arena), newest_(arena.block_), end_(static_cast<Arena::Block*>(seal.block)) {
  for (Arena::Block* block = newest_; block != end_; block = block->previous) arena.reserved_ -= block->size;
  arena.block_ = end_;
  arena.end_ = arena.top_ = seal.top;
}

ArenaPast::~ArenaPast() {
  if (newest_ == end_) return;
  Arena::Block** link = &arena_.block_;
  while (*link != end_) link = &(*link)->previous;
  *link = newest_;
  for (const Arena::Block* block = newest_; block != end_; block = block->previous) arena_.reserved_ += block->size;
}

void ArenaPast::free() {
  while (newest_ != end_) {
    Arena::Block* previous = newest_->previous;
    ::operator delete(newest_);
    newest_ = previous;
  }
}

bool ArenaPast::holds(const void* memory) const {
  const auto at = reinterpret_cast<uintptr_t>(memory);
  for (const Arena::Block* block = newest_; block != end_; block = block->previous) {
    const auto begin = reinterpret_cast<uintptr_t>(block);
    if (at >= begin && at < begin + block->size) return true;
  }
  return false;
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
