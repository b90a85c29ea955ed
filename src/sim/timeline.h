#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace sim {

/// The virtual time that all processes of a simulated world share. It passes by `step` alone.
class Timeline {
 public:
  /// Names something that is to happen.
  using Key = std::pair<base::Mono, std::uint64_t>;

  base::Mono now() const { return now_; }
  /// Calls `fn` at this moment, after what was asked for earlier of the same moment.
  Key at(base::Mono, std::function<void()> fn);
  Key after(base::Micros d, std::function<void()> fn) { return at(now_ + d, std::move(fn)); }
  /// It will not happen. Nothing, if it has.
  void cancel(const Key& key) { events_.erase(key); }
  /// Goes on to the next moment at which something happens and lets one thing happen. False, and
  /// `now` is `until`, when nothing happens before.
  bool step(base::Mono until);

 private:
  base::Mono now_{};
  std::uint64_t next_ = 0;
  std::map<Key, std::function<void()>> events_;
};

}  // namespace sim
