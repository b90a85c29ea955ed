#pragma once

#include "core/run_machine.h"

namespace core {

/// The moves of one job, shared by all facts: each keeps the header's counters true.
struct Machine {
  Slice& slice;
  base::Time now;
  const MachineLimits& limits;
  Effects& out;
  std::deque<Fact>& work;

  const Plan& plan() const { return *slice.plan; }
  const model::Run& run() const { return slice.run; }
  model::Run& change_run();
  model::Job& job(std::uint32_t index);
  /// Marks the row as changed.
  model::Job& change(model::Job&);
  /// Whether this job may not start any more: its run stops, and it is not a `finally` job.
  bool stopping(const model::Job&) const;

  /// Nothing holds the job back any more: it queues, with a new attempt number.
  void release(model::Job&);
  /// The job is final now; its neighbours will learn of it.
  void end(model::Job&, model::JobState);
  /// The live attempt must go; the job waits until that is observed.
  void stop(model::Job&, model::StopCause);
  /// The attempt failed: try again, or the job failed.
  void failed(model::Job&, model::Class);
  /// Another attempt comes after a wait.
  void back_off(model::Job&);
  /// Nobody could see the attempt for as long as its pipeline waits: by its policy.
  void given_up(model::Job&, const model::OnUnreachable&);
  void attempt(const model::Job&, model::AttemptState, std::optional<model::Outcome> = {});
};

// What each fact about one attempt does to its job.
void on_job(Machine&, model::Job&, const Assigned&);
void on_job(Machine&, model::Job&, const Created&);
void on_job(Machine&, model::Job&, const Started&);
void on_job(Machine&, model::Job&, const Ended&);
void on_job(Machine&, model::Job&, const NeverStarted&);
void on_job(Machine&, model::Job&, const Unreachable&);
void on_job(Machine&, model::Job&, const Timer&);

}  // namespace core
