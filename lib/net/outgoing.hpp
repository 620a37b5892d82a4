// Outgoing: the bytes of one write, put together so that a message goes out in one system call: heads and small pieces are copied one
// behind the other, large pieces are referred to. One per loop, empty between writes.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"

namespace gatelet {

class Outgoing {
 public:
  static constexpr size_t copied_bytes_max = 4096;  // a larger piece is cheaper referred to than copied

  struct Part {
    std::string_view bytes;
    Buffer owner;  // empty: the bytes live until the write returns
  };

  // Room for `size` bytes, of which commit() takes as many as were filled.
  char* reserve(size_t size);
  void commit(size_t size);
  void copy(std::string_view bytes);
  // Copies or refers to; the bytes must live until the write.
  void add(std::string_view bytes) { bytes.size() <= copied_bytes_max ? copy(bytes) : refer({bytes, {}}); }
  void add(const Buffer& bytes) { bytes.size() <= copied_bytes_max ? copy(bytes.view()) : refer({bytes.view(), bytes}); }
  // One chunk of a chunked body.
  void add_chunk(const std::vector<std::string_view>& pieces, size_t size);

  std::vector<Part>& parts() { return parts_; }
  size_t size() const { return size_; }
  void clear();

 private:
  static constexpr size_t block_bytes = 64 * 1024;
  void refer(Part part);

  std::unique_ptr<char[]> block_ = std::make_unique_for_overwrite<char[]>(block_bytes);
  std::vector<std::unique_ptr<char[]>> extra_blocks_;  // for what exceeds the first one; rare
  char* top_ = block_.get();
  char* end_ = block_.get() + block_bytes;
  std::vector<Part> parts_;
  size_t size_ = 0;
};

}  // namespace gatelet
