#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/run_machine.h"
#include "store/store.h"

namespace store {

/// Names one job everywhere.
struct JobKey {
  model::RunId run;
  std::uint32_t job = 0;
  friend auto operator<=>(const JobKey&, const JobKey&) = default;
};

/// The first row of each of the plan's jobs in [from, to).
void insert_jobs(Tx&, model::RunId, const core::Plan&, std::uint32_t from, std::uint32_t to);
/// The row of a job before its first fact.
model::Job first_row(Tx&, const core::Plan&, std::uint32_t job);
/// All rows of a new run, as first facts left them in this slice.
void insert_settled_jobs(Tx&, const core::Slice&);
/// Loads rows into the slice; a missing one is a broken invariant.
void load_jobs(Tx&, core::Slice&, std::span<const std::uint32_t>);
/// Stores the changed rows of the slice.
void update_jobs(Tx&, const core::Slice&);

/// A queued job with the attempt that waits.
struct QueueHead {
  JobKey key;
  std::uint32_t attempt = 0;
  std::string name;  ///< The job's.
  base::Time since;
  std::string spec_hash;  ///< Of its run.
};
/// The first of the queue, or those after one that was read before.
std::vector<QueueHead> queue_heads(Tx&, std::size_t limit, const QueueHead* after = nullptr);
std::vector<JobKey> due_jobs(Tx&, std::size_t limit);

/// A job as a reader sees it.
struct JobRecord {
  model::Job job;
  std::string name;
};
/// A page of jobs in the pipeline's order after `after` (-1: from the start), or before it.
std::vector<JobRecord> list_jobs(Tx&, model::RunId, std::int64_t cursor, bool before,
                                 std::string_view state, std::size_t limit);
std::map<std::string, std::int64_t> count_jobs(Tx&, model::RunId);

/// One more than the highest index of a job's row that is stored; 0 when there is none.
std::uint32_t job_rows(Tx&, model::RunId);

struct QueueLength {
  std::int64_t jobs = 0;
  std::optional<base::Time> oldest;
};
QueueLength queue_length(Tx&);

}  // namespace store
