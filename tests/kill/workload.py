"""What the world has to do meanwhile: pipelines of every kind, submitted, repeated and canceled."""

import dataclasses
import random
import threading
import uuid

import ledger
from api import AWAY, FINAL, RUNS, needs, pipeline, shell

OPEN_MAX = 14
SUBMITTERS = 2
RETRY = {"attempts": 8, "backoff": {"initial": "100ms", "max": "500ms"}}


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
    """Threads that submit until `stop`, with an Idempotency-Key and until there is an answer."""

    def __init__(self, world, rng):
        self.world, self.rng = world, rng
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
            if len(mine) >= OPEN_MAX // SUBMITTERS:
                self._stop.wait(0.1)
                continue
            kind = rng.choice(list(KINDS))
            spec = KINDS[kind](self.world.ledger, rng)
            mine.append(self._submit(api, kind, spec, rng))

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
        while not self._stop.wait(rng.uniform(0.3, 1.5)):
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


# ---- pipelines


def _job(path, rng, most=8, fail_until=0, **more):
    return shell(ledger.script(path, rng.randint(0, most), fail_until), retry=RETRY, **more)


def _single(path, rng):
    return pipeline({"only": _job(path, rng, 25)})


def _chain(path, rng):
    jobs = {}
    for i in range(rng.randint(2, 5)):
        edges = [needs(f"c{i - 1}")] if i else []
        jobs[f"c{i}"] = _job(path, rng, 5, dependsOn=edges)
    return pipeline(jobs)


def _fan(path, rng):
    jobs = {"root": _job(path, rng, 3)}
    leaves = [f"leaf-{i}" for i in range(rng.randint(3, 8))]
    for name in leaves:
        jobs[name] = _job(path, rng, 6, dependsOn=[needs("root")])
    jobs["join"] = _job(path, rng, 2, dependsOn=[needs(name) for name in leaves])
    return pipeline(jobs)


def _flaky(path, rng):
    return pipeline({"flaky": _job(path, rng, 3, fail_until=rng.randint(1, 3)),
                     "after": _job(path, rng, 3, dependsOn=[needs("flaky")])})


def _failing(path, rng):
    """A failure that is handled, or is not, with a branch of each condition behind it."""
    bad = shell(ledger.script(path, rng.randint(0, 4), 99, rng.randint(1, 9)))
    jobs = {"bad": bad,
            "never": _job(path, rng, 2, dependsOn=[needs("bad")]),
            "always": _job(path, rng, 2, dependsOn=[needs("bad", "always")])}
    if rng.random() < 0.5:
        jobs["mend"] = _job(path, rng, 3, dependsOn=[needs("bad", "failure")])
    return pipeline(jobs)


def _finally(path, rng):
    spec = _failing(path, rng) if rng.random() < 0.5 else _chain(path, rng)
    spec["finally"] = {"tidy": _job(path, rng, 3), "tidier": _job(path, rng, 2,
                                                                dependsOn=[needs("tidy")])}
    return spec


KINDS = {"single": _single, "chain": _chain, "fan": _fan, "flaky": _flaky,
         "failing": _failing, "finally": _finally}
