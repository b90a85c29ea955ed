#include "core/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "core/toy_run.h"

namespace core {
namespace {

/// Breaks one thing of a good pipeline and gives the pointers of the faults, joined by spaces.
template <class F>
std::string broken(const F& change, const PipelineLimits& limits = {}) {
  return fmt::format("{}", fmt::join(fault_pointers(change, limits), " "));
}

using Spec = model::PipelineSpec;
using Job = model::JobSpec;

TEST(Check, APipelineHasItsKindNamesAndAJob) {
  EXPECT_EQ(broken([](Spec&, Job&) {}), "");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.kind = "pipeline"; }), "/kind");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.name = "Upper"; }), "/name");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.jobs.clear(); }), "/jobs");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.jobs[0].first = "a/b~"; }), "/jobs/a~1b~0");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.jobs[0].first = ""; }), "/jobs/");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.finally.emplace_back("_x", Job{.image = "i"}); }),
            "/finally/_x");
}

TEST(Check, LabelsAreKubernetesLabels) {
  const auto labeled = [](std::string key, std::string value) {
    return broken([&](Spec& s, Job&) { s.labels[key] = value; });
  };
  for (const auto* good : {"a", "a.b-c_D", "example.com/a", "a/b", "a-1.b.c/x"})
    EXPECT_EQ(labeled(good, "v"), "") << good;
  for (const auto* bad : {"", "-a", "/a", "a/", "a./b", ".a/b", "a..b/c", "A.b/c", "a/b/c", "a b"})
    EXPECT_NE(labeled(bad, "v"), "") << bad;
  EXPECT_EQ(labeled("x.y/z", "-"), "/labels/x.y~1z");
  EXPECT_EQ(labeled("a", ""), "");
  EXPECT_EQ(labeled("a", std::string(63, 'v')), "");
  EXPECT_EQ(labeled("a", std::string(64, 'v')), "/labels/a");
  EXPECT_EQ(labeled(std::string(253, 'p') + "/a", "v"), "/labels/" + std::string(253, 'p') + "~1a");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.labels = {{"a", ""}, {"b", ""}}; }, {.labels_max = 1}),
            "/labels");
}

TEST(Check, ParametersHaveOneNameATypeAndAFittingDefault) {
  const auto with = [](std::string name, model::Param p) {
    return broken([&](Spec& s, Job&) { s.params.emplace_back(name, p); });
  };
  EXPECT_EQ(with("tag", {.default_ = "x"}), "");
  EXPECT_EQ(with("1st", {}), "/params/1st");
  EXPECT_EQ(with("a b", {}), "/params/a b");
  EXPECT_EQ(with("n", {.default_ = "x", .required = true}), "/params/n/default");
  using T = model::ParamType;
  EXPECT_EQ(with("n", {.type = T::integer, .default_ = 1.5}), "/params/n/default");
  EXPECT_EQ(with("n", {.type = T::integer, .default_ = 3}), "");
  EXPECT_EQ(with("n", {.type = T::number, .default_ = 3}), "");
  EXPECT_EQ(with("n", {.type = T::boolean, .default_ = "true"}), "/params/n/default");
  EXPECT_EQ(with("n", {.type = T::string, .default_ = nullptr}), "/params/n/default");
  EXPECT_EQ(with("n", {.default_ = base::Value(std::string("a\0b", 3))}), "/params/n/default");
  EXPECT_EQ(with("n", {.default_ = base::Value(std::string(65537, 'x'))}), "/params/n/default");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.params = {{"a", {}}, {"b", {}}, {"a", {}}}; }),
            "/params/a");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.params = {{"a", {}}, {"b", {}}}; }, {.params_max = 1}),
            "/params");
}

TEST(Check, AVariableIsSetOnceAndInOneWay) {
  const auto with = [](std::vector<model::EnvVar> env) {
    return broken([&](Spec& s, Job& j) {
      s.params.emplace_back("tag", model::Param{});
      j.env = std::move(env);
    });
  };
  const model::EnvSource tag{"tag"}, none{"none"};
  EXPECT_EQ(with({{"A", "1", {}}, {"_b", {}, tag}}), "");
  EXPECT_EQ(with({{"1A", "", {}}}), "/jobs/j0/env/0/name");
  EXPECT_EQ(with({{"", "", {}}}), "/jobs/j0/env/0/name");
  EXPECT_EQ(with({{"FAIRLEAD_X", "", {}}}), "/jobs/j0/env/0/name");
  EXPECT_EQ(with({{"A", "1", tag}}), "/jobs/j0/env/0");
  EXPECT_EQ(with({{"A", {}, {}}}), "/jobs/j0/env/0");
  EXPECT_EQ(with({{"A", {}, none}}), "/jobs/j0/env/0/valueFrom/param");
  EXPECT_EQ(with({{"A", "1", {}}, {"A", "2", {}}}), "/jobs/j0/env/1/name");
  EXPECT_EQ(with({{"A", std::string("\0", 1), {}}}), "/jobs/j0/env/0/value");
  EXPECT_EQ(with({{"A", std::string(65537, 'x'), {}}}), "/jobs/j0/env/0/value");
  EXPECT_EQ(with(std::vector<model::EnvVar>(201, {"A", "", {}})), "/jobs/j0/env");
}

TEST(Check, AJobHasAnImageAndOneWayToRun) {
  EXPECT_EQ(broken([](Spec&, Job& j) { j.image = ""; }), "/jobs/j0/image");
  EXPECT_EQ(broken([](Spec&, Job& j) { j.image = "a b"; }), "/jobs/j0/image");
  EXPECT_EQ(broken([](Spec&, Job& j) { j.run = "x", j.command = {"y"}; }), "/jobs/j0/run");
  EXPECT_EQ(broken([](Spec&, Job& j) { j.run = "x", j.args = {"y"}; }), "/jobs/j0/run");
  EXPECT_EQ(broken([](Spec&, Job& j) { j.run = std::string(65537, 'x'); }), "/jobs/j0/run");
  EXPECT_EQ(broken([](Spec&, Job& j) { j.args = {"a", std::string("\0", 1)}; }), "/jobs/j0/args/1");
  EXPECT_EQ(broken([](Spec&, Job& j) { j.command.resize(1001); }), "/jobs/j0/command");
}

TEST(Check, QuantitiesAreWrittenAsKubernetesWritesThem) {
  const auto with = [](std::string name, std::string quantity) {
    return broken([&](Spec&, Job& j) { j.resources.limits[name] = quantity; });
  };
  for (const auto* good : {"1", "0.5", "500m", "64Mi", "1Gi", "10k", "1.5G", "2Ei"})
    EXPECT_EQ(with("memory", good), "") << good;
  for (const auto* bad : {"", "m", "-1", "1 Gi", "1gi", "1.2.3", ".", "1KB", "Mi", "0x10", "+1"})
    EXPECT_EQ(with("memory", bad), "/jobs/j0/resources/limits/memory") << bad;
  EXPECT_EQ(with("nvidia.com/gpu", "1"), "");
  EXPECT_EQ(with("gpu", "1"), "/jobs/j0/resources/limits/gpu");
  EXPECT_EQ(broken([](Spec&, Job& j) { j.resources.requests["a/b/c"] = "1"; }),
            "/jobs/j0/resources/requests/a~1b~1c");
}

TEST(Check, TimeoutsHaveACap) {
  using namespace std::chrono;
  const PipelineLimits l;
  EXPECT_EQ(broken([&](Spec& s, Job& j) {
              s.timeout = l.timeout_max;
              j.timeouts = {l.queue_max, l.start_max, l.run_max};
            }),
            "");
  EXPECT_EQ(broken([&](Spec& s, Job& j) {
              const base::Micros more(1);
              s.timeout = l.timeout_max + more;
              j.timeouts = {l.queue_max + more, l.start_max + more, l.run_max + more};
            }),
            "/timeout /jobs/j0/timeouts/queue /jobs/j0/timeouts/start /jobs/j0/timeouts/run");
  EXPECT_EQ(broken([](Spec&, Job& j) { j.timeouts.run = seconds(0); }), "/jobs/j0/timeouts/run");
  EXPECT_EQ(broken([](Spec& s, Job&) { s.timeout = seconds(-1); }), "/timeout");
}

TEST(Check, RetryHasBounds) {
  const auto with = [](model::Retry retry) {
    return broken([&](Spec&, Job& j) { j.retry = retry; });
  };
  using namespace std::chrono;
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(with({.attempts = 100}), "");
  EXPECT_EQ(with({.attempts = 0}), "/jobs/j0/retry/attempts");
  EXPECT_EQ(with({.attempts = 101}), "/jobs/j0/retry/attempts");
  EXPECT_EQ(with({.backoff = {.initial = seconds(61)}}), "/jobs/j0/retry/backoff/initial");
  EXPECT_EQ(with({.backoff = {.initial = seconds(-1)}}), "/jobs/j0/retry/backoff/initial");
  EXPECT_EQ(with({.backoff = {.max = days(31)}}), "/jobs/j0/retry/backoff/max");
  for (double bad : {0.9, 100.1, nan})
    EXPECT_EQ(with({.backoff = {.factor = bad}}), "/jobs/j0/retry/backoff/factor");
  for (double bad : {-0.1, 1.1, nan})
    EXPECT_EQ(with({.backoff = {.jitter = bad}}), "/jobs/j0/retry/backoff/jitter");
}

}  // namespace
}  // namespace core
