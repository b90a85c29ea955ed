"""What the chaos has to get through: pipelines of real Pods that write to the ledger, and of played
ones for their number."""

import functools

import ledger
from api import needs, pipeline
from reasons import played
from worlds import real

OPEN_MAX = 8
CANCEL_PAUSE = (3.0, 8.0)
# The folder of the ledger in a container.
MOUNT = "/ledger"
LINES = "lines"
# The first process of a container hears of a SIGTERM only if it says so.
HEARS = "trap 'exit 143' TERM\n"
# No fault lasts as long: what runs out of time was stuck.
PATIENT = {"timeouts": {"start": "300s", "run": "300s"}}


def _real(folder, rng, most=40, fail_until=0, code=7, **more):
    """A job on the real node, of up to so many steps of a tenth of a second."""
    script = HEARS + ledger.script(f"{MOUNT}/{LINES}", rng.randint(0, most), fail_until, code)
    return real(script, volumes=[{"name": "ledger", "hostPath": {"path": str(folder)}}],
                volumeMounts=[{"name": "ledger", "mountPath": MOUNT}], **PATIENT, **more)


def _played(rng, **more):
    return {**played(duration=f"{rng.randint(0, 80) * 100}ms", start="300s", run="300s"), **more}


def _single(folder, rng):
    return pipeline({"only": _real(folder, rng, 80)})


def _chain(folder, rng):
    return pipeline({f"c{i}": _real(folder, rng, dependsOn=[needs(f"c{i - 1}")] if i else [])
                     for i in range(rng.randint(2, 3))})


def _fan(folder, rng):
    leaves = {f"leaf-{i}": _played(rng, dependsOn=[needs("root")])
              for i in range(rng.randint(5, 12))}
    return pipeline({"root": _real(folder, rng, 20), **leaves,
                     "join": _real(folder, rng, 20, dependsOn=[needs(name) for name in leaves])})


def _crowd(_, rng):
    return pipeline({f"p{i}": _played(rng) for i in range(rng.randint(10, 30))})


def _failing(folder, rng):
    """A failure that is handled, or is not."""
    jobs = {"bad": _real(folder, rng, fail_until=99, code=rng.randint(1, 9)),
            "never": _real(folder, rng, dependsOn=[needs("bad")])}
    if rng.random() < 0.5:
        jobs["mend"] = _real(folder, rng, dependsOn=[needs("bad", "failure")])
    return pipeline(jobs)


def _retried(folder, rng):
    return pipeline({"flaky": _real(folder, rng, 20, fail_until=1, retry={"attempts": 2})})


def kinds(folder):
    """A maker of each kind of pipeline, whose jobs write to the ledger in this folder."""
    makers = {"single": _single, "chain": _chain, "fan": _fan, "crowd": _crowd,
              "failing": _failing, "retried": _retried}
    return {name: functools.partial(make, folder) for name, make in makers.items()}


def writes(spec, job):
    """Whether a job writes to the ledger: those on the real node do."""
    return spec["jobs"][job]["nodeSelector"].get("fairlead.dev/node") == "real"
