#pragma once

namespace net {

/// The deleter that calls a C library's function.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};

}  // namespace net
