#pragma once

#include <string>
#include <vector>

#include "api/views.h"

/// Why things are as they are, in sentences. Pure: the handler reads what they need.
namespace api {

/// The other end of an edge.
struct Neighbour {
  core::Condition on;
  store::JobRecord row;
};

/// A job with what surrounds it.
struct Scenery {
  store::RunRecord run;
  std::shared_ptr<const core::Plan> plan;
  store::JobRecord row;
  std::optional<store::AttemptRecord> attempt;  ///< The latest.
  std::vector<Neighbour> dependencies;          ///< Of a job that waits or was skipped: why.
  std::vector<store::JobRecord> handlers;       ///< Dependants with a failure edge.
  std::vector<store::ClusterRecord> clusters;   ///< All, when the job waits for one.
  std::int64_t queued = 0;                      ///< Jobs of all runs that wait for a cluster.
  base::Time now;
};

/// Why this job is in its state.
std::vector<std::string> explain_job(const Scenery&);
/// `for 12s`: how long ago this was, in whole seconds.
std::string lasting(base::Time since, base::Time now);

/// Dependencies and handlers that are looked at, and jobs that a run's explanation names.
inline constexpr std::size_t explained_max = 20;

}  // namespace api
