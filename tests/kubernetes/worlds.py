"""A fairlead on a namespace of the test cluster, and what was really done in that namespace."""

import collections
import threading

from api import FINAL, RUNS, shell
from checks import until
from cluster import code_of, name_of
from feed import Follower
from programs import Program, Server, opened_epoch

LEASE = 6.0
RUNNING_SECONDS, ENDED_SECONDS = 60, 120
REAL = {"fairlead.dev/node": "real"}


def real(script, **more):
    """A job on the real node."""
    return shell(script, image="busybox:1", nodeSelector=REAL, **more)


def pause(seconds):
    """How long a fault lasts. Nothing is expected of this time."""
    threading.Event().wait(seconds)


class World:
    """A server that runs its jobs in the namespace of its own name.

    By its embedded agent, or by agents of their own with one key. Where it is gated, a gate stands
    between the server's agent and the API server.
    """

    def __init__(self, scratch, cluster, name, embedded=True, gated=False, allow="root"):
        self.scratch, self.cluster, self.name, self.allow = scratch, cluster, name, allow
        cluster.kube.create({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}})
        until("the namespace has its account", self._has_account, 30)
        self.gates, kubeconfig = [], cluster.kubeconfig
        if gated:
            self.gate, kubeconfig = self.own_gate("server")
        hands = ["--kubeconfig", kubeconfig, *self._place()] if embedded else [
            "--kubeconfig", "none"]
        self.known_as = "kubernetes" if embedded else name
        self.server = Server(scratch, name, "--lease", f"{LEASE:.0f}s", *hands)
        self.agents, self.key = {}, ""

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        for each in self.agents.values():
            each.kill()
        self.server.kill()

    def _has_account(self):
        return self.cluster.kube.get("serviceaccounts", "default", self.name)

    def _place(self):
        return ["--namespace", self.name, *(["--allow", self.allow] if self.allow else [])]

    def own_gate(self, name):
        """A gate for one caller, which ends with the scratch: (gate, a kubeconfig for it)."""
        gate = self.cluster.gate(self.scratch, name=f"{self.name}-{name}")
        self.gates.append(gate)
        return gate, gate.write_kubeconfig(self.scratch / f"{self.name}-{name}.kubeconfig")

    def agent(self, name, kubeconfig=None):
        """An agent of its own, started; all of a world have the same key."""
        if not self.key:
            answer = self.api().post("/api/v1/agents", {"name": "hands", "cluster": self.name})
            self.key = answer.json()["key"]
        self.agents[name] = Program(
            self.scratch, f"{self.name}-{name}", "agent", "--server", self.server.url,
            "--kubeconfig", kubeconfig or self.cluster.kubeconfig, *self._place(),
            FAIRLEAD_KEY=self.key)
        return self.agents[name].start()

    def api(self):
        return self.server.api()

    # ---- what the server says

    def view(self):
        """The cluster as the server sees it."""
        return self.api().insist("GET", f"/api/v1/clusters/{self.known_as}").json()

    def holds(self, program):
        """Whether the present session of the cluster is this agent's."""
        view = self.view()
        return view["state"] == "ready" and opened_epoch(program) == view["epoch"]

    def states(self, run):
        """The state of each job, by name."""
        return {job["name"]: job["state"] for job in self.api().jobs(run)}

    def wait_begun(self, run):
        """Waits until every job runs. Some may be through with it."""
        until("all jobs run", lambda: set(self.states(run).values()) <= {"running", "succeeded"},
              RUNNING_SECONDS, 0.1)

    def attempt(self, run, job):
        """The newest attempt of a job; None before the first."""
        attempts = self.api().attempts(run, job)
        return attempts[-1] if attempts else None

    def tidy(self):
        """After a case, however it ended: no fault stands, and nothing runs on."""
        for gate in self.gates:
            gate.clear()
        self.cluster.registry.mend()
        for each in self.agents.values():
            each.kill()
        for run in self.api().items(RUNS):
            if run["state"] not in FINAL:
                self.cancel(run["id"])

    def cancel(self, run):
        self.api().post(f"{RUNS}/{run}/cancel")

    def history(self, run):
        """The states that each job of an ended run went through, by the feed."""
        follower = Follower(self.server.port, self.server.token, run=run).start()
        follower.wait_for(lambda event: event.data["state"] in ("succeeded", "failed", "canceled"))
        follower.stop()
        told = collections.defaultdict(list)
        for event in follower.events:
            for job in event.data["jobs"]:
                if told[job["name"]][-1:] != [job["state"]]:
                    told[job["name"]].append(job["state"])
        return told

    # ---- what the cluster says

    def pods(self):
        return self.cluster.kube.list("pods", self.name)

    def wait_gone(self, run):
        until("no Pod of it is left", lambda: not self.cluster.kube.list(
            "pods", self.name, labelSelector=f"fairlead.dev/run={run}"), ENDED_SECONDS, 0.2)

    def writes(self, verb, least=0, most=299):
        """How many writes of this kind to each Pod of the namespace had such an answer, by name;
        by default those that took effect."""
        return collections.Counter(
            name_of(each) for each in self.cluster.audit.writes(verb, "pods", effective=False)
            if each["objectRef"].get("namespace") == self.name and least <= code_of(each) <= most)

    def creates(self):
        """How often each Pod was created. What etcd did while the API server gave up was answered
        504: that counts where no other create took effect."""
        made = self.writes("create")
        return collections.Counter(dict.fromkeys(self.writes("create", 500, 599), 1)) | made


def unseen(checks, world, run, seconds):
    """So long nobody sees what runs: nothing is told of it."""
    pause(1)  # what was on its way arrives
    before = world.states(run)
    pause(seconds - 1)
    checks.equal("what is told of what nobody sees", world.states(run), before)


def once(checks, world, run, state="succeeded"):
    """The judge: the run ends so, and each job did, in one attempt whose Pod was created once; and
    nothing of it is left."""
    checks.equal("its verdict", world.api().wait_final(run, ENDED_SECONDS)["state"], state,
                 world.api().jobs(run))
    made, wrong = world.creates(), []
    for job in world.api().jobs(run):
        attempts = world.api().attempts(run, job["name"])
        created = [made[each["name"]] for each in attempts]
        if [each["state"] for each in attempts] != [state] or created != [1]:
            wrong.append(f"{job['name']}: {attempts}, its Pods were created {created} times")
    checks.none(f"a job did not end {state} in one attempt of one Pod", wrong)
    world.wait_gone(run)
