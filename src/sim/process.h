#pragma once

#include <string>

#include "loop/group.h"
#include "sim/clock.h"

namespace sim {

/// One process of the world: it can be stopped for a while and killed at any await. What it asks of
/// the world passes through `gate`, so a dead one has no more effect, whatever its code still does.
class Process {
 public:
  Process(Timeline& timeline, loop::Executor executor, Skew skew)
      : clock(timeline, skew), timeline_(timeline), tasks(std::move(executor)) {}

  SimClock clock;

  bool alive() const { return alive_; }
  bool frozen() const { return timeline_.now() < clock.frozen(); }
  /// As `kill -9`.
  void kill();
  /// As SIGSTOP, and SIGCONT at that true moment.
  void freeze(base::Mono until) { clock.freeze(until); }
  /// Returns once the process may go on; never when it is dead.
  loop::Task<> gate();

 private:
  Timeline& timeline_;
  bool alive_ = true;
  loop::Bell never_rings_;

 public:
  loop::Group tasks;  // the last member: its tasks use the others
};

}  // namespace sim
