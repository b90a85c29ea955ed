#pragma once

#include <deque>
#include <string>

#include "sim/timeline.h"

namespace sim {

/// What happened lately, in words. Off unless somebody wants to read it: a seed can be played
/// again.
class Trace {
 public:
  Trace(const Timeline& timeline, bool on) : timeline_(timeline), on_(on) {}
  bool on() const { return on_; }
  void say(const std::string& line);
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  static constexpr std::size_t kept = 200'000;
  const Timeline& timeline_;
  bool on_;
  std::deque<std::string> lines_;
};

}  // namespace sim
