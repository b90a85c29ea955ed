#include "kube/pod.h"

#include <gmock/gmock.h>

#include "base/result.h"

namespace kube {
namespace {

using model::ContainerStatus;
using Phase = ContainerStatus::Phase;

base::Time time(std::string_view text) { return base::parse_time(text).value(); }

/// A Pod as the API server sends it, with this status.
std::string pod_with(std::string_view status) {
  return R"({
  "kind": "Pod", "apiVersion": "v1",
  "metadata": {
    "name": "build-3f7k2q9x4m1n8p5r", "generateName": "", "namespace": "work",
    "uid": "0b5e7a54-6c1f-4d55-9a3b-2f6a0c9d8e71", "resourceVersion": "48213",
    "creationTimestamp": "2026-03-04T05:06:07Z",
    "labels": {"fairlead.dev/run": "01arz3", "fairlead.dev/attempt": "2", "app": "theirs"},
    "annotations": {"fairlead.dev/spec-hash": "ab12", "fairlead.dev/payload": ")" +
         std::string(200, 'x') + R"(", "kubernetes.io/limit-ranger": "x"},
    "ownerReferences": [
      {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "not-this"},
      {"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "job-uid", "controller": true,
       "blockOwnerDeletion": true}],
    "finalizers": ["example.org/x", "fairlead.dev/protect"],
    "managedFields": [{"manager": "fairlead", "operation": "Update", "fieldsV1": {"f:spec": {}}}]
  },
  "spec": {
    "volumes": [{"name": "v", "emptyDir": {}}],
    "initContainers": [
      {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"},
      {"name": "fetch", "image": "git:2"}],
    "containers": [
      {"name": "main", "image": "busybox:1", "command": ["sh", "-c", "exit 3"]},
      {"name": "aside", "image": "busybox:1"}],
    "restartPolicy": "Never", "nodeName": "node-7", "activeDeadlineSeconds": 3600
  },
  "status": )" +
         std::string(status) + "}";
}

model::Pod pod_of(std::string_view status) { return read_pod(pod_with(status)); }

TEST(Pod, KeepsWhatIsOursOfItsMetadata) {
  const auto pod = pod_of(R"({"phase": "Pending", "qosClass": "BestEffort"})");
  EXPECT_EQ(pod.name, "build-3f7k2q9x4m1n8p5r");
  EXPECT_EQ(pod.uid, "0b5e7a54-6c1f-4d55-9a3b-2f6a0c9d8e71");
  EXPECT_EQ(pod.labels, (model::Marks{{"attempt", "2"}, {"run", "01arz3"}}));
  EXPECT_EQ(pod.annotations, (model::Marks{{"spec-hash", "ab12"}})) << "not the long payload";
  EXPECT_EQ(pod.owner_uid, "job-uid");
  EXPECT_EQ(pod.node, "node-7");
  EXPECT_EQ(pod.phase, "Pending");
  EXPECT_EQ(pod.created, time("2026-03-04T05:06:07Z"));
  EXPECT_EQ(pod.deleted, std::nullopt);
  EXPECT_TRUE(pod.finalized_by_us);
}

TEST(Pod, NamesEveryContainerInTheOrderOfTheSpecBeforeAnyHasAStatus) {
  const auto pod = pod_of(R"({"phase": "Pending"})");
  EXPECT_EQ(pod.containers,
            (std::vector<ContainerStatus>{{.name = "proxy", .init = true, .sidecar = true},
                                          {.name = "fetch", .init = true},
                                          {.name = "main"},
                                          {.name = "aside"}}));
}

TEST(Pod, ReadsTheStatesOfItsContainers) {
  const auto pod = pod_of(R"({
    "phase": "Running", "startTime": "2026-03-04T05:06:08Z",
    "initContainerStatuses": [
      {"name": "fetch", "ready": true, "restartCount": 0, "imageID": "git@sha256:22",
       "state": {"terminated": {"exitCode": 0, "reason": "Completed",
         "startedAt": "2026-03-04T05:06:10Z", "finishedAt": "2026-03-04T05:06:12Z",
         "containerID": "containerd://a"}}},
      {"name": "proxy", "ready": true, "restartCount": 1, "imageID": "proxy@sha256:11",
       "state": {"running": {"startedAt": "2026-03-04T05:06:09Z"}},
       "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}],
    "containerStatuses": [
      {"name": "aside", "restartCount": 0, "imageID": "",
       "state": {"waiting": {"reason": "ImagePullBackOff",
         "message": "Back-off pulling image \"busybox:1\""}}},
      {"name": "main", "restartCount": 0, "imageID": "busybox@sha256:33",
       "state": {"terminated": {"exitCode": 137, "signal": 9, "reason": "OOMKilled",
         "message": "{\"rows\": 7}", "startedAt": "2026-03-04T05:06:13Z",
         "finishedAt": "2026-03-04T05:06:20Z"}}}]})");
  EXPECT_EQ(pod.containers,
            (std::vector<ContainerStatus>{{.name = "proxy",
                                           .init = true,
                                           .sidecar = true,
                                           .phase = Phase::running,
                                           .restarts = 1,
                                           .started = time("2026-03-04T05:06:09Z")},
                                          {.name = "fetch",
                                           .init = true,
                                           .phase = Phase::terminated,
                                           .reason = "Completed",
                                           .exit_code = 0,
                                           .started = time("2026-03-04T05:06:10Z"),
                                           .finished = time("2026-03-04T05:06:12Z")},
                                          {.name = "main",
                                           .phase = Phase::terminated,
                                           .reason = "OOMKilled",
                                           .message = "{\"rows\": 7}",
                                           .exit_code = 137,
                                           .signal = 9,
                                           .started = time("2026-03-04T05:06:13Z"),
                                           .finished = time("2026-03-04T05:06:20Z")},
                                          {.name = "aside",
                                           .phase = Phase::waiting,
                                           .reason = "ImagePullBackOff",
                                           .message = "Back-off pulling image \"busybox:1\""}}));
}

TEST(Pod, KeepsTheConditionsThatSpeakAgainstIt) {
  const auto pod = pod_of(R"({
    "phase": "Pending",
    "conditions": [
      {"type": "PodReadyToStartContainers", "status": "False", "lastTransitionTime": null},
      {"type": "Initialized", "status": "False", "reason": "ContainersNotInitialized"},
      {"type": "Ready", "status": "False", "reason": "ContainersNotReady"},
      {"type": "ContainersReady", "status": "False"},
      {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
       "message": "0/1 nodes are available: 1 Insufficient cpu.", "lastProbeTime": null},
      {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler",
       "message": "preempting to accommodate a higher priority pod"}]})");
  EXPECT_EQ(pod.conditions,
            (std::vector<model::Condition>{{"PodScheduled", "False", "Unschedulable",
                                            "0/1 nodes are available: 1 Insufficient cpu."},
                                           {"DisruptionTarget", "True", "PreemptionByScheduler",
                                            "preempting to accommodate a higher priority pod"}}));
  EXPECT_TRUE(pod_of(R"({"conditions": [{"type": "PodScheduled", "status": "True"},
                                        {"type": "DisruptionTarget", "status": "False"}]})")
                  .conditions.empty());
}

TEST(Pod, KnowsThatItWasEvictedOrIsBeingDeleted) {
  auto json = pod_with(R"({"phase": "Failed", "reason": "Evicted",
                           "message": "The node was low on resource: memory."})");
  const std::string created = "\"creationTimestamp\": \"2026-03-04T05:06:07Z\",";
  json.insert(
      json.find(created),
      "\"deletionTimestamp\": \"2026-03-04T05:10:00Z\", \"deletionGracePeriodSeconds\": 30,");
  const auto pod = read_pod(json);
  EXPECT_EQ(pod.reason, "Evicted");
  EXPECT_EQ(pod.message, "The node was low on resource: memory.");
  EXPECT_EQ(pod.deleted, time("2026-03-04T05:10:00Z"));
}

TEST(Pod, WhatIsNotAsTheApiSaysReadsAsAbsent) {
  const auto pod = read_pod(R"({
    "metadata": {"name": 7, "uid": null, "labels": [1], "ownerReferences": {"uid": "x"},
                 "creationTimestamp": "yesterday", "finalizers": [7]},
    "spec": {"containers": {"name": "x"}, "initContainers": [7]},
    "status": {"phase": {}, "conditions": "none",
      "containerStatuses": [{"name": "x", "restartCount": 1e99, "state": {"running": null,
        "terminated": {"exitCode": 99999999999, "signal": 1.5}}}]}})");
  EXPECT_EQ(
      pod,
      (model::Pod{
          .containers = {
              {.name = "", .init = true},
              {.name = "x", .phase = Phase::terminated, .exit_code = 2147483647, .signal = 0}}}));
  EXPECT_EQ(read_pod("{}"), model::Pod{});
  for (auto text : {"", "[]", "{", "null", "{\"status\": {\"phase\": \"Running}"})
    EXPECT_THROW(read_pod(text), base::Failure) << text;
}

TEST(Job, KeepsItsCountsAndHowItEnded) {
  const auto job = read_job(R"({
    "kind": "Job", "apiVersion": "batch/v1",
    "metadata": {"name": "j", "uid": "u", "creationTimestamp": "2026-03-04T05:06:07Z",
      "labels": {"fairlead.dev/job": "build", "batch.kubernetes.io/job-name": "j"},
      "annotations": {"fairlead.dev/spec-hash": "cd"}},
    "spec": {"parallelism": 2, "completions": 3, "backoffLimit": 0},
    "status": {"active": 1, "ready": 1, "succeeded": 2, "failed": 1, "terminating": 0,
      "startTime": "2026-03-04T05:06:08Z",
      "conditions": [
        {"type": "FailureTarget", "status": "True", "reason": "BackoffLimitExceeded"},
        {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
         "message": "Job has reached the specified backoff limit"},
        {"type": "Suspended", "status": "False", "reason": "JobResumed"}]}})");
  EXPECT_EQ(job,
            (model::BatchJob{.name = "j",
                             .uid = "u",
                             .labels = {{"job", "build"}},
                             .annotations = {{"spec-hash", "cd"}},
                             .completions = 3,
                             .parallelism = 2,
                             .active = 1,
                             .ready = 1,
                             .succeeded = 2,
                             .failed = 1,
                             .started = time("2026-03-04T05:06:08Z"),
                             .conditions = {{"Failed", "True", "BackoffLimitExceeded",
                                             "Job has reached the specified backoff limit"}}}));
}

TEST(KubeEvent, IsReadAsOldAndAsNewWritersWriteIt) {
  EXPECT_EQ(read_kube_event(R"({
    "kind": "Event", "apiVersion": "v1",
    "metadata": {"name": "p.17a", "creationTimestamp": "2026-03-04T05:00:00Z"},
    "involvedObject": {"kind": "Pod", "name": "p", "uid": "u", "resourceVersion": "9"},
    "reason": "Failed", "message": "Failed to pull image", "type": "Warning",
    "source": {"component": "kubelet", "host": "node-7"},
    "firstTimestamp": "2026-03-04T05:00:00Z", "lastTimestamp": "2026-03-04T05:02:00Z", "count": 4,
    "eventTime": null, "reportingComponent": "kubelet"})"),
            (model::KubeEvent{"u", "p", "Warning", "Failed", "Failed to pull image", 4,
                              time("2026-03-04T05:02:00Z")}));
  EXPECT_EQ(read_kube_event(R"({
    "metadata": {"name": "p.17b", "creationTimestamp": "2026-03-04T05:00:00Z"},
    "involvedObject": {"kind": "Pod", "name": "p", "uid": "u"},
    "reason": "FailedScheduling", "message": "no nodes", "type": "Warning",
    "eventTime": "2026-03-04T05:00:00.123456Z", "action": "Scheduling",
    "series": {"count": 9, "lastObservedTime": "2026-03-04T05:03:00.500000Z"}})"),
            (model::KubeEvent{"u", "p", "Warning", "FailedScheduling", "no nodes", 9,
                              time("2026-03-04T05:03:00.5Z")}));
}

}  // namespace
}  // namespace kube
