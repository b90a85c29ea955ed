"""The cluster is ill for a while: what runs there runs on, and is told as it is."""

import contextlib
import http.client

from api import RUNS, pipeline
from checks import until
from reasons import played
from worlds import LEASE, once, real, unseen

ETCD_SECONDS = 20


def closed_watches(checks, world):
    """The API server ends every watch of Pods after a second."""
    world.server.stop()  # so that no watch is older than the rule
    closed = world.gate.rule("close", what="watch pods", milliseconds=1000)
    world.server.start()
    run = world.api().submit(pipeline({"long": real("sleep 10")}))
    once(checks, world, run)
    checks.that("watches were closed again and again", world.gate.fired(closed) >= 3)
    story = world.history(run)["long"]
    checks.equal("its states since it ran", story[story.index("running"):],
                 ["running", "succeeded"], story)
    world.gate.clear()


def sick_registry(checks, world):
    """A registry that answers 503 is waited for; an image that is not there fails its job."""
    world.cluster.registry.answer(503)
    patient = world.api().submit(pipeline({"patient": {
        **real("true"), "image": "127.0.0.1:5000/busybox:1.36"}}))
    until("it waits, and says for what", lambda: "503" in (world.attempt(
        patient, "patient") or {}).get("message", ""), 60, 0.2)
    world.cluster.registry.mend()
    hopeless = world.api().submit(pipeline({"hopeless": {
        **real("true"), "image": "127.0.0.1:5000/nowhere:1"}}))
    once(checks, world, patient)
    checks.equal("its verdict", world.api().wait_final(hopeless, 60)["state"], "failed")
    tried = world.api().attempts(hopeless, "hopeless")
    checks.equal("its attempts", [each.get("class") for each in tried], ["image"], tried)


def crowd(checks, world):
    """Pods that run for long, more of them than an agent follows logs at once, do not keep a new
    one waiting; what any of them writes is seen by who asks for it; a cancel ends them all."""
    api, count = world.api(), 520
    many = api.submit(pipeline({
        f"long-{i}": played(duration="forever", run="600s", log_lines=1000)
        for i in range(count)}))
    until("all of them run", lambda: api.run(many)["jobs"].get("running") == count, 120, 0.2)
    once(checks, world, api.submit(pipeline({"new": real("true")})))
    unread = until("500 logs are followed", lambda: len(found := [
        name for name in world.states(many) if not world.attempt(many, name)["logBytes"]
    ]) <= 20 and found, 60, 1)
    checks.equal("a line of one that waits for its turn", first_line(api, many, unread[-1]),
                 f"line 1 of 1000 of {world.name}/{world.attempt(many, unread[-1])['name']}/main\n")
    checks.equal("the crowd still runs", api.run(many)["jobs"], {"running": count})
    world.cancel(many)
    once(checks, world, many, "canceled")


def first_line(api, run, name):
    """Of a job's log, followed."""
    line = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
    with contextlib.closing(line):
        line.request("GET", f"{RUNS}/{run}/jobs/{name}/log?follow=true",
                     headers={"Authorization": f"Bearer {api.token}"})
        return line.getresponse().readline().decode()


def rotated_log(checks, world):
    """The node rotates a log while it is written, then server and agent die: it goes on where it
    was."""
    count, filler = 1000, 80 * "x"
    run = world.api().submit(pipeline({"talk": real(
        f"i=0; while [ $i -lt {count} ]; do echo line $i {filler}; i=$((i + 1)); "
        "[ $((i % 50)) != 0 ] || sleep 1; done")}))
    until("it is rotated", lambda: "0.log." in world.cluster.inside(
        "sh", "-c", f"ls /var/log/pods/{world.name}_talk-*/main 2>&1 || true"), 60, 0.2)
    # Where what is new begins right behind what is known, nobody could tell whether that is all.
    before = world.attempt(run, "talk")["logBytes"]
    until("what came since is stored", lambda: world.attempt(
        run, "talk")["logBytes"] > before + 100 * len(filler), 30, 0.1)
    world.server.kill()
    world.server.start()
    once(checks, world, run)
    lines = world.api().whole_log(run, "talk").decode().splitlines()
    checks.equal("its lines", lines, [f"line {i} {filler}" for i in range(count)])
    checks.equal("what is said of it", world.attempt(run, "talk")["log"], "complete")


def control_plane_away(checks, world):
    """The API server crashes, then etcd is away, while Pods run, end, and are to be created."""
    jobs = {f"played-{i}": played(duration=f"{4 * i + 4}s") for i in range(7)}
    run = world.api().submit(pipeline({**jobs, "short": real("sleep 12"),
                                       "long": real("sleep 32")}))
    world.wait_begun(run)
    world.cluster.restart("apiserver")
    world.cluster.stop("etcd")
    new = world.api().submit(pipeline({f"new-{i}": played() for i in range(4)}))
    unseen(checks, world, run, ETCD_SECONDS)
    world.cluster.start("etcd")
    world.cluster.wait_ready()
    once(checks, world, run)
    once(checks, world, new)


def cut_off(checks, world):
    """Nobody reaches the cluster for longer than the lease, while Pods run and end there."""
    jobs = {f"played-{i}": played(duration=f"{3 * i + 4}s") for i in range(5)}
    run = world.api().submit(pipeline({**jobs, "short": real("sleep 8"), "long": real("sleep 18")}))
    world.wait_begun(run)
    world.cluster.cut()
    try:
        unseen(checks, world, run, 2 * LEASE)
    finally:
        world.cluster.mend()
    once(checks, world, run)
