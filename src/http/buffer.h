#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace http {

/// The unread bytes of a connection. Internal to this room.
class Buffer {
 public:
  std::string_view unread() const { return {bytes_.data() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  void take(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Makes room behind the unread bytes; call `filled` with what was put there.
  char* room() {
    if (begin_ > 0 && bytes_.size() - end_ < bytes_.size() / 2) {
      std::copy(bytes_.begin() + std::ptrdiff_t(begin_), bytes_.begin() + std::ptrdiff_t(end_),
                bytes_.begin());
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == bytes_.size()) bytes_.resize(std::max(start_size, bytes_.size() * 2));
    return bytes_.data() + end_;
  }
  std::size_t room_size() const { return bytes_.size() - end_; }
  void filled(std::size_t n) { end_ += n; }

 private:
  static constexpr std::size_t start_size = 4096;
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace http
