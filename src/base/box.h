#pragma once

#include <memory>
#include <utility>

namespace base {

/// At most one T, kept apart from its holder and copied with it: for what few of very many holders
/// have.
template <class T>
class Box {
 public:
  Box() = default;
  Box(T value) : held_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : held_(other.held_ ? std::make_unique<T>(*other.held_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~Box() = default;

  explicit operator bool() const { return held_ != nullptr; }
  /// Only of a box that holds something.
  const T& operator*() const { return *held_; }
  const T* operator->() const { return held_.get(); }
  /// What it holds, or a T as it is by default.
  const T& get() const {
    static const T none{};
    return held_ ? *held_ : none;
  }
  /// What it holds, to be changed; it holds a T from now on.
  T& edit() {
    if (!held_) held_ = std::make_unique<T>();
    return *held_;
  }

 private:
  std::unique_ptr<T> held_;
};

}  // namespace base
