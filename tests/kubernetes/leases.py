"""Agent and server lose each other for longer than the lease: nothing is done twice."""

import signal

from api import pipeline
from checks import until
from reasons import played
from worlds import LEASE, once, pause, real


def taken_over(checks, world):
    """An agent hangs beyond its lease, with creates on their way; another takes its place. Awake
    again, it writes nothing more."""
    gate, kubeconfig = world.own_gate("sleeper")
    sleeper = world.agent("sleeper", kubeconfig)
    until("it holds the cluster", lambda: world.holds(sleeper), 30)
    held = gate.rule("drop", what="create pods")
    gate.rule("delay", what="delete pods", milliseconds=200)
    run = world.api().submit(pipeline({f"job-{i}": played(duration="15s") for i in range(6)}))
    until("its creates are on their way", lambda: gate.fired(held) == 6, 30)
    epoch = world.view()["epoch"]
    sleeper.signal(signal.SIGSTOP)
    heard = len(sleeper.said())
    heir = world.agent("successor")
    until("another takes over", lambda: world.view()["epoch"] > epoch, 8 * LEASE)
    world.wait_begun(run)
    gate.clear()
    gate.count_anew()
    sleeper.signal(signal.SIGCONT)
    until("it knows that it is fenced", lambda: "session lost" in sleeper.said()[heard:], 30)
    once(checks, world, run)
    checks.none("a write of the one that woke up", [
        f"{count} x {what}" for what, count in gate.counts().items()
        if what.split()[0] in ("create", "delete", "patch", "update")
        and what != "create selfsubjectaccessreviews"])  # a question
    checks.that("the other one holds the cluster", world.holds(heir), world.view())
    sleeper.kill()
    checks.equal("its exit code", heir.stop(), 0, heir.said()[-1500:])


def silent_agent(checks, world):
    """An agent is silent for longer than its lease, and nobody takes its place: what it had is
    unreachable until it speaks again."""
    agent = world.agent("silent")
    jobs = {f"played-{i}": played(duration=f"{4 * i + 4}s") for i in range(6)}
    run = world.api().submit(pipeline({**jobs, "long": real("sleep 16")}))
    world.wait_begun(run)
    agent.signal(signal.SIGSTOP)
    until("it is told of every job", lambda: all(
        job["unreachable"] for job in world.api().jobs(run) if job["state"] == "running"),
          8 * LEASE)
    checks.equal("it still runs", world.states(run)["long"], "running")
    agent.signal(signal.SIGCONT)
    once(checks, world, run)
    checks.equal("its exit code", agent.stop(), 0, agent.said()[-1500:])


def silent_server(checks, world):
    """The server hangs for longer than the lease, then it is killed and away for as long."""
    agent = world.agent("patient")
    jobs = {f"played-{i}": played(duration=f"{4 * i + 4}s") for i in range(6)}
    run = world.api().submit(pipeline({**jobs, "long": real("sleep 26")}))
    world.wait_begun(run)
    world.server.signal(signal.SIGSTOP)
    pause(1.5 * LEASE)
    world.server.signal(signal.SIGCONT)
    checks.equal("it still runs", world.states(run)["long"], "running")
    world.server.kill()
    pause(1.5 * LEASE)
    world.server.start()
    once(checks, world, run)
    checks.equal("its exit code", agent.stop(), 0, agent.said()[-1500:])
