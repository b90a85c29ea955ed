#include "sim/trace.h"

#include <fmt/format.h>

namespace sim {

void Trace::say(const std::string& line) {
  if (!on_) return;
  const auto us = timeline_.now().time_since_epoch().count();
  lines_.push_back(fmt::format("{:5}.{:06} {}", us / 1'000'000, us % 1'000'000, line));
  if (lines_.size() > kept) lines_.pop_front();
}

}  // namespace sim
