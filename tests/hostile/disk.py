"""A disk that is full: refused cleanly, nothing lost, well again when there is space."""

import os
import subprocess

from api import AWAY, RUNS, needs, pipeline, shell
from checks import until
from programs import Server

SIZE = "24m"
# A job that writes to a full disk fails, and rightly so: these do not.
SPEC = pipeline({"a": shell("true"), "b": shell("true", dependsOn=[needs("a")])})


def full(checks, scratch):
    """The data folder on a disk that runs full, with jobs under way."""
    folder = scratch / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "fairlead-e2e", folder],
        capture_output=True, check=False).returncode == 0
    if not mounted:
        checks.note("SKIPPED: a full disk (mounting a small tmpfs needs root)")
        return
    server = Server(scratch, "full", mode="dev", data=folder / "data").start()
    api = server.api()
    long_run = api.submit(pipeline({"a": shell("sleep 2"),
                                    "b": shell("true", dependsOn=[needs("a")])}))
    until("a job runs", lambda: api.jobs(long_run)[0]["state"] == "running")
    accepted = [long_run, api.submit(SPEC)]
    filler = fill(folder)
    accepted += submit_until_refused(checks, api)
    checks.that("the server lives on a full disk", server.alive(), server.said()[-2000:])
    checks.equal("reading still works", api.get(f"{RUNS}?limit=5").status, 200)
    checks.equal("/healthz", api.get("/healthz").status, 200)
    filler.unlink()
    states = {run: api.wait_final(run, 60)["state"] for run in accepted}
    bad = [(job, api.attempts(run, job["name"])) for run, state in states.items()
           if state != "succeeded" for job in api.jobs(run)]
    checks.none("something that was accepted did not succeed", bad)
    known = {view["id"] for view in api.items(RUNS)}
    checks.equal("and nothing that was refused", sorted(known - set(accepted)), [])
    checks.equal("a new run", api.wait_final(api.submit(SPEC))["state"], "succeeded")
    checks.equal("a clean stop", server.stop(), 0, server.said()[-2000:])


def fill(folder):
    """Takes every block of the disk."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as out:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    if out.write(b"x" * size) < size:
                        break
            except OSError:
                pass
    return filler


def submit_until_refused(checks, api):
    """Submits until several are refused; gives the runs that were accepted."""
    accepted, refused, strange = [], 0, []
    for number in range(3000):
        try:
            answer = api.call("POST", RUNS, {"spec": SPEC, "labels": {"n": str(number)},
                                             "payload": "x" * 20_000})
        except AWAY as failure:
            strange.append(repr(failure))
            break
        if answer.status == 201:
            accepted.append(answer.json()["id"])
        elif answer.status in (507, 503):
            refused += 1
        else:
            strange.append(str(answer))
        if refused >= 20 or len(strange) > 5:
            break
    checks.that("submits are refused as storage_full", refused >= 20,
                f"{len(accepted)} accepted, {refused} refused")
    checks.none("a submit on a full disk was answered otherwise", strange)
    return accepted


TESTS = (full,)
