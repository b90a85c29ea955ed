#include "sim/trace.h"

#include <fmt/format.h>

namespace sim {

void Trace::say(const std::string& line) {
  if (!on_) return;
  const auto us = timeline_.now().time_since_epoch().count();
  lines_.push_back(fmt::format("{:5}.{:06} {}", us / 1'000'000, us % 1'000'000, line));
  if (lines_.size() > kept) lines_.pop_front();
}

std::deque<std::string> Trace::tail(std::size_t count, const std::string& word) const {
  std::deque<std::string> found;
  for (auto line = lines_.rbegin(); line != lines_.rend() && found.size() < count; ++line)
    if (line->find(word) != line->npos) found.push_front(*line);
  return found;
}

}  // namespace sim
