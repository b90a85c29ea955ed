#include "core/observe_scene.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "core/naming.h"
#include "core/pod_trouble.h"

namespace core {
namespace {

using model::AttemptState;
using model::ContainerStatus;

TEST(Observe, TheMainContainersEndIsTheAttempts) {
  constexpr auto script = R"(
phase Succeeded; main ended 0 Completed
  -> succeeded 0
phase Failed; main ended 3 Error
  -> exit 3 `exited with code 3`
phase Failed; main ended 3 Error `no such file`
  -> exit 3 `no such file`
phase Failed; main ended 137 Error
  -> exit 137 signal 9 `killed by signal 9 (SIGKILL)`
phase Failed; main ended 139 Error
  -> exit 139 signal 11 `killed by signal 11 (SIGSEGV)`
phase Failed; main ended 255 Error
  -> exit 255 `exited with code 255`
phase Failed; main ended 137 OOMKilled
  -> oom 137 signal 9 `it used more memory than its limit`
phase Succeeded; main ended 0 OOMKilled
  -> succeeded 0
phase Failed; main ended 128 StartError `exec: "nope": executable file not found in $PATH`
  -> config 128 `exec: "nope": executable file not found in $PATH`, never ran
phase Failed; main ended 128 StartError `container init was OOM-killed (memory limit too low?)`
  -> oom 128 `container init was OOM-killed (memory limit too low?)`, never ran
phase Failed; main ended 127 ContainerCannotRun
  -> config 127 `it could not be started`, never ran
phase Running; main running
  -> runs
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, AJsonObjectThatItLeavesIsItsOutputs) {
  constexpr auto script = R"(
phase Succeeded; main ended 0 Completed `{"rows": 7}`
  -> succeeded 0 outputs {"rows":7}
phase Succeeded; main ended 0 Completed `all is well`
  -> succeeded 0 `all is well`
phase Succeeded; main ended 0 Completed `[1]`
  -> succeeded 0 `[1]`
phase Succeeded; main ended 0 Completed `{"rows": `
  -> succeeded 0 `{"rows": `
phase Failed; main ended 2 Error `{"row": 3}`
  -> exit 2 `exited with code 2` outputs {"row":3}
phase Failed; main ended 137 OOMKilled `{"row": 3}`
  -> oom 137 signal 9 `it used more memory than its limit` outputs {"row":3}
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, WhoeverEndedThePodIsTheReason) {
  constexpr auto script = R"(
phase Failed Evicted `The node was low.`; main ended 137 Error
  -> evicted 137 signal 9 `Evicted: The node was low.; killed by signal 9 (SIGKILL)`
phase Failed Evicted `low on memory`; main ended 0 Completed
  -> evicted 0 `Evicted: low on memory; exited with code 0`
phase Failed DeadlineExceeded `active too long`; main ended 143 Error
  -> run_timeout 143 signal 15 `DeadlineExceeded: active too long; killed by signal 15 (SIGTERM)`
phase Failed Preempting `for a critical pod`; main ended 143 Error
  -> preempted 143 signal 15 `Preempting: for a critical pod; killed by signal 15 (SIGTERM)`
phase Failed Terminated `node shutdown`; main ended 143 Error
  -> evicted 143 signal 15 `Terminated: node shutdown; killed by signal 15 (SIGTERM)`
phase Failed; main ended 143 Error; condition DisruptionTarget True PreemptionByScheduler `for p`
  -> preempted 143 signal 15 `PreemptionByScheduler: for p; killed by signal 15 (SIGTERM)`
phase Failed; main ended 143 Error; condition DisruptionTarget True DeletionByTaintManager
  -> evicted 143 signal 15 `DeletionByTaintManager; killed by signal 15 (SIGTERM)`
phase Failed; main ended 1 Error; condition DisruptionTarget True EvictionByEvictionAPI
  -> evicted 1 `EvictionByEvictionAPI; exited with code 1`
phase Failed; main ended 1 Error; condition DisruptionTarget True TerminationByKubelet
  -> evicted 1 `TerminationByKubelet; exited with code 1`
phase Failed; main ended 1 Error; condition DisruptionTarget False TerminationByKubelet
  -> exit 1 `exited with code 1`
phase Succeeded; main ended 0 Completed; condition DisruptionTarget True EvictionByEvictionAPI
  -> succeeded 0
phase Failed; main running; condition DisruptionTarget True DeletionByPodGC `node no longer exists`
  -> node_lost `DeletionByPodGC: node no longer exists`
phase Failed; main ended 137 OOMKilled; condition DisruptionTarget True EvictionByEvictionAPI
  -> oom 137 signal 9 `it used more memory than its limit`
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, ADeletedPodKeepsItsCode) {
  constexpr auto script = R"(
phase Running; main running; deleted
  -> runs
phase Failed; main ended 143 Error; deleted
  -> deleted 143 signal 15 `its Pod was deleted; killed by signal 15 (SIGTERM)`
phase Failed; main ended 137 Error; deleted
  -> deleted 137 signal 9 `its Pod was deleted; killed by signal 9 (SIGKILL)`
phase Succeeded; main ended 0 Completed; deleted
  -> succeeded 0
phase Failed; main ended 3 Error; deleted 5
  -> exit 3 `exited with code 3`
phase Failed; main ended 137 ContainerStatusUnknown `could not be located`; deleted 1
  -> deleted `its Pod was deleted`, never ran
phase Pending; main waiting ContainerCreating; deleted
  -> waits: it is being deleted
phase Failed; main waiting ContainerCreating; deleted
  -> deleted `its Pod was deleted`, never ran
phase Failed; deleted; unscheduled
  -> deleted `its Pod was deleted`, never ran
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, NothingIsASuccessThatNobodySaw) {
  constexpr auto script = R"(
phase Succeeded
  -> lost `the Pod is Succeeded, and nobody saw its main container end`, never ran
phase Succeeded; other proxy ended 0 Completed
  -> lost `the Pod is Succeeded, and nobody saw its main container end`, never ran
phase Succeeded; main waiting ContainerCreating
  -> lost `the Pod is Succeeded, and nobody saw its main container end`, never ran
phase Succeeded; main running
  -> runs
phase Failed; main running
  -> runs
phase Failed; main ended 137 ContainerStatusUnknown `could not be located`
  -> node_lost `could not be located`, never ran
phase Failed; main ended 255 Unknown
  -> node_lost `exited with code 255`, never ran
phase Failed
  -> lost `the Pod is Failed, and nobody saw its main container end`, never ran
phase Failed Strange `who knows`
  -> lost `the Pod is Failed, and nobody saw its main container end: Strange: who knows`, never ran
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, ANodeThatTakesNoPodIsTheClustersFault) {
  constexpr auto script = R"(
phase Failed OutOfcpu `Node didn't have enough resource: cpu`
  -> evicted `OutOfcpu: Node didn't have enough resource: cpu`, never ran
phase Failed OutOfpods
  -> evicted `OutOfpods`, never ran
phase Failed NodeAffinity `node selector did not match`
  -> evicted `NodeAffinity: node selector did not match`, never ran
phase Failed UnexpectedAdmissionError `Allocate failed`
  -> evicted `UnexpectedAdmissionError: Allocate failed`, never ran
phase Failed NodeShutdown
  -> evicted `NodeShutdown`, never ran
phase Failed Evicted `The node had condition: [DiskPressure].`
  -> evicted `Evicted: The node had condition: [DiskPressure].`, never ran
phase Failed AppArmor `Cannot enforce AppArmor`
  -> config `AppArmor: Cannot enforce AppArmor`, never ran
phase Failed PodOSNotSupported
  -> config `PodOSNotSupported`, never ran
phase Failed DeadlineExceeded `active too long`; main waiting ContainerCreating
  -> start_timeout `DeadlineExceeded: active too long`, never ran
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, AnInitContainerThatFailsEndsTheAttempt) {
  constexpr auto script = R"(
phase Pending; init prepare ended 0 Completed; main waiting PodInitializing
  -> waits: its containers are being made
phase Failed; init prepare ended 3 Error `no disk`; main waiting PodInitializing
  -> exit 3 `init container 'prepare': no disk`, never ran
phase Failed; init prepare ended 137 OOMKilled; main waiting PodInitializing
  -> oom 137 signal 9 `init container 'prepare': it used more memory than its limit`, never ran
phase Failed Evicted; init prepare ended 137 Error; main waiting PodInitializing
  -> evicted `Evicted`, never ran
phase Pending; sidecar proxy running; init prepare ended 1 Error; main waiting PodInitializing
  -> exit 1 `init container 'prepare': exited with code 1`, never ran, stop the rest
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, WhenMainEndsTheRestIsStopped) {
  constexpr auto script = R"(
phase Running; main ended 0 Completed; other proxy running
  -> succeeded 0, stop the rest
phase Running; sidecar proxy running; main ended 2 Error
  -> exit 2 `exited with code 2`, stop the rest
phase Running; main running; other proxy ended 1 Error
  -> runs
phase Failed; main ended 0 Completed; other proxy ended 1 Error
  -> succeeded 0
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, ANodeThatIsSilentIsSaidToBe) {
  constexpr auto script = R"(
phase Running NodeLost; main running
  -> runs, unreachable
phase Running; main running; condition Ready False
  -> runs, unreachable
phase Running; main running; condition Ready False ContainersNotReady;
  condition ContainersReady False
  -> runs
phase Running; main running; deleted -90
  -> runs
phase Running; main running; deleted -91
  -> runs, unreachable
phase Pending; deleted -91; unscheduled
  -> waits: it is being deleted
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, LongMessagesAreCutBetweenCharacters) {
  model::Pod pod;
  std::string text;
  while (text.size() < 5000) text += "ä…";
  pod.containers.push_back({.name = "main",
                            .phase = ContainerStatus::Phase::terminated,
                            .message = text,
                            .exit_code = 1});
  const auto seen = observe(pod, {.now = noon_of_scenes});
  EXPECT_LE(seen.outcome->message.size(), 4096u);
  EXPECT_GT(seen.outcome->message.size(), 4092u);
  EXPECT_TRUE(text.starts_with(seen.outcome->message));
}

TEST(Observe, AJobIsJudgedByItsConditionsAndExplainedByItsPods) {
  constexpr auto script = R"(
job
  -> waits: it has no Pod yet
job; event Warning FailedCreate `exceeded quota`
  -> waits: it has no Pod: FailedCreate: exceeded quota
job Suspended
  -> waits: it is suspended
job; pod a; main waiting ErrImagePull `manifest unknown`
  -> waits: ErrImagePull: manifest unknown, in 10s image
job; pod a; phase Running; main running; pod b; main waiting ErrImagePull `manifest unknown`
  -> runs
job; pod a; phase Succeeded; main ended 0 Completed
  -> runs
job; pod a; phase Failed; main ended 1 Error
  -> runs
job Complete; pod a; phase Succeeded; main ended 0 Completed `{"a": 1}`
  -> succeeded 0 outputs {"a":1}
job Complete; pod a; main ended 0 Completed `{"a": 1}`; pod b; main ended 0 Completed `{"b": 1}`
  -> succeeded 0
job Complete
  -> succeeded 0
job Failed BackoffLimitExceeded `reached`; pod a; phase Failed; main ended 137 OOMKilled
  -> oom 137 signal 9 `Pod a: it used more memory than its limit`
job Failed BackoffLimitExceeded; pod a; main ended 0 Completed; pod b; main ended 4 Error
  -> exit 4 `Pod b: exited with code 4`
job Failed PodFailurePolicy; pod a; phase Failed Evicted; main ended 137 Error
  -> evicted 137 signal 9 `Pod a: Evicted; killed by signal 9 (SIGKILL)`
job Failed BackoffLimitExceeded `reached`
  -> exit `BackoffLimitExceeded: reached`, never ran
job Failed DeadlineExceeded `too long`; pod a; main running
  -> run_timeout `DeadlineExceeded: too long`
job Failed DeadlineExceeded `too long`; pod a; main waiting ContainerCreating
  -> start_timeout `DeadlineExceeded: too long`, never ran
job; pod a; phase Running; main running; condition Ready False
  -> runs, unreachable
)";
  EXPECT_EQ(observed(script), script);
}

/// Any Pod, however contradictory.
Scene random_scene(base::Rng& rng) {
  const auto one_of = [&](auto... words) {
    const std::vector<std::string> all{words...};
    return all[rng.below(all.size())];
  };
  Scene s;
  auto& pod = s.pod;
  pod.phase = one_of("Pending", "Running", "Succeeded", "Failed", "Unknown", "");
  if (rng.chance(0.3))
    pod.reason = one_of("Evicted", "NodeLost", "DeadlineExceeded", "OutOfcpu", "Odd", "Preempting");
  if (rng.chance(0.2)) pod.deleted = noon_of_scenes - std::chrono::seconds(rng.below(300));
  if (rng.chance(0.2)) pod.node.clear();
  if (rng.chance(0.3))
    pod.conditions.push_back({one_of("DisruptionTarget", "Ready"), one_of("True", "False"),
                              one_of("DeletionByPodGC", "EvictionByEvictionAPI", "x"), ""});
  for (auto n = rng.below(4); n > 0; --n) {
    ContainerStatus c{.name = one_of("main", "main", "proxy"), .init = rng.chance(0.3)};
    c.sidecar = c.init && rng.chance(0.3);
    c.phase = ContainerStatus::Phase(rng.below(3));
    c.reason = one_of("", "Completed", "Error", "OOMKilled", "StartError", "ContainerStatusUnknown",
                      "ErrImagePull", "CreateContainerConfigError");
    c.message = one_of("", "not found", R"({"a": 1})");
    if (c.phase == ContainerStatus::Phase::terminated && rng.chance(0.95))
      c.exit_code = rng.chance(0.5) ? 0 : std::int32_t(rng.below(300));
    if (rng.chance(0.5)) c.finished = noon_of_scenes - std::chrono::seconds(rng.below(300));
    pod.containers.push_back(c);
  }
  return s;
}

TEST(Observe, NoPodSucceedsWithoutTheCodeOfItsMainContainer) {
  base::Rng rng(7);
  int successes = 0, ends = 0;
  for (int i = 0; i < 200'000; ++i) {
    auto s = random_scene(rng);
    const auto seen = look_at(s);
    const auto main = std::ranges::find_if(s.pod.containers, [](const ContainerStatus& c) {
      return !c.init && c.name == main_container;
    });
    const bool there = main != s.pod.containers.end();
    const bool runs = there && main->phase == ContainerStatus::Phase::running;
    const bool node_gone = disruption(s.pod) || s.pod.reason == "NodeLost";
    if (!seen.outcome) continue;
    ++ends;
    EXPECT_FALSE(runs && !node_gone) << "what runs has not ended";
    EXPECT_FALSE(seen.blocked || seen.unreachable || !seen.waiting.empty());
    EXPECT_EQ(seen.outcome->class_.has_value(), seen.outcome->state == AttemptState::failed);
    if (seen.outcome->state != AttemptState::succeeded) continue;
    ++successes;
    ASSERT_TRUE(there && main->phase == ContainerStatus::Phase::terminated && main->exit_code == 0);
  }
  EXPECT_GT(successes, 1000);
  EXPECT_GT(ends, 10'000);
}

}  // namespace
}  // namespace core
