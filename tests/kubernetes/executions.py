"""What kube-job-runner's clients ask for, on a real node."""

import contextlib

from api import run_of
from checks import until

MISSING = "127.0.0.1:5000/nowhere"


@contextlib.contextmanager
def only_the_real_node(cluster):
    """Keeps Pods off the nodes that only play them; an execution cannot say where it belongs."""
    played = [each["metadata"]["name"] for each in cluster.kube.list("nodes", None)
              if each["metadata"]["name"] != "real"]
    for node in played:
        cluster.kube.patch("nodes", node, {"spec": {"unschedulable": True}}, None)
    try:
        yield
    finally:
        for node in played:
            cluster.kube.patch("nodes", node, {"spec": {"unschedulable": None}}, None)


def execute(api, image, tag, timeout):
    """The path of an execution."""
    answer = api.post("/execute", {"image": image, "tag": tag, "timeout": timeout})
    if answer.status != 200:
        raise ValueError(f"POST /execute: {answer}")
    return answer.json()["callbackUrl"]


def executions(checks, server, cluster):
    """POST /execute: an image's own program, one that is not there, one that takes too long."""
    api = server.api()
    wanted = {("fairlead", "test", 60_000): "Succeeded", (MISSING, "1", 60_000): "Failed",
              ("localhost/pause", "1", 8_000): "Failed"}
    with only_the_real_node(cluster):
        paths = {given: execute(api, *given) for given in wanted}
        until("all have ended", lambda: all(
            api.get(path).json()["Status"] in ("Succeeded", "Failed")
            for path in paths.values()), 90)
    for given, path in paths.items():
        shown = api.get(path).json()
        checks.equal(f"{given[0]}: shown", shown, {
            "Image": given[0], "Tag": given[1], "Name": path.rpartition("/")[2],
            "Status": wanted[given], "Timeout": given[2]})
    good, missing, slow = (run_of(path) for path in paths.values())
    words = api.whole_log(good, "main")
    checks.that("the program's words", b"fairlead COMMAND --help" in words, words)
    checks.equal("why the missing one failed", api.attempts(missing, "main")[-1].get("class"),
                 "image")
    checks.equal("why the slow one failed", api.run(slow).get("reason"), "its timeout came")
    until("their Pods are gone", lambda: not cluster.kube.list("pods"), 60)
