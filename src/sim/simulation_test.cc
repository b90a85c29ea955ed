#include "sim/simulation.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "json/parse.h"
#include "sim/verdict.h"

namespace sim {
namespace {

TEST(Simulation, LivesSomeWorldsWithoutAViolation) {
  base::log::configure(base::log::Level(99), base::log::Format::plain);
  std::size_t executions = 0;
  for (std::uint64_t seed = 5000; seed < 5025; ++seed) {
    const auto out = simulate(seed);
    executions += out.executions;
    for (const auto& violation : out.violations) ADD_FAILURE() << "seed " << seed << violation;
  }
  EXPECT_GT(executions, 200u);
}

TEST(Simulation, LivesTheSameLifeForTheSameSeed) {
  base::log::configure(base::log::Level(99), base::log::Format::plain);
  const auto once = simulate(11);
  EXPECT_EQ(once.digest, simulate(11).digest);
  EXPECT_EQ(once.digest, simulate(11, true).digest);
  EXPECT_NE(once.digest, simulate(12).digest);
}

ToldRun told(model::RunState state,
             const std::vector<std::pair<std::string, model::JobState>>& jobs) {
  ToldRun run{.state = state};
  for (auto& [name, job] : jobs)
    run.jobs[std::uint32_t(run.jobs.size())] = {.name = name, .state = job};
  return run;
}

TEST(Verdict, IsThatOfPROTOCOL) {
  using model::JobState;
  using model::RunState;
  using model::StopCause;
  const auto pipeline = *json::parse(R"({"jobs": {"a": {}, "b": {"dependsOn":
      [{"job": "a", "conditions": {"failure": true}}]}}, "finally": {"fin0": {}}})");
  const auto good =
      told(RunState::succeeded,
           {{"a", JobState::failed}, {"b", JobState::succeeded}, {"fin0", JobState::succeeded}});
  EXPECT_TRUE(judge(pipeline, good, StopCause::none).empty());
  EXPECT_FALSE(judge(pipeline, good, StopCause::cancel).empty());
  const auto unhandled =
      told(RunState::succeeded,
           {{"a", JobState::failed}, {"b", JobState::failed}, {"fin0", JobState::succeeded}});
  EXPECT_FALSE(judge(pipeline, unhandled, StopCause::none).empty());
  const auto skipped =
      told(RunState::failed,
           {{"a", JobState::failed}, {"b", JobState::skipped}, {"fin0", JobState::succeeded}});
  EXPECT_FALSE(judge(pipeline, skipped, StopCause::none).empty());
}

}  // namespace
}  // namespace sim
