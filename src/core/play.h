#pragma once

#include <string>
#include <string_view>

namespace core {

/// Plays a scenario and returns it with its right-hand sides as they really are, so that
/// `EXPECT_EQ(play(script), script)` prints its own correction. Only for tests.
///
///     timeout 1h                             the run's own timeout
///     build   attempts 2 on exit,oom run 1h  a job and its options: also queue, start,
///                                            unseen 5m:retry (its onUnreachable)
///     report  needs build:failure            several: needs a b:failure c:always
///     cleanup finally
///     submit            | build queued #1
///     failed build#1    | build backing_off 2s
///
/// Facts: `submit`, `cancel`, `after 2s` (fires every timer that comes due), `again` (the last fact
/// once more) and, of an attempt, `assigned`, `created`, `started`, `succeeded`, `failed x#1 oom`,
/// `stopped`, `never`, `unreachable`, `reachable`. What must come before `started`, `succeeded` and
/// `failed` is fed too when the job is queued with that attempt. The first wait is 2s, doubled each
/// time. Each change is the difference that the line made: jobs (`build running`, `build queued
/// #2`, `build failed oom`; a class other than exit is shown), `stop build#1`, `late build#1`, what
/// an attempt of a canceled job is known to have done (`build#1 succeeded`), the failures that
/// became handled (`build handled`), and the run.
std::string play(std::string_view script);

}  // namespace core
