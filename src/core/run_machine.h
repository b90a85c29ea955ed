#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "core/facts.h"
#include "core/plan.h"
#include "model/run.h"

namespace core {

/// Thrown when what is stored contradicts itself. The run is held; everyone else goes on.
struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

/// A job's row in a slice, and whether it was changed there.
struct JobRow {
  model::Job job;
  bool changed = false;
};

/// The part of a run that some facts touch: its header and some of its job rows.
struct Slice {
  model::Run run;
  bool run_changed = false;
  const Plan* plan = nullptr;
  boost::unordered_flat_map<std::uint32_t, JobRow> jobs;
};

/// What became of one attempt; `outcome` once it is final.
struct AttemptChange {
  std::uint32_t job, attempt;
  model::AttemptState state;
  std::optional<model::Outcome> outcome;
};

/// What a fact about a past attempt said; kept as evidence, it changes no state.
struct LateEvidence {
  std::uint32_t job, attempt;
  model::Outcome outcome;
};

/// What has to be stored and done, besides the rows changed in the slice.
struct Effects {
  std::vector<AttemptChange> attempts;  ///< In order; a later one of the same attempt supersedes.
  std::vector<LateEvidence> late;
  std::vector<std::uint32_t> launch;  ///< Jobs that became queued.
  std::vector<std::uint32_t> stop;    ///< Jobs whose live attempt must go; of one `settle` each
                                      ///< once, in ascending order.
  std::vector<Fact> rest;             ///< Follow-ups for a later transaction.
};

/// Bounds and margins of the machine.
struct MachineLimits {
  std::size_t touched_max = 1000;  ///< Job rows a transaction may load; more than `chunk`.
  std::uint32_t chunk = 250;       ///< Neighbours that one follow-up works through.
  std::uint32_t infra_free = 5;    ///< Ends by evicted, node_lost, preempted that do not count.
  std::uint32_t deleted_free = 3;  ///< Ends by deleted that do not count.
  base::Micros grace =
      std::chrono::seconds(30);  ///< Between asking an attempt to stop and killing it.
  base::Micros margin = std::chrono::seconds(30);  ///< For clocks and words on their way.
};

/// The job rows that `apply` may read or change for this fact.
void touched(const Plan&, const Fact&, const MachineLimits&, std::vector<std::uint32_t>& jobs);

/// Applies one fact. All rows of `touched` are in the slice. Follow-ups are appended to `work`.
void apply(Slice&, const Fact&, base::Time now, const MachineLimits&, Effects&,
           std::deque<Fact>& work);

/// Loads the rows of these jobs into the slice.
using Loader = std::function<void(Slice&, std::span<const std::uint32_t>)>;

/// Applies facts and what follows from them, until nothing follows or enough rows were touched;
/// then ends the run if all is done. `run.pending` grows by the follow-ups left in `Effects::rest`.
/// Effects are added to what is there already.
void settle(Slice&, std::deque<Fact> work, base::Time now, const MachineLimits&, const Loader&,
            Effects&);

}  // namespace core
