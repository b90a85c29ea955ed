"""What a world has to do while it is broken: pipelines submitted, repeated and canceled."""

import dataclasses
import random
import threading
import uuid

from api import AWAY, FINAL, RUNS

SUBMITTERS = 2


@dataclasses.dataclass
class Submitted:
    """A run that was accepted: what was asked, under which key."""
    run: str
    kind: str
    spec: dict
    key: str


@dataclasses.dataclass
class Cancel:
    """An answered cancel: which lines and attempts there were when the answer had come."""
    run: str
    state: str
    lines: int
    attempts: set


class Workload:
    """Threads that submit until `stop`, with an Idempotency-Key and until there is an answer.

    `kinds` makes a pipeline of each kind from a generator; so many runs are open at once, and
    between two cancels pass so many seconds. The world has a server and the lines of a ledger.
    """

    def __init__(self, world, rng, kinds, open_max, cancel_pause=(0.3, 1.5)):
        self.world, self.rng = world, rng
        self.kinds, self.open_max, self.cancel_pause = kinds, open_max, cancel_pause
        self.runs, self.cancels, self.faults = {}, [], []
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._threads = []

    def start(self):
        for number in range(SUBMITTERS):
            seed = self.rng.random()
            self._threads.append(threading.Thread(target=self._submit_all, args=(seed,),
                                                  daemon=True,
                                                  name=f"submitter {number}"))
        self._threads.append(threading.Thread(target=self._cancel_some,
                                              args=(self.rng.random(),), daemon=True,
                                              name="canceler"))
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        """No new work; what was asked for is still asked until there is an answer."""
        self._stop.set()

    def join(self):
        for thread in self._threads:
            thread.join(60)

    def open_runs(self, finals):
        if self._stop.is_set():
            self.join()
        with self._lock:
            return set(self.runs) - set(finals)

    def _submit_all(self, seed):
        rng, api = random.Random(seed), self.world.server.api()
        mine = []
        while not self._stop.is_set():
            mine = [run for run in mine if self._is_open(api, run)]
            if len(mine) >= self.open_max // SUBMITTERS:
                self._stop.wait(0.1)
                continue
            kind = rng.choice(list(self.kinds))
            mine.append(self._submit(api, kind, self.kinds[kind](rng), rng))

    def _is_open(self, api, run):
        try:
            return api.call("GET", f"{RUNS}/{run}", seconds=2).json()["state"] not in FINAL
        except (*AWAY, ValueError, KeyError):
            return True

    def _submit(self, api, kind, spec, rng):
        key = {"Idempotency-Key": f"kill-{uuid.UUID(int=rng.getrandbits(128))}"}
        body = {"spec": spec, "labels": {"kind": kind}}
        answer = api.insist("POST", RUNS, body, key)
        if answer.status != 201:
            self.faults.append(f"a submit was answered {answer}")
            return ""
        run = answer.json()["id"]
        with self._lock:
            self.runs[run] = Submitted(run, kind, spec, key["Idempotency-Key"])
        if rng.random() < 0.2:
            again = api.insist("POST", RUNS, body, key)
            if again.status != 201 or again.json()["id"] != run:
                self.faults.append(f"the same key gave {run}, then {again}")
        return run

    def _cancel_some(self, seed):
        rng, api = random.Random(seed), self.world.server.api()
        seen = set()
        while not self._stop.wait(rng.uniform(*self.cancel_pause)):
            with self._lock:
                fresh = [run for run in list(self.runs)[-8:] if run not in seen]
            if not fresh:
                continue
            run = rng.choice(fresh)
            seen.add(run)
            answer = api.insist("POST", f"{RUNS}/{run}/cancel", {})
            if answer.status != 200:
                self.faults.append(f"a cancel was answered {answer}")
                continue
            lines = len(self.world.lines()[0])
            attempts = {(job["name"], each["attempt"]) for job in api.jobs(run)
                        for each in api.attempts(run, job["name"])}
            self.cancels.append(Cancel(run, answer.json()["state"], lines, attempts))


class Watcher:
    """Looks at the list of runs all the time: what was final once has to stay as it is."""

    def __init__(self, api):
        self.api = api
        self.finals, self.faults = {}, []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stop.set()
        self._thread.join(60)

    def look(self, api):
        for view in api.items(RUNS):
            self._note(view)

    def _note(self, view):
        if view["state"] not in FINAL:
            if view["id"] in self.finals:
                self.faults.append(f"{view['id']} was final and is {view['state']}")
            return
        now = {name: view.get(name) for name in ("state", "reason", "jobs", "finished")}
        before = self.finals.setdefault(view["id"], now)
        if before != now:
            self.faults.append(f"{view['id']} was {before} and is {now}")

    def _watch(self):
        while not self._stop.wait(0.3):
            try:
                page = self.api.call("GET", f"{RUNS}?limit=100", seconds=2)
            except AWAY:
                continue
            if page.status == 200:
                for view in page.json()["items"]:
                    self._note(view)
