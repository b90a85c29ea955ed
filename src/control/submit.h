#pragma once

#include <map>
#include <optional>
#include <string>

#include "control/scene.h"
#include "store/runs.h"

namespace control {

/// A request to run something.
struct SubmitRequest {
  model::RunId id;  ///< Chosen before the transaction.
  std::string project;
  std::string pipeline;                 ///< A stored one by name, when `spec` is null.
  std::optional<std::int64_t> version;  ///< Of the stored one; none: the latest.
  base::Value spec;                     ///< A pipeline of its own.
  std::string spec_at;  ///< Where `spec` is in what the caller sent; its faults point from there.
  base::Object params;
  store::Labels labels;  ///< Added to the pipeline's own.
  std::optional<store::Payload> payload;
  std::string origin = "api";
  std::string idempotency_route, idempotency_key, request_hash;  ///< Key empty: none was given.
};

/// What a submit came to.
struct Submitted {
  /// A run as its submit left it, with its jobs by state.
  struct Seen {
    store::RunRecord run;
    std::map<std::string, std::int64_t> jobs;
  };
  model::RunId id;
  bool replayed = false;          ///< The same request was accepted before; this is its run.
  std::optional<Seen> seen = {};  ///< Of a run of few jobs: spares the caller a read.
};

/// Accepts a run: checks everything, then stores run, jobs and first effects. When it returns a
/// value the run is on disk and will be carried out. A run of many jobs is written in several
/// transactions and becomes visible in the last one.
loop::Task<base::Result<Submitted>> submit(Scene&, SubmitRequest);

/// What storing a pipeline came to.
struct Stored {
  std::string name;
  std::int64_t version = 0;
  enum class Change { created, updated, unchanged } change = Change::created;
};
/// Stores a pipeline under its name, as a new version when it differs from the latest one.
loop::Task<base::Result<Stored>> store_pipeline(Scene&, std::string project, base::Value spec);

/// Asks a run to stop. False: it had ended already, nothing changes.
loop::Task<base::Result<bool>> cancel(Scene&, std::string project, model::RunId);

}  // namespace control
