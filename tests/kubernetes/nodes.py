"""Nodes go silent, or are gone."""

from api import pipeline
from checks import until
from cluster import condition
from reasons import played
from worlds import once

MARK = "fairlead.dev/role"


def lost_nodes(checks, world):
    """What ran on a node that is gone is tried again elsewhere; of one that hangs nothing ends."""
    kube, api = world.cluster.kube, world.api()
    mark(kube, "sim-9", "gone")
    mark(kube, "sim-8", "hangs")
    gone = api.submit(pipeline({"lost": played({MARK: "gone"}, duration="forever", run="600s")}))
    hangs = api.submit(pipeline({"stays": played({MARK: "hangs"}, duration="30s", run="600s")}))
    world.wait_begun(gone)
    world.wait_begun(hangs)
    world.cluster.node("sim-8", "freeze")
    world.cluster.node("sim-9", "vanish")
    mark(kube, "sim-7", "gone")  # where the second attempt can go
    until("the first attempt is over", lambda: len(api.attempts(gone, "lost")) == 2, 120, 0.2)
    world.wait_begun(gone)
    first = api.attempts(gone, "lost")[0]
    checks.equal("how it ended", (first["state"], first.get("class")), ("failed", "node_lost"),
                 first)
    until("the other node is not ready", lambda: condition(
        kube.get("nodes", "sim-8"), "Ready")["status"] != "True", 60, 0.2)
    checks.equal("what hangs is not over", world.states(hangs), {"stays": "running"})
    world.cluster.node("sim-8", "thaw")
    once(checks, world, hangs)
    world.cancel(gone)
    checks.equal("its verdict", api.wait_final(gone, 60)["state"], "canceled")
    attempts = api.attempts(gone, "lost")
    made = world.creates()
    checks.equal("creates of each attempt's Pod", [made[each["name"]] for each in attempts], [1, 1])
    checks.equal("its attempts", [each["state"] for each in attempts], ["failed", "canceled"])
    world.wait_gone(gone)
    mark(kube, "sim-8", None)
    mark(kube, "sim-7", None)


def mark(kube, node, role):
    kube.patch("nodes", node, {"metadata": {"labels": {MARK: role}}}, None)
