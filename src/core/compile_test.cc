#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/toy_run.h"

namespace core {
namespace {

/// The faults as `pointer: message` lines; empty when the pipeline compiles.
std::vector<std::string> faults_of(model::PipelineSpec spec, const PipelineLimits& limits = {}) {
  const auto plan = compile(std::move(spec), limits);
  std::vector<std::string> lines;
  if (plan) return lines;
  EXPECT_EQ(plan.error().code, "invalid_pipeline");
  for (const auto& f : plan.error().faults) lines.push_back(f.pointer + ": " + f.message);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Compile, FillsInDefaultsAndKeepsTheOrderWritten) {
  auto spec = numbered_jobs(4, 1);
  add_edge(spec, 0, 1, Condition::failure);
  add_edge(spec, 0, 2);
  add_edge(spec, 1, 2, Condition::always);
  spec.jobs[1].second.timeouts.run = std::chrono::minutes(5);
  const auto plan = plan_of(spec);
  EXPECT_EQ(plan->main_count, 3u);
  EXPECT_EQ(plan->roots, std::vector<std::uint32_t>{0});
  EXPECT_EQ(plan->finally_roots, std::vector<std::uint32_t>{3});
  EXPECT_EQ(plan->jobs[1].run_timeout, std::chrono::minutes(5));
  EXPECT_EQ(plan->jobs[0].run_timeout, PipelineLimits().run_default);
  EXPECT_EQ(plan->timeout, PipelineLimits().timeout_default);
  ASSERT_EQ(plan->dependencies(2).size(), 2u);
  EXPECT_EQ(plan->dependencies(2)[1].job, 1u);
  EXPECT_EQ(plan->dependencies(2)[1].on, Condition::always);
  ASSERT_EQ(plan->dependants(0).size(), 2u);
  EXPECT_EQ(plan->dependants(0)[0].on, Condition::failure);
  EXPECT_EQ(plan->jobs[2].spec, &plan->spec.jobs[2].second) << "the plan owns what it points at";
}

TEST(Compile, NamesAnUnknownDependency) {
  auto spec = numbered_jobs(2);
  spec.jobs[1].second.depends_on = {{"j0", {}}, {"jo", {}}};
  EXPECT_EQ(faults_of(spec),
            Lines{"/jobs/j1/dependsOn/1/job: there is no job 'jo' in this pipeline"});
}

TEST(Compile, SpellsOutACycleAndLeavesOutWhatOnlyHangsOnIt) {
  auto spec = numbered_jobs(5);
  add_edge(spec, 3, 1);
  add_edge(spec, 1, 2);
  add_edge(spec, 2, 3);
  add_edge(spec, 3, 4);
  EXPECT_EQ(faults_of(spec), Lines{"/jobs/j1/dependsOn: a cycle, in which each waits for the next: "
                                   "j1 → j3 → j2 → j1"});
}

TEST(Compile, FindsACycleBehindWhichItStartsLooking) {
  auto spec = numbered_jobs(3);
  add_edge(spec, 1, 0);
  add_edge(spec, 2, 1);
  add_edge(spec, 1, 2);
  EXPECT_EQ(faults_of(spec),
            Lines{"/jobs/j1/dependsOn: a cycle, in which each waits for the next: j1 → j2 → j1"});
}

TEST(Compile, AJobThatWaitsForItselfIsACycle) {
  auto spec = numbered_jobs(1);
  add_edge(spec, 0, 0);
  EXPECT_EQ(faults_of(spec),
            Lines{"/jobs/j0/dependsOn: a cycle, in which each waits for the next: j0 → j0"});
}

TEST(Compile, ALongCycleIsNamedByItsBeginning) {
  auto spec = numbered_jobs(1000);
  for (std::size_t j = 0; j < 1000; ++j) add_edge(spec, j, (j + 1) % 1000);
  const auto faults = faults_of(spec);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_LT(faults[0].size(), 300u);
  EXPECT_NE(faults[0].find("… → j0"), std::string::npos);
}

TEST(Compile, RefusesTwoConditionsAndADependencyNamedTwice) {
  auto spec = numbered_jobs(2);
  spec.jobs[1].second.depends_on = {{"j0", {.success = true, .failure = true}}, {"j0", {}}};
  EXPECT_EQ(faults_of(spec),
            (Lines{"/jobs/j1/dependsOn/0/conditions: choose one of success, failure and always",
                   "/jobs/j1/dependsOn/1/job: it already depends on 'j0'"}));
}

TEST(Compile, KeepsFinallyAndTheRestApart) {
  auto spec = numbered_jobs(4, 2);
  add_edge(spec, 0, 2);
  add_edge(spec, 2, 3);
  add_edge(spec, 3, 1);
  EXPECT_EQ(faults_of(spec),
            (Lines{"/jobs/j1/dependsOn/0/job: finally jobs run last; nothing else depends on them",
                   "/finally/j2/dependsOn/0/job: a finally job starts when all other jobs have "
                   "ended; it depends on finally jobs only"}));
}

TEST(Compile, RefusesTwoJobsOfOneNameAcrossSectionsToo) {
  auto spec = numbered_jobs(2);
  spec.jobs.emplace_back("j0", model::JobSpec{.image = "i"});
  spec.finally.emplace_back("j1", model::JobSpec{.image = "i"});
  EXPECT_EQ(faults_of(spec), (Lines{"/jobs/j0: there are two jobs named 'j0'",
                                    "/finally/j1: there are two jobs named 'j1'"}));
}

TEST(Compile, BoundsJobsAndDependencies) {
  EXPECT_EQ(faults_of(numbered_jobs(11, 3), {.jobs_max = 10}),
            Lines{"/jobs: there are 11 jobs; at most 10 are allowed"});
  EXPECT_EQ(faults_of(numbered_jobs(10, 3), {.jobs_max = 10}), Lines{});
  auto spec = numbered_jobs(4);
  for (std::size_t j = 1; j < 4; ++j) add_edge(spec, 0, j);
  EXPECT_EQ(faults_of(spec, {.edges_max = 3}), Lines{});
  EXPECT_EQ(faults_of(spec, {.edges_max = 2}), Lines{"/jobs: there are more than 2 dependencies"});
}

TEST(Compile, TellsAllFaultsAtOnce) {
  auto spec = numbered_jobs(3);
  spec.kind = "Stack";
  spec.jobs[0].second.image.clear();
  spec.jobs[1].second.retry.attempts = 0;
  add_edge(spec, 7, 1);
  add_edge(spec, 2, 2);
  const auto plan = compile(spec, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "the pipeline has 5 faults");
  Lines pointers;
  for (const auto& f : plan.error().faults) pointers.push_back(f.pointer);
  EXPECT_EQ(pointers, (Lines{"/kind", "/jobs/j0/image", "/jobs/j1/retry/attempts",
                             "/jobs/j1/dependsOn/0/job", "/jobs/j2/dependsOn"}));
}

TEST(Compile, KeepsTheFirstHundredFaultsAndCountsTheRest) {
  auto spec = numbered_jobs(1000);
  for (auto& [name, job] : spec.jobs) job.image.clear();
  const auto plan = compile(spec, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().faults.size(), 100u);
  EXPECT_EQ(plan.error().message, "the pipeline has 1000 faults");
}

TEST(Compile, ThirtyStackedDiamondsTakeNoLongerThanTheirEdges) {
  // 2^30 paths: whatever walks paths does not come back.
  auto spec = numbered_jobs(91);
  for (std::size_t d = 0; d < 30; ++d)
    for (std::size_t side : {1u, 2u}) {
      add_edge(spec, d * 3, d * 3 + side);
      add_edge(spec, d * 3 + side, d * 3 + 3);
    }
  EXPECT_EQ(plan_of(spec)->in.size(), 120u);
  add_edge(spec, 90, 0);
  EXPECT_EQ(faults_of(spec).size(), 1u);
}

constexpr std::size_t many = 100'000;

TEST(Compile, AChainOfAHundredThousandJobsDoesNotUseTheStack) {
  auto spec = numbered_jobs(many);
  for (std::size_t j = 1; j < many; ++j) add_edge(spec, j, j - 1);
  EXPECT_EQ(plan_of(spec)->roots, std::vector<std::uint32_t>{many - 1});
  add_edge(spec, 0, many - 1);
  EXPECT_EQ(faults_of(spec).size(), 1u);
}

TEST(Compile, AHundredThousandJobsThatWaitForOneAndForAllOfThem) {
  auto spec = numbered_jobs(many);
  for (std::size_t j = 1; j + 1 < many; ++j) {
    add_edge(spec, 0, j);
    add_edge(spec, j, many - 1);
  }
  EXPECT_EQ(plan_of(spec)->dependencies(many - 1).size(), many - 2);
}

TEST(Compile, AHundredThousandJobsInLayersOfDiamonds) {
  auto spec = numbered_jobs(many);
  for (std::size_t j = 10; j < many; ++j)
    for (std::size_t k = 0; k < 10; ++k) add_edge(spec, (j / 10 - 1) * 10 + k, j);
  EXPECT_EQ(plan_of(spec)->in.size(), (many - 10) * 10);
}

}  // namespace
}  // namespace core
