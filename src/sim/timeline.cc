#include "sim/timeline.h"

#include <algorithm>

namespace sim {

Timeline::Key Timeline::at(base::Mono moment, std::function<void()> fn) {
  const Key key{std::max(moment, now_), next_++};
  events_.emplace(key, std::move(fn));
  return key;
}

bool Timeline::step(base::Mono until) {
  if (events_.empty() || events_.begin()->first.first > until) {
    now_ = std::max(now_, until);
    return false;
  }
  const auto next = events_.extract(events_.begin());
  now_ = next.key().first;
  next.mapped()();
  return true;
}

}  // namespace sim
