#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/time.h"
#include "base/value.h"
#include "model/pipeline.h"

namespace model {

struct RunTag;
using RunId = base::Id<RunTag>;

enum class RunState { queued, running, stopping, succeeded, failed, canceled };
BOOST_DESCRIBE_ENUM(RunState, queued, running, stopping, succeeded, failed, canceled)

enum class JobState {
  waiting,
  queued,
  starting,
  running,
  backing_off,
  stopping,
  succeeded,
  failed,
  skipped,
  canceled
};
BOOST_DESCRIBE_ENUM(JobState, waiting, queued, starting, running, backing_off, stopping, succeeded,
                    failed, skipped, canceled)

enum class AttemptState { assigned, starting, running, stopping, succeeded, failed, canceled };
BOOST_DESCRIBE_ENUM(AttemptState, assigned, starting, running, stopping, succeeded, failed,
                    canceled)

/// Why a run or an attempt was asked to stop before its own end.
enum class StopCause { none, cancel, run_timed_out, queue_timeout, start_timeout, run_timeout };
BOOST_DESCRIBE_ENUM(StopCause, none, cancel, run_timed_out, queue_timeout, start_timeout,
                    run_timeout)

constexpr bool is_final(RunState s) { return s >= RunState::succeeded; }
constexpr bool is_final(JobState s) { return s >= JobState::succeeded; }
constexpr bool is_final(AttemptState s) { return s >= AttemptState::succeeded; }
/// Whether an attempt of a job in this state may be alive.
constexpr bool is_live(JobState s) {
  return s == JobState::starting || s == JobState::running || s == JobState::stopping;
}

/// The header of a run: everything that a fact about one job may have to change, and no more.
struct Run {
  RunId id;
  RunState state = RunState::queued;
  bool held = false;  ///< An invariant broke while applying to it; nothing is applied any more.
  StopCause stop = StopCause::none;
  bool in_finally = false;  ///< Its `finally` jobs were let go.
  std::uint32_t open = 0;   ///< Jobs that are not final, `finally` not counted.
  std::uint32_t open_finally = 0;
  std::uint32_t unhandled = 0;    ///< Failed jobs whose failure nobody handled.
  std::uint32_t pending = 0;      ///< Follow-up facts that are stored and still to be applied.
  std::optional<base::Time> due;  ///< When the run's own timeout ends it.
  std::optional<base::Time> started;
  std::optional<base::Time> finished;
  friend bool operator==(const Run&, const Run&) = default;
};

/// The row of a job. `attempt` is the number of the latest attempt; 0 before the first.
struct Job {
  std::uint32_t index = 0;  ///< Its place in the plan.
  JobState state = JobState::waiting;
  std::uint32_t unmet = 0;  ///< Dependencies that have not ended as their edge wants.
  std::uint32_t attempt = 0;
  std::uint32_t burned = 0;   ///< Attempts that counted against `retry.attempts`.
  std::uint32_t infra = 0;    ///< Ends by evicted, node_lost or preempted that did not count.
  std::uint32_t deleted = 0;  ///< Ends by deleted that did not count.
  bool created = false;       ///< The attempt is known to exist on its cluster.
  bool unreachable = false;   ///< Nobody can see the attempt at present.
  bool handled = false;       ///< It failed, and a dependant handled that.
  StopCause stop = StopCause::none;
  std::optional<Class> class_;        ///< Of the last failed attempt.
  std::optional<base::Time> due;      ///< When its present state ends by itself.
  std::optional<base::Time> hard;     ///< By then the attempt is dead, seen or not.
  std::optional<base::Time> give_up;  ///< Until then it may stay unreachable, by its pipeline.
  base::Time since;                   ///< When its present state began.
  friend bool operator==(const Job&, const Job&) = default;
};

/// How an attempt ended, as it was observed.
struct Outcome {
  AttemptState state = AttemptState::failed;  ///< succeeded, failed or canceled
  std::optional<Class> class_;                ///< Only when failed.
  std::optional<std::int32_t> exit_code;
  std::optional<std::int32_t> signal;
  std::string message;  ///< At most 4 KiB.
  base::Value outputs;  ///< An object that the job left as its result, at most 4 KiB; or null.
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
BOOST_DESCRIBE_STRUCT(Outcome, (), (state, class_, exit_code, signal, message, outputs))

}  // namespace model
