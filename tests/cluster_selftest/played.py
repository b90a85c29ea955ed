"""The simulated nodes: each annotation plays what it says, in the kubelet's words."""

import time

from checks import until
from cluster import SIM, condition, phase, pod, state
from kube import Refused

FINAL = ("Succeeded", "Failed")


def play(cluster, name, holds=lambda view: phase(view) in FINAL, seconds=20.0, spec=None, **sim):
    """Creates a pod that is played by annotations, and waits until it is as wanted."""
    cluster.kube.create(pod(name, sim={key.replace("_", "-"): value for key, value in sim.items()},
                            **(spec or {})))
    return wait(cluster, name, holds, seconds)


def wait(cluster, name, holds=lambda view: phase(view) in FINAL, seconds=20.0):
    def look():
        view = cluster.kube.get("pods", name)
        return view if view and holds(view) else None
    return until(f"{name} is as it should be", look, seconds, 0.05)


def waits_for(reason):
    return lambda view: state(view)[1].get("reason") == reason


def events(cluster, name, reason):
    """The messages of a pod's events of a kind."""
    return [each["message"] for each in cluster.kube.list(
        "events", fieldSelector=f"involvedObject.name={name}") if each["reason"] == reason]


def ends(checks, _, cluster):
    view = play(cluster, "at-once")
    checks.equal("without a word it succeeds at once", phase(view), "Succeeded")
    checks.equal("reason", state(view)[1]["reason"], "Completed")
    checks.equal("in one status write", len(cluster.audit.writes(
        "patch", "pods/status", "at-once", user="simnode")), 1)
    checks.equal("Ready", (condition(view, "Ready")["status"], condition(view, "Ready")["reason"]),
                 ("False", "PodCompleted"))
    play(cluster, "takes", lambda view: state(view)[0] == "running", duration="1s", exit_code=3,
         termination_message='{"a": 1}')
    view = cluster.kube.get("pods", "takes")
    checks.equal("while it runs", (phase(view), condition(view, "Ready")["status"],
                                   condition(view, "ContainersReady")["status"],
                                   condition(view, "PodScheduled")["status"]),
                 ("Running", "True", "True", "True"))
    checks.that("it has an address", view["status"]["podIP"].startswith("10."), view["status"])
    view = wait(cluster, "takes")
    word, content = state(view)
    checks.equal("its end", (phase(view), word, content["exitCode"], content["reason"],
                             content["message"]),
                 ("Failed", "terminated", 3, "Error", '{"a": 1}'))
    checks.equal("what is over leaves no reason", condition(view, "Initialized").get("reason"),
                 None)
    checks.equal("two status writes", len(cluster.audit.writes(
        "patch", "pods/status", "takes", user="simnode")), 2)
    content = state(play(cluster, "signalled", signal=9))[1]
    checks.equal("a signal", (content["exitCode"], content["reason"]), (137, "Error"))
    content = state(play(cluster, "hungry-too", oom="yes"))[1]
    checks.equal("out of memory", (content["exitCode"], content["reason"]), (137, "OOMKilled"))
    view = play(cluster, "late", spec={"activeDeadlineSeconds": 1}, duration="forever")
    checks.equal("a deadline", (phase(view), view["status"]["reason"]),
                 ("Failed", "DeadlineExceeded"))
    view = play(cluster, "nonsense", duration="soon")
    checks.that("nonsense is told", SIM + "duration" in view["status"]["message"], view["status"])


def does_not_start(checks, _, cluster):
    text = "failed to resolve reference: dial tcp: lookup registry.example: no such host"
    view = play(cluster, "no-image", waits_for("ErrImagePull"), image_pull_failure=text)
    checks.equal("a failed pull says why", state(view)[1]["message"], text)
    view = wait(cluster, "no-image", waits_for("ImagePullBackOff"))
    checks.equal("its back-off", state(view)[1]["message"],
                 f'Back-off pulling image "busybox:1": ErrImagePull: {text}')
    until("its events", lambda: events(cluster, "no-image", "BackOff"))
    checks.that("its events say why", f'Failed to pull image "busybox:1": {text}' in
                events(cluster, "no-image", "Failed"), events(cluster, "no-image", "Failed"))
    view = play(cluster, "bad-name", waits_for("InvalidImageName"), invalid_image_name="yes")
    checks.that("an invalid name", "couldn't parse image name" in state(view)[1]["message"])
    view = play(cluster, "no-config", waits_for("CreateContainerConfigError"),
                config_error='secret "x" not found')
    checks.equal("a missing secret", state(view)[1]["message"], 'secret "x" not found')
    mount = 'MountVolume.SetUp failed for volume "v" : secret "y" not found'
    view = play(cluster, "no-mount", waits_for("ContainerCreating"), failed_mount=mount)
    until("a failed mount is an event", lambda: mount in events(cluster, "no-mount", "FailedMount"))
    play(cluster, "no-box", waits_for("ContainerCreating"), failed_sandbox="rpc error: no network")
    until("a failed sandbox is an event", lambda: "Failed to create pod sandbox: rpc error: "
          "no network" in events(cluster, "no-box", "FailedCreatePodSandBox"))
    view = play(cluster, "heals", image_pull_failure=text, heal_after="1500ms")
    checks.equal("what heals goes on", phase(view), "Succeeded")
    play(cluster, "stuck-start", waits_for("ContainerCreating"), stuck="start")
    view = play(cluster, "slow-start", waits_for("ContainerCreating"), start_delay="1s")
    checks.equal("a slow start ends", phase(wait(cluster, "slow-start")), "Succeeded")
    cluster.kube.delete("pods", "no-image")
    until("what never started can be deleted", lambda: not cluster.kube.get("pods", "no-image"))
    checks.equal("what is stuck stays so", phase(cluster.kube.get("pods", "stuck-start")),
                 "Pending")


def ends_from_outside(checks, _, cluster):
    view = play(cluster, "evicted", duration="forever", evict_after="300ms")
    checks.equal("eviction", (phase(view), view["status"]["reason"],
                              condition(view, "DisruptionTarget")["reason"]),
                 ("Failed", "Evicted", "TerminationByKubelet"))
    play(cluster, "preempted", lambda view: condition(view, "DisruptionTarget"), duration="forever",
         preempt_after="300ms", stop_delay="500ms")
    until("a preempted pod goes", lambda: not cluster.kube.get("pods", "preempted"))
    play(cluster, "deleted", lambda view: phase(view) == "Running", duration="forever")
    cluster.kube.patch("pods", "deleted", {"metadata": {"finalizers": ["fairlead.dev/test"]}})
    cluster.kube.delete("pods", "deleted")
    view = wait(cluster, "deleted")
    checks.equal("a deleted pod ends by signal", state(view)[1]["exitCode"], 143)
    cluster.kube.patch("pods", "deleted", {"metadata": {"finalizers": None}})
    until("and is gone without its finalizer", lambda: not cluster.kube.get("pods", "deleted"))
    play(cluster, "immortal", lambda view: phase(view) == "Running", duration="forever",
         stuck="delete")
    cluster.kube.delete("pods", "immortal")
    play(cluster, "grace", lambda view: phase(view) == "Running", duration="forever",
         stop_delay="forever")
    cluster.kube.delete("pods", "grace", gracePeriodSeconds=1)
    until("one that ignores SIGTERM goes after its grace",
          lambda: not cluster.kube.get("pods", "grace"))
    checks.equal("one that is stuck is still there", phase(cluster.kube.get("pods", "immortal")),
                 "Running")
    cluster.kube.delete("pods", "immortal", gracePeriodSeconds=0)


def many_containers(checks, _, cluster):
    init = [{"name": "first", "image": "busybox:1"},
            {"name": "proxy", "image": "busybox:1", "restartPolicy": "Always"}]
    both = [{"name": "main", "image": "busybox:1"}, {"name": "side", "image": "busybox:1"}]
    spec = {"initContainers": init, "containers": both}
    play(cluster, "team", lambda view: state(view, "first")[0] == "running", spec=spec, **{
        "duration.first": "500ms", "duration.main": "1s", "duration.side": "2s",
        "exit-code.side": "4"})
    view = cluster.kube.get("pods", "team")
    checks.equal("while it initializes", (phase(view), state(view)[1]["reason"],
                                          condition(view, "Initialized")["status"]),
                 ("Pending", "PodInitializing", "False"))
    view = wait(cluster, "team", lambda view: state(view)[0] == "terminated")
    checks.equal("one has ended, the others run", (phase(view), state(view, "side")[0],
                                                   state(view, "proxy")[0]),
                 ("Running", "running", "running"))
    view = wait(cluster, "team")
    checks.equal("the worst decides", (phase(view), state(view, "side")[1]["exitCode"],
                                       state(view, "proxy")[0]), ("Failed", 4, "terminated"))
    view = play(cluster, "no-init", spec=spec, **{"exit-code.first": "2"})
    checks.equal("a failed init container fails it", (phase(view), state(view)[0]),
                 ("Failed", "waiting"))
    view = play(cluster, "again", spec={"restartPolicy": "OnFailure"}, failures=1, exit_code=5)
    status = view["status"]["containerStatuses"][0]
    checks.equal("restarts", (phase(view), status["restartCount"],
                              status["lastState"]["terminated"]["exitCode"]), ("Succeeded", 1, 5))
    view = play(cluster, "crashing", waits_for("CrashLoopBackOff"), spec={
        "restartPolicy": "OnFailure"}, exit_code=5)
    checks.equal("a crash loop", phase(view), "Running")


def logs(checks, _, cluster):
    play(cluster, "wordy", log_lines=20, log_bytes=1000)
    whole = cluster.kube.log("wordy")
    lines = whole.splitlines(keepends=True)
    checks.equal("bytes and lines are as said", (len(whole), len(lines)), (1000, 20))
    checks.that("the first line", lines[0].startswith(b"line 1 of 20 of default/wordy/main"),
                lines[0])
    checks.equal("it is the same again", cluster.kube.log("wordy"), whole)
    checks.equal("its tail", cluster.kube.log("wordy", tailLines=2), b"".join(lines[-2:]))
    checks.equal("its head", cluster.kube.log("wordy", limitBytes=70), whole[:70])
    play(cluster, "live", lambda view: phase(view) == "Running", duration="2s", log_lines=4)
    started = time.monotonic()
    followed = cluster.kube.log("live", follow="true", timestamps="true").splitlines()
    checks.that("following lasts until the end", 1 < time.monotonic() - started < 6)
    checks.equal("it has all lines", len(followed), 4)
    stamps = [line.split()[0].decode() for line in followed]
    checks.that("with times that grow", stamps == sorted(stamps) and len(set(stamps)) == 4, stamps)
    since = cluster.kube.log("live", sinceTime=stamps[2][:19] + "Z")
    checks.that("since a time", 1 <= len(since.splitlines()) < 4, since)
    try:
        cluster.kube.log("stuck-start")
        checks.that("what never started has no log", False)
    except Refused as refused:
        checks.that("what never started has no log", refused.status == 400 and
                    "is waiting to start: ContainerCreating" in str(refused), refused)


def nodes_freeze_and_vanish(checks, _, cluster):
    view = play(cluster, "frozen", lambda view: phase(view) == "Running", duration="1s")
    node = view["spec"]["nodeName"]
    cluster.node(node, "freeze")
    time.sleep(1.5)  # what must not happen in it takes 1 s
    checks.equal("a frozen node tells nothing", phase(cluster.kube.get("pods", "frozen")),
                 "Running")
    cluster.node(node, "thaw")
    checks.equal("and later all", phase(wait(cluster, "frozen")), "Succeeded")
    cluster.node("sim-2", "vanish")
    until("a node can vanish", lambda: not cluster.kube.get("nodes", "sim-2"))


def it_goes_on_after_a_crash(checks, _, cluster):
    play(cluster, "survivor", lambda view: phase(view) == "Running", duration="4s", exit_code=6,
         log_lines=3)
    cluster.stop("simnode")
    cluster.start("simnode")
    view = wait(cluster, "survivor")
    checks.equal("its pods go on", (phase(view), state(view)[1]["exitCode"]), ("Failed", 6))
    checks.equal("once", view["status"]["containerStatuses"][0]["restartCount"], 0)
    checks.equal("their logs are the same", len(cluster.kube.log("survivor").splitlines()), 3)


def many_pods(checks, _, cluster):
    """Not a benchmark: that they all end, with two writes each, and how fast it happened to be."""
    count = 300
    started = time.monotonic()
    for i in range(count):
        cluster.kube.create(pod(f"many-{i}", labels={"many": "yes"}, sim={"duration": "100ms"}))

    def all_ended():
        views = cluster.kube.list("pods", labelSelector="many=yes")
        return all(phase(view) in FINAL for view in views)
    until("all of them end", all_ended, 60, 0.2)
    took = time.monotonic() - started
    checks.note(f"{count} pods through the scheduler in {took:.1f} s, {count / took:.0f}/s")
    writes = cluster.audit.writes("patch", "pods/status", user="simnode")
    checks.equal("two status writes each", len([each for each in writes if each["objectRef"][
        "name"].startswith("many-")]), 2 * count)
    cluster.kube.ask("DELETE", "api/v1/namespaces/default/pods", labelSelector="many=yes")


TESTS = (ends, does_not_start, ends_from_outside, many_containers, logs, nodes_freeze_and_vanish,
         it_goes_on_after_a_crash, many_pods)
