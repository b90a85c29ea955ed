"""The world of the kill suite and who breaks it."""

import contextlib
import os
import signal
import sqlite3
import time

import ledger
from checks import until
from mishaps import Mishaps
from programs import Server, agent, opened_epoch
from scratch import marked

LEASE = 3.0
CAPACITY = 16


class World:
    """A server, its database, one or two agents on one folder, and the ledger."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.ledger = scratch / "ledger"
        self.agent_data = scratch / "agent"
        self.server = Server(scratch, "server", "--lease", f"{LEASE:.0f}s")
        self.agents = {}
        self.key = ""

    def start(self):
        self.server.start()
        answer = self.server.api().post("/api/v1/agents", {"name": "hands", "cluster": "here"})
        if answer.status != 201:
            raise ValueError(f"POST /api/v1/agents: {answer}")
        self.key = answer.json()["key"]
        for name in ("a", "b"):
            self.agents[name] = agent(self.scratch, f"agent-{name}", self.server, self.key,
                                      self.agent_data, "--capacity", CAPACITY)
        self.agents["a"].start()
        return self

    def lines(self):
        return ledger.read(self.ledger)

    def objects(self):
        """The attempts that exist. What a create left before it published is none of them."""
        return sorted(path.parent.name for path in self.agent_data.glob("attempts/*/spec.json"))

    def tell_object(self, name):
        """An attempt of the agent's folder and what the database knows of it, for people."""
        folder = self.agent_data / "attempts" / name
        told = [name]
        for path in sorted(folder.iterdir()):
            text = path.read_text(errors="replace") if path.suffix != ".log" else ""
            told.append(f"    {path.name}, {path.stat().st_size} bytes: {text[:300]}")
        with contextlib.closing(sqlite3.connect(self.server.data / "fairlead.db")) as database:
            database.row_factory = sqlite3.Row
            for row in database.execute("select * from assignments"):
                told.append(f"    assignment: {dict(row)}")
            for row in database.execute("select * from attempts where name = ?", (name,)):
                told.append(f"    attempt: {dict(row)}")
        return "\n".join(told)

    def cluster(self):
        return self.server.api().insist("GET", "/api/v1/clusters/here").json()

    def holds(self, program):
        """Whether the present session of the cluster is this agent's."""
        cluster = self.cluster()
        return cluster["state"] == "ready" and opened_epoch(program) == cluster["epoch"]

    def supervisors(self):
        return [pid for pid, words in marked(self.agent_data) if " supervise " in f" {words} "]

    def living_agents(self):
        return [name for name, each in self.agents.items() if each.alive()]

    def stop_agents(self):
        return {self.agents[name].stop() for name in self.living_agents()}

    def show_logs(self):
        for name in ("server", "agent-a", "agent-b"):
            log = self.scratch / f"{name}.log"
            if log.exists():
                lines = log.read_text(errors="replace").split("\n")
                print(f"---- the end of {name}.log", *lines[-40:], sep="\n    ", flush=True)


class Chaos(Mishaps):
    """Picks faults from a seeded generator and does them, one after the other."""

    def run(self, seconds):
        until_then = time.monotonic() + seconds
        faults = [self.kill_server, self.kill_agent, self.kill_both, self.kill_supervisor,
                  self.take_over]
        self._pause(1.0, 2.0)
        self.take_over()
        while time.monotonic() < until_then:
            fault = self.rng.choices(faults, weights=[6, 5, 2, 2, 1.2])[0]
            fault()
            self.done[fault.__name__.replace("_", " ")] += 1
            self._pause(0.2, 2.0)
        self.done["take over"] += 1

    def heal(self):
        """Everything is up again: the server, and one agent."""
        if not self.world.server.alive():
            self.world.server.start()
        self._keep_one_agent()

    def kill_supervisor(self):
        pids = sorted(self.world.supervisors())
        if pids:
            try:
                os.kill(self.rng.choice(pids), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def take_over(self):
        """Stops the agent beyond its lease; another takes over; awake again, it is fenced."""
        world = self.world
        self._keep_one_agent()
        old_name = world.living_agents()[0]
        old, new = world.agents[old_name], world.agents["b" if old_name == "a" else "a"]
        until("the agent holds the cluster", lambda: world.holds(old), 30)
        before = world.cluster()["epoch"]
        old.signal(signal.SIGSTOP)
        heard = len(old.said())
        new.start()
        if self.rng.random() < 0.3:
            self.kill_server()
        until("another agent takes over", lambda: world.cluster()["epoch"] > before, 8 * LEASE)
        self._pause(0.0, 1.0)
        old.signal(signal.SIGCONT)
        until("the old agent knows that it is fenced",
              lambda: "session lost" in old.said()[heard:], 20)
        epoch = world.cluster()["epoch"]
        self.checks.that("the agent that took over keeps the cluster", new.alive() and
                         epoch == before + 1, f"epochs: {before}, then {epoch}")
        self.rng.choice([old, new]).kill()
