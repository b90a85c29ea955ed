#include "store/steady_time.h"

#include <algorithm>

namespace store {

SteadyTime::SteadyTime(loop::Clock& clock)
    : clock_(clock), mono_(clock.mono()), now_(clock.now()) {}

base::Time SteadyTime::now() {
  std::lock_guard lock(mutex_);
  const auto mono = std::max(clock_.mono(), mono_);
  const auto passed = mono - std::exchange(mono_, mono);
  now_ += passed;
  const auto most = passed / 2000;
  now_ += std::clamp<base::Micros>(clock_.now() - now_, -most, most);
  return now_;
}

}  // namespace store
