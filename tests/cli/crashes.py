"""A server that is killed while jobs run; started again, it goes on with them."""

import json

import ledger
from api import needs, pipeline
from checks import until
from shell import expect, fairlead, run_id

JOBS = 6


def killed(checks, place):
    """kill -9 while jobs run: they are adopted and end with complete logs."""
    book = place.scratch / "ledger"
    jobs = {f"job-{i}": {"image": "x", "run": ledger.script(book, 15 + i)} for i in range(JOBS)}
    jobs["after"] = {"image": "x", "run": ledger.script(book, 1),
                     "dependsOn": [needs(name) for name in list(jobs)]}
    run = run_id(fairlead(place, "run", "-f", "-", given=json.dumps(pipeline(jobs))))
    until("all jobs run", lambda: sum(line.word == "begin" for line in ledger.read(book)[0])
          == JOBS)
    place.server.kill()
    at = len(ledger.read(book)[0])
    until("jobs go on without the server", lambda: len(ledger.read(book)[0]) > at + JOBS)
    place.server.start()
    expect(checks, place, 0, "get", "run", run, "--watch")
    lines, strange = ledger.read(book)
    checks.none("a line of the ledger is broken", strange)
    checks.none("a job began twice", ledger.begun_twice(lines))
    states = {job["name"]: (job["state"], job["attempt"]) for job in place.api().jobs(run)}
    checks.equal("every job is at its first attempt", set(states.values()), {("succeeded", 1)},
                 repr(states))
    wrong = []
    for line in lines:
        if line.word != "end":
            continue
        steps = 1 if line.job == "after" else 15 + int(line.job[4:])
        got = place.api().whole_log(run, line.job).decode()
        if got != ledger.output(line, steps):
            wrong.append(f"{line.job}: {got!r}")
    checks.none("a log is not complete", wrong)


def killed_at_once(checks, place):
    """kill -9 right after answers: what was accepted is there, and the same key says so."""
    book, runs = place.scratch / "ledger-2", []
    spec = pipeline({"a": {"image": "x", "run": ledger.script(book)}})
    for i in range(3):
        key = {"Idempotency-Key": f"crash-{i}"}
        answer = place.api().call("POST", "/api/v1/projects/default/runs", {"spec": spec}, key)
        place.server.kill()
        place.server.start()
        again = place.api().call("POST", "/api/v1/projects/default/runs", {"spec": spec}, key)
        checks.equal("the same key, the same run", again.json()["id"], answer.json()["id"],
                     str(again))
        checks.equal("it is said to be a replay", again.header("Idempotency-Replayed"), "true")
        runs.append(answer.json()["id"])
    for run in runs:
        checks.equal("it ends well", place.api().wait_final(run)["state"], "succeeded")
    checks.none("a job began twice", ledger.begun_twice(ledger.read(book)[0]))


TESTS = (killed, killed_at_once)
