#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/run_machine.h"

namespace core {

/// A run kept in memory as a store keeps it in tables, for tests and benchmarks: each transaction
/// loads only what the machine asks for and writes back only what it marked as changed.
class ToyRun {
 public:
  explicit ToyRun(std::shared_ptr<const Plan> compiled, MachineLimits bounds = {})
      : plan(std::move(compiled)), limits(bounds) {
    run.open = plan->main_count;
    run.open_finally = std::uint32_t(plan->jobs.size()) - plan->main_count;
    for (std::uint32_t i = 0; i < plan->jobs.size(); ++i) {
      jobs.push_back({.index = i});
      jobs.back().unmet = std::uint32_t(plan->dependencies(i).size());
    }
  }

  /// One transaction. Follow-ups that are left over go to `rest`.
  Effects feed(std::deque<Fact> facts, base::Time now) {
    return transact(false, std::move(facts), now);
  }

  /// Applies one stored follow-up in a transaction of its own.
  Effects follow_up(std::size_t which, base::Time now) {
    const auto fact = restored(rest.at(which));
    rest.erase(rest.begin() + std::ptrdiff_t(which));
    return transact(true, {fact}, now);
  }

  /// Applies stored follow-ups, oldest first, until none is left.
  void drain(base::Time now) {
    while (!rest.empty()) follow_up(0, now);
  }

  std::shared_ptr<const Plan> plan;
  MachineLimits limits;
  model::Run run;
  std::vector<model::Job> jobs;
  std::vector<StoredFact> rest;
  std::size_t loaded = 0;  ///< Rows that the last transaction loaded.

 private:
  Effects transact(bool was_stored, std::deque<Fact> facts, base::Time now) {
    Slice slice{.run = run, .plan = plan.get()};
    if (was_stored) --slice.run.pending;
    loaded = 0;
    const auto load = [this](Slice& into, std::span<const std::uint32_t> wanted) {
      loaded += wanted.size();
      for (auto i : wanted)
        if (!into.jobs.emplace(i, JobRow{jobs.at(i)}).second) throw Broken("loaded twice");
    };
    Effects effects;
    settle(slice, std::move(facts), now, limits, load, effects);
    if (!slice.run_changed && !was_stored && slice.run != run)
      throw Broken("the header changed without a mark");
    for (const auto& [index, row] : slice.jobs)
      if (!row.changed && row.job != jobs[index]) throw Broken("a row changed without a mark");
    run = slice.run;
    for (const auto& [index, row] : slice.jobs) jobs[index] = row.job;
    for (const auto& fact : effects.rest) rest.push_back(stored(fact));
    return effects;
  }
};

/// The spec of `count` jobs, named j0, j1, …, of which the last `finally_count` are finally jobs.
inline model::PipelineSpec numbered_jobs(std::size_t count, std::size_t finally_count = 0) {
  model::PipelineSpec spec;
  spec.kind = "Pipeline";
  for (std::size_t i = 0; i < count; ++i) {
    auto& jobs = i < count - finally_count ? spec.jobs : spec.finally;
    jobs.emplace_back("j" + std::to_string(i), model::JobSpec{.image = "i"});
  }
  return spec;
}

/// Job `to` of `numbered_jobs` waits for job `from`.
inline void add_edge(model::PipelineSpec& spec, std::size_t from, std::size_t to,
                     Condition on = Condition::success) {
  auto& job = to < spec.jobs.size() ? spec.jobs[to] : spec.finally[to - spec.jobs.size()];
  job.second.depends_on.push_back(
      {"j" + std::to_string(from),
       {.failure = on == Condition::failure, .always = on == Condition::always}});
}

inline std::shared_ptr<const Plan> plan_of(model::PipelineSpec spec) {
  auto plan = compile(std::move(spec), {.edges_max = 10'000'000});
  return plan.value();
}

/// Changes one thing of a good pipeline of one job and gives the pointers of its faults.
template <class F>
std::vector<std::string> fault_pointers(const F& change, const PipelineLimits& limits) {
  auto spec = numbered_jobs(1);
  change(spec, spec.jobs[0].second);
  const auto plan = compile(std::move(spec), limits);
  std::vector<std::string> pointers;
  if (plan) return pointers;
  for (const auto& fault : plan.error().faults) pointers.push_back(fault.pointer);
  return pointers;
}

/// A moment to start from.
inline constexpr base::Time noon = base::from_micros(1'000'000'000'000'000);

}  // namespace core
