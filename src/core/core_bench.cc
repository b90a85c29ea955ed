#include <benchmark/benchmark.h>

#include "core/toy_run.h"

namespace core {
namespace {

/// Jobs in layers of ten; each waits for three of the layer before.
model::PipelineSpec layers(std::size_t count) {
  auto spec = numbered_jobs(count);
  for (std::size_t j = 10; j < count; ++j)
    for (std::size_t k : {0u, 3u, 7u}) add_edge(spec, (j / 10 - 1) * 10 + (j + k) % 10, j);
  return spec;
}

model::PipelineSpec diamonds(std::size_t count) {
  auto spec = numbered_jobs(count * 3 + 1);
  for (std::size_t d = 0; d < count; ++d)
    for (std::size_t side : {1u, 2u}) {
      add_edge(spec, d * 3, d * 3 + side);
      add_edge(spec, d * 3 + side, d * 3 + 3);
    }
  return spec;
}

/// A slice with every row loaded.
Slice whole(const ToyRun& toy) {
  Slice slice{.run = toy.run, .plan = toy.plan.get()};
  slice.jobs.reserve(toy.jobs.size());
  for (const auto& job : toy.jobs) slice.jobs.emplace(job.index, JobRow{job});
  return slice;
}

/// Feeds the whole life of a run, each fact by itself; returns how many facts that were.
std::int64_t live(Slice& slice, const MachineLimits& limits) {
  const Loader nothing = [](Slice&, std::span<const std::uint32_t>) { std::abort(); };
  const model::Outcome success{.state = model::AttemptState::succeeded};
  std::int64_t facts = 0;
  Effects effects;
  const auto feed = [&](Fact fact) {
    effects.attempts.clear();
    effects.launch.clear();
    std::deque<Fact> work;
    work.push_back(std::move(fact));
    settle(slice, std::move(work), noon, limits, nothing, effects);
    ++facts;
  };
  feed(Submitted{});
  for (std::uint32_t j = 0; j < slice.plan->jobs.size(); ++j) {
    feed(Assigned{j, 1});
    feed(Created{j, 1});
    feed(Started{j, 1});
    feed(Ended{j, 1, success});
  }
  return facts;
}

void facts_of_a_run(benchmark::State& state, std::size_t jobs) {
  const ToyRun toy(plan_of(jobs == 3 ? numbered_jobs(3) : layers(jobs)));
  const MachineLimits limits{.touched_max = 1'000'000};
  const auto fresh = whole(toy);
  std::int64_t facts = 0;
  for (auto _ : state) {
    auto slice = fresh;
    facts += live(slice, limits);
    if (slice.run.state != model::RunState::succeeded) state.SkipWithError("it did not succeed");
  }
  state.counters["facts/s"] = benchmark::Counter(double(facts), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(facts_of_a_run, of_3_jobs, 3);
BENCHMARK_CAPTURE(facts_of_a_run, of_100000_jobs, 100'000)->Unit(benchmark::kMillisecond);

void compiling(benchmark::State& state, const model::PipelineSpec& spec) {
  for (auto _ : state) {
    state.PauseTiming();
    auto copy = spec;
    state.ResumeTiming();
    auto plan = compile(std::move(copy), {});
    state.PauseTiming();
    plan.value().reset();
    plan = {};
    state.ResumeTiming();
  }
}
BENCHMARK_CAPTURE(compiling, thirty_diamonds, diamonds(30))->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(compiling, layers_of_100000_jobs, layers(100'000))->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace core
