"""What befalls a world at random: each fault is undone before the next, but those of the gate may
stand beside another."""

import signal
import time

from checks import until
from mishaps import Mishaps
from worlds import LEASE

# What the gate does to requests; where a request can take effect, also after it did.
DISTURBANCES = (
    {"action": "drop", "what": "create pods"},
    {"action": "drop", "what": "create pods", "when": "after"},
    {"action": "reset", "what": "(create|delete) pods", "when": "after"},
    {"action": "reset", "what": "(create|delete|list|get) pods"},
    {"action": "reset", "what": "list pods", "when": "middle"},
    {"action": "answer", "what": "create pods", "status": 409},
    {"action": "answer", "what": "(create|delete) pods", "status": 500},
    {"action": "answer", "what": "(create|delete) pods", "status": 504, "when": "after"},
    {"action": "answer", "what": ".* pods", "status": 429, "retry_after": 1},
    {"action": "answer", "what": "(list|watch) pods", "status": 410},
    {"action": "close", "what": "watch .*", "milliseconds": 300},
    {"action": "expire", "what": "watch pods", "milliseconds": 300},
    {"action": "delay", "what": "(create|delete|list) pods", "milliseconds": 2000},
)


# Nodes that vanish do not come back: so many of the simulated ones stay, whatever happens.
NODES_MIN = 5


class Weather(Mishaps):
    """Draws faults from a seeded generator and does them, one after the other."""

    SERVER_AWAY, AGENT_AWAY, BOTH_AWAY = 3.0, 3.0, 2.0

    def __init__(self, world, rng, checks):
        super().__init__(world, rng, checks)
        self.deleted = set()  # uids of Pods that were deleted by hand, or with their node
        self._faults = {
            self.kill_server: 3, self.kill_agent: 4, self.kill_both: 2, self.hang_agent: 2,
            self.hang_server: 2, self.freeze_node: 2, self.vanish_node: 1, self.cut_network: 2,
            self.crash_apiserver: 2, self.stop_etcd: 2, self.kill_kubelet: 2, self.delete_pod: 4,
            self.disturb: 4}
        if len(self._simulated_nodes()) <= NODES_MIN:
            del self._faults[self.vanish_node]

    def run(self, seconds):
        until_then = time.monotonic() + seconds
        self._pause(2.0, 4.0)
        while time.monotonic() < until_then:
            if self.rng.random() < 0.4:
                self._add_rule()
            fault = self.rng.choices(list(self._faults), list(self._faults.values()))[0]
            name = fault.__name__.replace("_", " ")
            self.checks.note(name)
            fault()
            self.done[name] += 1
            self._pause(0.5, 3.0)
            self.world.gate.clear()

    def heal(self):
        """Everything is as it should be again."""
        world = self.world
        world.gate.clear()
        world.cluster.mend()
        world.cluster.start("etcd", "apiserver", "kubelet")
        world.cluster.wait_ready()
        world.server.signal(signal.SIGCONT)
        if not world.server.alive():
            world.server.start()
        for each in world.agents.values():
            each.signal(signal.SIGCONT)
        self._keep_one_agent()

    # ---- faults

    def hang_agent(self):
        """Stops the agent, for a moment or until another has its place; then it goes on."""
        self._keep_one_agent()
        old = next(each for each in self.world.agents.values() if each.alive())
        if self.rng.random() < 0.4:
            old.signal(signal.SIGSTOP)
            self._pause(0.5, 1.5 * LEASE)
            old.signal(signal.SIGCONT)
            return
        new = next(each for each in self.world.agents.values() if each is not old)
        until("the agent holds the cluster", lambda: self.world.holds(old), 60)
        before = self.world.view()["epoch"]
        old.signal(signal.SIGSTOP)
        new.start()
        until("another takes over", lambda: self.world.view()["epoch"] > before, 8 * LEASE)
        self._pause(0.0, 2.0)
        old.signal(signal.SIGCONT)
        self._pause(0.0, 2.0)
        self.rng.choice([old, new]).kill()

    def hang_server(self):
        """Stops the server, for a moment or beyond every lease; then it goes on."""
        self.world.server.signal(signal.SIGSTOP)
        self._pause(0.5, 1.5 * LEASE)
        self.world.server.signal(signal.SIGCONT)

    def freeze_node(self):
        """A simulated node neither says nor does anything for a while; what it runs lives on."""
        node = self._simulated_node()
        self.world.cluster.node(node, "freeze")
        self._pause(1.0, 8.0)
        self.world.cluster.node(node, "thaw")

    def vanish_node(self):
        """A simulated node is gone with all that runs there."""
        node = self._simulated_node()
        # Who does not see that the node is gone only sees that they are.
        self.deleted |= {each["metadata"]["uid"] for each in self.world.pods()
                         if each["spec"].get("nodeName") == node}
        self.world.cluster.node(node, "vanish")
        if len(self._simulated_nodes()) <= NODES_MIN:
            del self._faults[self.vanish_node]

    def cut_network(self):
        self.world.cluster.cut()
        self._pause(1.0, 2 * LEASE)
        self.world.cluster.mend()

    def crash_apiserver(self):
        self.world.cluster.restart("apiserver")

    def stop_etcd(self):
        self.world.cluster.stop("etcd")
        self._pause(1.0, 8.0)
        self.world.cluster.start("etcd")
        self.world.cluster.wait_ready()

    def kill_kubelet(self):
        self.world.cluster.stop("kubelet")
        self._pause(0.0, 5.0)
        self.world.cluster.start("kubelet")

    def delete_pod(self):
        """Deletes a Pod of which the server knows that it runs, as a person would."""
        lucky = self.rng.random()
        found = sorted((each for each in self.world.pods() if self._is_known(each)),
                       key=lambda each: each["metadata"]["name"])
        if not found:
            return
        pod = found[int(lucky * len(found))]["metadata"]
        self.deleted.add(pod["uid"])
        self.world.cluster.kube.delete("pods", pod["name"], self.world.name,
                                       gracePeriodSeconds=2, preconditions={"uid": pod["uid"]})

    def disturb(self):
        """Two kinds of requests fare badly for a while."""
        self._add_rule()
        self._add_rule()
        self._pause(2.0, 6.0)

    # ---- how

    def _simulated_nodes(self):
        names = (each["metadata"]["name"] for each in self.world.cluster.kube.list("nodes", None))
        return sorted(name for name in names if name.startswith("sim-"))

    def _simulated_node(self):
        return self.rng.choice(self._simulated_nodes())

    def _is_known(self, pod):
        """Of what nobody has told the server yet, nobody could tell that it was there."""
        labels = pod["metadata"]["labels"]
        run, job = labels["fairlead.dev/run"], labels["fairlead.dev/job"]
        known = self.world.attempt(run, job)
        return bool(known) and known.get("uid") == pod["metadata"]["uid"] and \
            known["state"] == "running" and "deletionTimestamp" not in pod["metadata"]

    def _add_rule(self):
        rule = dict(self.rng.choice(DISTURBANCES))
        action = rule.pop("action")
        self.world.gate.rule(action, probability=self.rng.uniform(0.2, 1.0),
                             seed=self.rng.randrange(1, 1 << 31), **rule)
        self.done[f"gate: {action} {rule.get('status', '')} {rule['what']}"] += 1
