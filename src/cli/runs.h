#pragma once

#include <string>
#include <vector>

#include "cli/client.h"

namespace cli {

/// What `run` was asked for: a stored pipeline by name (`NAME` or `NAME@VERSION`) or a file.
struct RunOptions {
  std::string name;
  std::string file;
  std::vector<std::string> params;  ///< `k=v`
  std::vector<std::string> labels;  ///< `k=v`
  std::string payload;              ///< A file or `-`; empty: none.
  std::string payload_type;         ///< Empty: told from the file's name and content.
  std::string idempotency_key;
  bool watch = false;
  Output output = Output::table;
};

/// Starts a run. Prints its id, or the run with -o; with `watch` as watch_run.
loop::Task<int> run_pipeline(Client&, RunOptions);

/// The request for these options; reads the files. Code `bad_use` or `bad_file`.
base::Result<model::RunRequest> make_request(const RunOptions&);

/// Asks a run to stop and says in which state that leaves it.
loop::Task<int> cancel_run(Client&, std::string run);

/// Says why a run, or a job of it, is as it is.
loop::Task<int> explain(Client&, std::string run, std::string job, Output);

}  // namespace cli
