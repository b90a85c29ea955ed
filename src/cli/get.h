#pragma once

#include <string>

#include "cli/client.h"

namespace cli {

/// What `get` was asked for.
struct GetOptions {
  std::string noun;  ///< runs, run, jobs, job, pipelines, pipeline, clusters or agents
  std::string name;  ///< Of a run or pipeline.
  std::string job;
  Output output = Output::table;
  bool watch = false;
  std::string state;
  std::string pipeline;
  std::string label;  ///< `k=v`
  std::string since, until;
  std::size_t limit = 50;
  bool all = false;  ///< No limit.
};

/// Whether `get` knows this word; singular and plural are the same to it where no name follows.
bool is_noun(const std::string&);

loop::Task<int> get(Client&, GetOptions);

}  // namespace cli
