#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/pipeline.h"

namespace core {

/// What a pipeline may ask for, and what it gets when it does not ask.
struct PipelineLimits {
  std::size_t jobs_max = 100'000;
  std::size_t edges_max = 1'000'000;
  std::size_t params_max = 200;
  std::size_t env_max = 200;              ///< Variables of a job.
  std::size_t text_bytes_max = 64 << 10;  ///< Of a script, a value or an argument.
  std::size_t labels_max = 64;
  std::size_t volumes_max = 100;               ///< Of a job, and so its mounts and other lists.
  std::size_t template_bytes_max = 128 << 10;  ///< Of a podTemplate as JSON.
  std::uint32_t completions_max = 100'000, parallelism_max = 10'000;
  std::uint32_t attempts_max = 100;
  base::Micros queue_default = std::chrono::hours(24), queue_max = std::chrono::hours(24 * 30);
  base::Micros start_default = std::chrono::minutes(10), start_max = std::chrono::hours(24);
  base::Micros run_default = std::chrono::hours(6), run_max = std::chrono::hours(24 * 30);
  base::Micros timeout_default = std::chrono::hours(24 * 7),
               timeout_max = std::chrono::hours(24 * 90);
};

enum class Condition : std::uint8_t { success, failure, always };

/// One side of a dependency: the job at the other end and the end that it waits for.
struct Edge {
  std::uint32_t job;
  Condition on;
};

/// A job as it will be run: every default is filled in.
struct PlanJob {
  std::string name;
  const model::JobSpec* spec = nullptr;  ///< Inside the plan's own spec.
  base::Micros queue_timeout{}, start_timeout{}, run_timeout{};
  std::uint32_t in_begin = 0, in_end = 0;    ///< Its dependencies in `Plan::in`.
  std::uint32_t out_begin = 0, out_end = 0;  ///< Its dependants in `Plan::out`.
};

/// A compiled pipeline: immutable, shared, looked up by the hash of its spec. Jobs keep the order
/// in which they were written; `finally` jobs come after all others.
struct Plan {
  model::PipelineSpec spec;
  base::Micros timeout{};
  std::vector<PlanJob> jobs;
  std::vector<Edge> in, out;
  std::vector<std::uint32_t> roots;          ///< Jobs without dependencies.
  std::vector<std::uint32_t> finally_roots;  ///< The same among `finally` jobs.
  std::uint32_t main_count = 0;              ///< Jobs that are not `finally`.

  bool is_finally(std::uint32_t job) const { return job >= main_count; }
  std::span<const Edge> dependencies(std::uint32_t job) const {
    return std::span(in).subspan(jobs[job].in_begin, jobs[job].in_end - jobs[job].in_begin);
  }
  std::span<const Edge> dependants(std::uint32_t job) const {
    return std::span(out).subspan(jobs[job].out_begin, jobs[job].out_end - jobs[job].out_begin);
  }
};

/// Checks a pipeline and makes its plan, in O(jobs + edges). The Error holds every fault found.
base::Result<std::shared_ptr<const Plan>> compile(model::PipelineSpec, const PipelineLimits&);

}  // namespace core
