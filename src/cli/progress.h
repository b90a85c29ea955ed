#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/views.h"

namespace cli {

/// A job as a watcher knows it. Times are absent where they were not seen.
struct WatchedJob {
  std::string name;
  model::JobState state = model::JobState::waiting;
  std::int64_t attempt = 0;
  std::optional<model::Class> class_;
  bool handled = false;
  bool unreachable = false;
  std::optional<base::Time> began;  ///< When its latest attempt began to run.
  std::optional<base::Time> since;  ///< When its present state began.
  std::optional<base::Time> ended;
  std::string why;  ///< How it failed, `exit 1`, once that was asked for.
};

/// What is known of a run that is being watched: a snapshot and the changes since. Pure. A repeated
/// or late change does no harm: ends are final, and attempts only grow.
class Progress {
 public:
  /// The number of job states.
  static constexpr std::size_t states = std::size_t(model::JobState::canceled) + 1;

  void set_run(model::RunView run);
  /// Takes over a list of all jobs; the indexes of those that differ from what was known.
  std::vector<std::size_t> set_jobs(const std::vector<model::JobView>&);
  /// Applies one change, seen at `now`; the indexes of the jobs that changed.
  std::vector<std::size_t> apply(const model::RunChange&, base::Time now);
  /// Adds what an attempt tells about a job that has ended.
  void set_attempt(std::size_t index, const model::AttemptView&);

  const model::RunView& run() const { return run_; }
  bool finished() const { return model::is_final(run_.state); }
  const std::vector<WatchedJob>& jobs() const { return jobs_; }
  std::int64_t count(model::JobState s) const { return counts_[std::size_t(s)]; }
  /// Jobs that have ended.
  std::int64_t done() const;
  /// Failed jobs whose failure nobody handled, in the order of the run.
  std::vector<std::size_t> failed() const;

 private:
  WatchedJob& at(std::size_t index);
  void set_state(WatchedJob&, model::JobState);

  model::RunView run_;
  std::vector<WatchedJob> jobs_;
  std::array<std::int64_t, states> counts_{};
};

/// How a failed attempt ended, in a few words: `exit 1`, `signal 9`, `oom`, `image: no such tag`.
std::string failure_text(const model::AttemptView&);

}  // namespace cli
