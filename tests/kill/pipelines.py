"""The pipelines of the kill suite: of every shape, with jobs that write to the ledger."""

import functools

import ledger
from api import needs, pipeline, shell

OPEN_MAX = 14
RETRY = {"attempts": 8, "backoff": {"initial": "100ms", "max": "500ms"}}


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


def kinds(path):
    """A maker of each kind of pipeline, whose jobs write to the ledger at this path."""
    makers = {"single": _single, "chain": _chain, "fan": _fan, "flaky": _flaky,
              "failing": _failing, "finally": _finally}
    return {name: functools.partial(make, path) for name, make in makers.items()}
