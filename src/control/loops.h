#pragma once

#include "control/scene.h"
#include "loop/group.h"

namespace control {

/// How long things are kept, and how often the loops look without being woken.
struct Keeping {
  base::Micros runs = std::chrono::hours(24 * 30);  ///< A run, after it finished.
  base::Micros feed = std::chrono::hours(24 * 7);   ///< History.
  base::Micros keys = std::chrono::hours(24);       ///< Idempotency keys.
  base::Micros unfinished = std::chrono::hours(1);  ///< Rows of a submit that was cut off.
  base::Micros janitor_period = std::chrono::minutes(1);
};

/// Starts every loop of the control room in this group.
void start(loop::Group&, Scene&, Keeping);

// One turn of each loop, for tests and simulation. Each does the same however it was woken, and
// returns whether there is more to do at once.

/// Gives queued jobs a cluster.
loop::Task<bool> dispatch_once(Scene&);
/// Fires timers of jobs and runs that are due.
loop::Task<bool> timers_once(Scene&);
/// Applies one stored follow-up.
loop::Task<bool> follow_up_once(Scene&);
/// Marks the attempts of clusters whose lease ended.
loop::Task<bool> leases_once(Scene&);
/// Deletes a little of what is past its retention.
loop::Task<bool> janitor_once(Scene&, const Keeping&);

}  // namespace control
