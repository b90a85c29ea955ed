"""An agent of its own with the least that `fairlead agent rbac` grants."""

import base64
import subprocess

from api import pipeline, shell
from checks import until
from cluster import COMMAND, code_of
from programs import Program, Server, command
from relay import Relay

USER = "system:serviceaccount:default:fairlead-agent"


def grant(scratch, cluster):
    """Applies what the program prints, as a user would."""
    code, manifest, said = command(scratch, "agent", "rbac", "--namespace", "default")
    if code != 0:
        raise ValueError(said)
    subprocess.run([COMMAND, "kubectl", "--dir", scratch / "clusters", cluster.name,
                    "apply", "-f", "-"], input=manifest, text=True,
                   check=True, capture_output=True)


def least_privilege(checks, scratch, cluster):
    """Pods, Jobs, a Secret, a finalizer and logs, with nothing that was forbidden."""
    grant(scratch, cluster)
    server = Server(scratch, "lone-server", "--kubeconfig", "none").start()
    api = server.api()
    key = api.post("/api/v1/agents", {"name": "far-hands", "cluster": "far"}).json()["key"]
    agent = Program(scratch, "agent", "agent", "--server", server.url, "--kubeconfig",
                    cluster.kubeconfig_of("fairlead-agent"), "--allow", "root", FAIRLEAD_KEY=key)
    agent.start()
    node = {"fairlead.dev/node": "real"}
    run = api.submit({**pipeline({
        "plain": shell("wc -c < $FAIRLEAD_PAYLOAD", image="busybox:1", nodeSelector=node),
        "held": shell("true", image="busybox:1", nodeSelector=node, protect=True),
        "many": shell("true", image="busybox:1", nodeSelector=node, workload="job")}),
        "placement": {"clusters": ["far"]}},
        payloadBase64=base64.b64encode(bytes(range(256))).decode())
    checks.equal("its verdict", api.wait_final(run, 90)["state"], "succeeded", api.jobs(run))
    checks.equal("the payload, from a Secret", api.whole_log(run, "plain"), b"256\n")
    checks.equal("where it ran", api.attempts(run, "plain")[0]["cluster"], "far")
    until("nothing is left", lambda: not cluster.kube.list("pods"), 60)
    mine = [each for each in cluster.audit.entries() if each["user"]["username"] == USER]
    checks.that("its writes are in the audit log", mine)
    checks.equal("what it was forbidden", [each["requestURI"] for each in mine
                                           if code_of(each) == 403], [])
    nowhere = api.submit({**pipeline({"lost": shell("true")}), "placement": {"clusters": ["moon"]}})
    why = api.get(f"/api/v1/projects/default/runs/{nowhere}/explain?job=lost").json()
    checks.that("explain says why it waits", "moon" in str(why), why)
    checks.equal("the agent's exit code", agent.stop(), 0, agent.said()[-1500:])
    checks.equal("the server's exit code", server.stop(), 0)


def agent_pod(key, url):
    """An agent as a Pod, by the account that `fairlead agent rbac` made."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "fairlead-agent"}, "spec": {
        "serviceAccountName": "fairlead-agent", "nodeSelector": {"fairlead.dev/node": "real"},
        "terminationGracePeriodSeconds": 5,
        "containers": [{"name": "agent", "image": "docker.io/library/fairlead:test",
                        "imagePullPolicy": "Never", "command": ["/bin/fairlead"],
                        "args": ["agent", "--server", url, "--allow", "root"],
                        "env": [{"name": "FAIRLEAD_KEY", "value": key}]}]}}


def agent_in_a_pod(checks, scratch, cluster):
    """The agent lives in the cluster that it works for, and is replaced while work runs."""
    grant(scratch, cluster)
    server = Server(scratch, "far-server", "--kubeconfig", "none", "--lease", "5s").start()
    api = server.api()
    key = api.post("/api/v1/agents", {"name": "pod-hands", "cluster": "home"}).json()["key"]
    node = {"fairlead.dev/node": "real"}
    with Relay(server.port, cluster.host_ip) as relay:
        cluster.kube.create(agent_pod(key, relay.url))
        until("its cluster is ready",
              lambda: api.get("/api/v1/clusters/home").json()["state"] == "ready", 60)
        run = api.submit(pipeline({"slow": shell("echo up; sleep 12; echo done",
                                                 image="busybox:1", nodeSelector=node)}))
        until("it runs", lambda: api.jobs(run)[0]["state"] == "running", 60)
        cluster.kube.delete("pods", "fairlead-agent", gracePeriodSeconds=0)
        until("the agent is gone", lambda: "fairlead-agent" not in {
            each["metadata"]["name"] for each in cluster.kube.list("pods")}, 60)
        cluster.kube.create(agent_pod(key, relay.url))
        checks.equal("its verdict", api.wait_final(run, 90)["state"], "succeeded")
        checks.equal("attempts", len(api.attempts(run, "slow")), 1)
        checks.equal("its output", api.whole_log(run, "slow"), b"up\ndone\n")
        until("only the agent is left", lambda: [
            each["metadata"]["name"] for each in cluster.kube.list("pods")] == ["fairlead-agent"],
            60)
        cluster.kube.delete("pods", "fairlead-agent")
        until("the agent is gone, too", lambda: not cluster.kube.list("pods"), 60)
    checks.equal("the server's exit code", server.stop(), 0)
