#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/value.h"
#include "core/run_machine.h"
#include "store/store.h"

namespace store {

using Labels = std::map<std::string, std::string>;

/// What a new run is made of, besides its jobs.
struct NewRun {
  model::RunId id;
  std::string project;
  std::string pipeline;  ///< Empty when the spec came with the submit and has no name.
  std::optional<std::int64_t> version;  ///< Of the stored pipeline it was started from.
  std::string spec_hash;
  bool visible = true;
  std::string params;  ///< JSON object, by parameter.
  Labels labels;
  std::string origin;  ///< What started it: `api`.
  std::uint32_t jobs = 0;
  std::uint32_t main_jobs = 0;
};

/// A run as a reader sees it.
struct RunRecord {
  model::Run run;
  std::string project, pipeline;
  std::optional<std::int64_t> version;
  std::string spec_hash;
  std::string held;
  std::uint32_t jobs = 0;
  std::string params, labels, origin;  ///< params and labels are JSON objects
  base::Time created;
};

/// The header that facts change, with what finding its plan takes.
struct LockedRun {
  model::Run run;
  std::string spec_hash, project, pipeline;
};

/// Which runs a list shows. Empty members match everything.
struct RunFilter {
  std::string state, pipeline, label_key, label_value;
  std::optional<base::Time> since, until;  ///< By creation; until is not included.
};

/// A page's edge: what comes after (older than) or before (newer than) this id.
struct RunCursor {
  std::string id;
  bool before = false;
};

void insert_run(Tx&, const NewRun&);
/// The same with the header that first facts left.
void insert_run(Tx&, const NewRun&, const model::Run& header);
/// The header of a new run before its first fact.
model::Run header_of(const NewRun&);
void show_run(Tx&, model::RunId);
std::optional<LockedRun> lock_run(Tx&, model::RunId);
void update_run(Tx&, const model::Run&);
void hold_run(Tx&, model::RunId, std::string_view why);
std::vector<model::RunId> due_runs(Tx&, std::size_t limit);
std::optional<RunRecord> read_run(Tx&, std::string_view project, model::RunId);
/// Newest first, at most `limit`, whichever way the cursor points.
std::vector<RunRecord> list_runs(Tx&, std::string_view project, const RunFilter&, const RunCursor&,
                                 std::size_t limit);

struct Payload {
  std::string content_type;
  std::string bytes;
};
void insert_payload(Tx&, model::RunId, const Payload&);
std::optional<Payload> read_payload(Tx&, model::RunId);
bool has_payload(Tx&, model::RunId);

/// Finished runs older than this, and runs whose submit never ended. For the janitor.
std::vector<model::RunId> old_runs(Tx&, base::Time before, std::size_t limit);
std::vector<model::RunId> invisible_runs(Tx&, base::Time before, std::size_t limit);
/// Deletes the rows of jobs below this index, with their attempts and logs.
void delete_job_rows(Tx&, model::RunId, std::uint32_t below);
/// Deletes what else there is of a run.
void delete_run(Tx&, model::RunId);

}  // namespace store
