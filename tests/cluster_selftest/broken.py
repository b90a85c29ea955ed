"""Faults of whole parts: what hangs hangs, what is cut is cut, and all of it comes back."""

import time

from api import AWAY
from checks import Late, until
from cluster import phase, pod
from played import play
from real import ended


def answers(cluster, seconds=2.0):
    """Whether the API server answers a read of its store."""
    try:
        return cluster.kube.call("GET", "api/v1/namespaces/default", seconds=seconds).status == 200
    except AWAY:
        return False


def etcd_hangs(checks, _, cluster):
    cluster.stop("etcd", pause=True)
    checks.that("without etcd there is no answer", not answers(cluster))
    cluster.start("etcd")
    until("with etcd there is", lambda: answers(cluster), 30)
    checks.that("it goes on", True)


def etcd_crashes(checks, _, cluster):
    cluster.kube.create(pod("durable", sim={"stuck": "start"}))
    cluster.restart("etcd")
    until("it answers", lambda: answers(cluster), 30)
    checks.equal("nothing is lost", bool(cluster.kube.get("pods", "durable")), True)
    cluster.kube.delete("pods", "durable", gracePeriodSeconds=0)


def link_is_cut(checks, _, cluster):
    play(cluster, "beyond", lambda view: phase(view) == "Running", duration="1s")
    cluster.cut()
    try:
        started = time.monotonic()
        checks.that("nobody answers", not answers(cluster))
        checks.note(f"a call over a cut link ended after {time.monotonic() - started:.1f} s")
        time.sleep(1)  # inside, the pod comes to its end
    finally:
        cluster.mend()
    until("it answers again", lambda: answers(cluster), 30)
    checks.equal("inside it went on", phase(ended(cluster, "beyond")), "Succeeded")


def kubelet_dies(checks, _, cluster):
    """A pod runs on without its kubelet, and its end is told when that is back."""
    cluster.kube.create(pod("orphan", "echo before; sleep 3; echo after"))
    until("it runs", lambda: phase(cluster.kube.get("pods", "orphan")) == "Running", 30)
    cluster.stop("kubelet")
    time.sleep(3.5)  # it ends meanwhile
    checks.equal("nobody tells its end", phase(cluster.kube.get("pods", "orphan")), "Running")
    cluster.start("kubelet")
    checks.equal("its end is told later", phase(ended(cluster, "orphan", 60)), "Succeeded")
    checks.equal("with its whole log", cluster.kube.log("orphan"), b"before\nafter\n")
    cluster.kube.delete("pods", "orphan")


def registry_goes_away(checks, _, cluster):
    cluster.registry.down()
    cluster.kube.create(pod("pulling", "true", image="127.0.0.1:5000/busybox:latest"))
    def message():
        for each in cluster.kube.get("pods", "pulling")["status"].get("containerStatuses", []):
            return each["state"].get("waiting", {}).get("message", "")
        return ""
    try:
        until("it cannot be pulled", lambda: "connection refused" in message(), 30)
        checks.that("a registry that is away is told", True)
    except Late:
        checks.that("a registry that is away is told", False, message())
    cluster.registry.up()
    checks.equal("it is pulled later", phase(ended(cluster, "pulling", 60)), "Succeeded")
    cluster.kube.delete("pods", "pulling")


def requests_are_counted(checks, _, cluster):
    before = cluster.requests(verb="POST", resource="configmaps")
    cluster.kube.create({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "counted"}})
    checks.equal("apiserver_request_total", cluster.requests(verb="POST", resource="configmaps")
                 - before, 1)
    checks.that("the audit log sums up", cluster.audit.totals()[("admin", "create", "configmaps")]
                >= 1, cluster.audit.totals())


TESTS = (requests_are_counted, etcd_hangs, etcd_crashes, link_is_cut, kubelet_dies,
         registry_goes_away)
