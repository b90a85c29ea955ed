#include "core/observe_scene.h"

#include <gtest/gtest.h>

namespace core {
namespace {

TEST(Observe, SaysWhyAPodWaits) {
  constexpr auto script = R"(
phase Pending; unscheduled
  -> waits: it waits for the scheduler
phase Pending; unscheduled; condition PodScheduled False Unschedulable `0/3 nodes are available`
  -> waits: unschedulable: 0/3 nodes are available
phase Pending; unscheduled; condition PodScheduled False SchedulerError `no`
  -> waits: not scheduled: SchedulerError: no
phase Pending
  -> waits: its containers are being made
phase Pending; main waiting ContainerCreating; event Normal Pulling `Pulling image "busybox"`
  -> waits: Pulling image "busybox"
phase Pending; main waiting ContainerCreating; event Warning FailedMount `secret "s" not found`
  -> waits: its containers are being made: FailedMount: secret "s" not found
phase Pending; main waiting ContainerCreating; event Warning FailedCreatePodSandBox `cni failed`
  -> waits: its containers are being made: FailedCreatePodSandBox: cni failed
phase Pending; main waiting ContainerCreating; event Warning FailedMount `m`;
  event Normal Pulled `p`
  -> waits: its containers are being made
phase Pending; init prepare running; main waiting PodInitializing
  -> waits: init container 'prepare' runs
phase Pending; sidecar proxy waiting CrashLoopBackOff `back-off 10s`; main waiting PodInitializing
  -> waits: sidecar 'proxy': CrashLoopBackOff: back-off 10s
phase Running; other proxy running; main waiting ContainerCreating
  -> waits: its containers are being made
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, AnImageThatCannotBeHadIsGivenUpAfterAMoment) {
  constexpr auto script = R"(
main waiting InvalidImageName `couldn't parse image name "A:b:c"`
  -> waits: InvalidImageName: couldn't parse image name "A:b:c", in 10s image
main waiting ErrImageNeverPull; blocked 4
  -> waits: ErrImageNeverPull, in 6s image
main waiting ErrImagePull `failed to resolve reference "x:1": x:1: not found`; blocked 10
  -> waits: ErrImagePull: failed to resolve reference "x:1": x:1: not found, in 0s image
main waiting ImagePullBackOff `Back-off: ErrImagePull: x: pull access denied`
  -> waits: ImagePullBackOff: Back-off: ErrImagePull: x: pull access denied, in 10s image
main waiting ImagePullBackOff `Back-off pulling "x"`; event Warning Failed `manifest unknown`;
  event Warning Failed `Error: ImagePullBackOff`
  -> waits: ImagePullBackOff: Back-off pulling "x"; manifest unknown, in 10s image
main waiting ImagePullBackOff `Back-off pulling "x"`; event Warning Failed `status 502`
  -> waits: ImagePullBackOff: Back-off pulling "x"; status 502
main waiting ImagePullBackOff `Back-off pulling "x"`
  -> waits: ImagePullBackOff: Back-off pulling "x"
init prepare waiting ErrImagePull `manifest unknown`; main waiting PodInitializing
  -> waits: init container 'prepare': ErrImagePull: manifest unknown, in 10s image
other proxy waiting ErrImagePull `manifest unknown`; main waiting ContainerCreating
  -> waits: its containers are being made
other proxy waiting ErrImagePull `manifest unknown`; main running
  -> runs
main waiting ErrImagePull `manifest unknown`; deleted
  -> waits: it is being deleted
)";
  EXPECT_EQ(observed(script), script);
}

TEST(Observe, ARegistryThatIsNotWellIsWaitedFor) {
  const auto blocked = [](std::string reason, std::string message) {
    Scene scene;
    scene.pod.containers.push_back(
        {.name = "main", .reason = std::move(reason), .message = std::move(message)});
    return bool(look_at(scene).blocked);
  };
  for (const auto* passing :
       {R"(failed to do request: Head "https://r/v2/x/manifests/1": dial tcp: connection refused)",
        R"(failed to resolve "r/x:1": unexpected status from HEAD request to 401: 503 Unavailable)",
        "unexpected status code 500 Internal Server Error", "429 Too Many Requests",
        "toomanyrequests: You have reached your unauthenticated pull rate limit",
        "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
        "dial tcp: lookup r on 10.0.0.1:53: no such host", "i/o timeout",
        "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "unexpected EOF; not found", "http: server gave HTTP response to HTTPS client", "",
        R"(Back-off pulling image "r/not-found:404")", "TLS handshake timeout",
        "failed to copy https://r/not found-no: httpReadSeeker: connection reset by peer"}) {
    EXPECT_FALSE(blocked("ErrImagePull", passing)) << passing;
    EXPECT_FALSE(blocked("ImagePullBackOff", passing)) << passing;
  }
  EXPECT_FALSE(blocked("RegistryUnavailable", "image pull failed, the registry is unavailable"));
  EXPECT_FALSE(blocked("ImageInspectError", "Failed to inspect image"));
  for (const auto* final_word :
       {R"(failed to resolve reference "r/503:500": r/x: not found)",
        R"(rpc error: code = NotFound desc = failed to pull "r/x:1")",
        "unexpected status from HEAD request to https://r/v2/500: 403 Forbidden",
        "pull access denied, repository does not exist: insufficient_scope: authorization failed",
        "manifest for r/x:1 not found: manifest unknown", "unauthorized: authentication required",
        "no match for platform in manifest: not found"})
    EXPECT_TRUE(blocked("ErrImagePull", final_word)) << final_word;
  EXPECT_TRUE(blocked("SignatureValidationFailed", "503"));
}

TEST(Observe, AConfigurationThatCannotStartIsGivenUpAfterAMoment) {
  constexpr auto script = R"(
main waiting CreateContainerConfigError `secret "s" not found`
  -> waits: CreateContainerConfigError: secret "s" not found, in 10s config
main waiting CreateContainerConfigError `image will run as root`
  -> waits: CreateContainerConfigError: image will run as root, in 10s config
main waiting CreateContainerConfigError `failed to sync secret cache: timed out waiting`
  -> waits: CreateContainerConfigError: failed to sync secret cache: timed out waiting
main waiting CreateContainerError `no command specified`
  -> waits: CreateContainerError: no command specified, in 10s config
main waiting CreateContainerError `failed to reserve container name "x"`
  -> waits: CreateContainerError: failed to reserve container name "x"
main waiting RunContainerError `bad mount`
  -> waits: RunContainerError: bad mount, in 10s config
main waiting RunContainerError `context deadline exceeded`
  -> waits: RunContainerError: context deadline exceeded
)";
  EXPECT_EQ(observed(script), script);
}

}  // namespace
}  // namespace core
