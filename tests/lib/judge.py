"""What must hold after any chaos: the ledger, the API and the feed tell one and the same story."""

import sqlite3

import ledger
from api import FINAL, JOB_FINAL, RUNS

RUN_ORDER = {"queued": 0, "running": 1, "stopping": 2, "succeeded": 3, "failed": 3, "canceled": 3}
RAN_OUT = ("exit",)


class Story:
    """Everything that the API says at the end, read once."""

    def __init__(self, api, runs):
        self.runs, self.jobs, self.attempts, self.logs = {}, {}, {}, {}
        for run in runs:
            answer = api.insist("GET", f"{RUNS}/{run}")
            if answer.status != 200:
                continue
            self.runs[run] = answer.json()
            self.jobs[run] = {job["name"]: job for job in api.jobs(run)}
            for name, job in self.jobs[run].items():
                for each in api.attempts(run, name) if job["attempt"] else []:
                    key = (run, name, each["attempt"])
                    self.attempts[key] = each
                    self.logs[key] = api.log(*key)


def tell(api, run):
    """A run that is stuck, for people."""
    jobs = [f"{job['name']} {job['state']} #{job['attempt']}" for job in api.jobs(run)
            if job["state"] not in JOB_FINAL]
    return f"{run} {api.run(run)['state']}: {', '.join(jobs)}"


def judge(checks, world, workload, watcher, follower):
    """Every check but those of the database."""
    workload.join()
    story = Story(world.server.api(), workload.runs)
    lines, strange = world.lines()
    checks.none("a line of the ledger is broken", strange)
    checks.none("a submit or cancel was answered wrongly", workload.faults)
    checks.none("an accepted run is missing", sorted(set(workload.runs) - set(story.runs)))
    checks.none("a run has not ended", [run for run, view in story.runs.items()
                                        if view["state"] not in FINAL])
    checks.none("a final state changed", watcher.faults)
    extra = {view["id"] for view in world.server.api().items(RUNS)} - set(workload.runs)
    checks.none("a run exists that nobody was told of", sorted(extra))
    judge_ledger(checks, story, lines)
    judge_logs(checks, story, lines, workload)
    judge_cancels(checks, story, lines, workload.cancels)
    judge_verdicts(checks, story, {cancel.run for cancel in workload.cancels})
    judge_feed(checks, story, follower)


def judge_ledger(checks, story, lines, writes=lambda run, job: True):
    """`writes`: whether this job of a run writes to the ledger at all."""
    checks.none("an attempt began twice", ledger.begun_twice(lines))
    checks.none("two attempts of a job were alive at once", ledger.overlaps(lines))
    unknown, wrong_uid = [], []
    for line in lines:
        attempt = story.attempts.get((line.run, line.job, line.attempt))
        if attempt is None:
            unknown.append(line)
        elif attempt["uid"] != line.uid:
            wrong_uid.append((line, attempt))
    checks.none("something ran that the server does not know", unknown)
    checks.none("something ran under another uid", wrong_uid)
    ends = {(line.run, line.job, line.attempt): line.code for line in lines if line.word == "end"}
    bad = []
    for key, attempt in story.attempts.items():
        if not writes(*key[:2]):
            continue
        if attempt["state"] == "succeeded" and ends.get(key) != 0:
            bad.append(f"{key} succeeded, the ledger says {ends.get(key)}")
        if attempt.get("class") in RAN_OUT and ends.get(key) != attempt.get("exitCode"):
            bad.append(f"{key} {attempt}: the ledger says {ends.get(key)}")
    checks.none("an outcome is not what the ledger says", bad)
    checks.none("an attempt's number is missing", gaps(story))
    checks.none("two attempts overlap in the API", overlapping(story))


def gaps(story):
    """Jobs whose attempts are not 1, 2, 3 … up to the one that the job names.

    A job that was canceled in the queue names an attempt that never came to be.
    """
    found = []
    for run, jobs in story.jobs.items():
        for name, job in jobs.items():
            have = sorted(key[2] for key in story.attempts if key[:2] == (run, name))
            lengths = {job["attempt"], job["attempt"] - (job["state"] == "canceled")}
            if have != list(range(1, len(have) + 1)) or len(have) not in lengths:
                found.append(f"{run} {name} is at {job['attempt']} and has {have}")
    return found


def overlapping(story):
    """Attempts that were assigned before the one before them had ended."""
    found = []
    for (run, job, number), attempt in story.attempts.items():
        before = story.attempts.get((run, job, number - 1))
        if before and not (before.get("ended") and before["ended"] <= attempt["assigned"]):
            found.append(f"{run} {job}: {before} and {attempt}")
    return found


def steps_of(spec, name):
    """How many steps the script of a job takes, see ledger.py."""
    job = spec["jobs"].get(name) or spec["finally"][name]
    return int(job["run"].split("-lt ")[1].split(" ")[0])


def judge_logs(checks, story, lines, workload):
    """An attempt that wrote its end has its whole output stored; any other a beginning of it."""
    missing, unended = [], []
    for line in lines:
        key = (line.run, line.job, line.attempt)
        if line.word != "end" or key not in story.logs:
            continue
        steps = steps_of(workload.runs[line.run].spec, line.job)
        wanted, got = ledger.output(line, steps).encode(), story.logs[key].body
        if got != wanted:
            missing.append(f"{key}: wanted {wanted!r}, got {got!r}; {story.attempts[key]}")
    for key, attempt in story.attempts.items():
        if attempt.get("log") != "complete" and attempt["state"] == "succeeded":
            unended.append(f"{key}: {attempt}")
        if attempt["logBytes"] != len(story.logs[key].body):
            unended.append(f"{key}: {attempt} and {len(story.logs[key].body)} bytes")
    checks.none("a log is not what the job printed", missing)
    checks.none("a log is not known to be complete", unended)


def judge_cancels(checks, story, lines, cancels):
    """After the answer to a cancel nothing begins but what was assigned before, and `finally`."""
    late, wrong = [], []
    for cancel in cancels:
        jobs = story.jobs[cancel.run]
        for line in lines[cancel.lines:]:
            if line.word != "begin" or line.run != cancel.run or jobs[line.job]["finally"]:
                continue
            if (line.job, line.attempt) not in cancel.attempts:
                late.append(line)
        state = story.runs[cancel.run]["state"]
        if state != (cancel.state if cancel.state in FINAL else "canceled"):
            wrong.append(f"{cancel.run} answered {cancel.state} and ended {state}")
    checks.none("something new began after a cancel", late)
    checks.none("a canceled run ended otherwise", wrong)


def judge_verdicts(checks, story, canceled):
    """States are what the edges and the rules of failures make of each other."""
    wrong = []
    for run, view in story.runs.items():
        jobs = story.jobs[run]
        if view["state"] == "canceled":
            if run not in canceled:
                wrong.append(f"{run} is canceled, and nobody asked")
            continue
        failed = [job for job in jobs.values() if job["state"] == "failed"
                  and not is_handled(job, jobs)]
        if view["state"] != ("failed" if failed else "succeeded"):
            wrong.append(f"{run} is {view['state']}; unhandled: {[j['name'] for j in failed]}")
        for job in jobs.values():
            if job["state"] != allowed(job, jobs):
                wrong.append(f"{run} {job['name']} is {job['state']}")
            if job["state"] == "failed" and job["handled"] != is_handled(job, jobs):
                wrong.append(f"{run} {job['name']}: handled is {job['handled']}")
    checks.none("a verdict is not what its jobs say", wrong)


def condition(edge):
    given = edge.get("conditions") or {}
    return next((name for name, on in given.items() if on), "success")


def is_handled(job, jobs):
    """A direct dependant by a failure edge succeeded, or failed and was handled itself."""
    for other in jobs.values():
        if any(edge["job"] == job["name"] and condition(edge) == "failure"
               for edge in other.get("dependsOn", [])):
            if other["state"] == "succeeded":
                return True
            if other["state"] == "failed" and is_handled(other, jobs):
                return True
    return False


def allowed(job, jobs):
    """The state that the edges of a job leave it: its own end, or skipped."""
    wanted = {"success": ("succeeded",), "failure": ("failed",), "always": JOB_FINAL}
    holds = all(jobs[edge["job"]]["state"] in wanted[condition(edge)]
                for edge in job.get("dependsOn", []))
    if not holds:
        return "skipped"
    return job["state"] if job["state"] in ("succeeded", "failed") else "succeeded or failed"


def judge_feed(checks, story, follower):
    """Replayed from its beginning, the feed comes to the states that the API shows."""
    wanted = {run: view["state"] for run, view in story.runs.items()}
    follower.wait_for(lambda event: replay(follower.events)[0] == wanted, 15)
    follower.stop()
    checks.none("the feed went wrong", follower.faults)
    runs, jobs, faults = replay(follower.events)
    checks.none("the feed tells a story that cannot be", faults)
    checks.none("the feed ends otherwise than the API",
                [f"{run}: {runs.get(run)}, {state}" for run, state in wanted.items()
                 if runs.get(run) != state])
    differing = []
    for run, known in story.jobs.items():
        for name, job in known.items():
            told = jobs.get((run, name), {"state": "waiting", "attempt": 0})
            if (told["state"], told["attempt"]) != (job["state"], job["attempt"]):
                differing.append(f"{run} {name}: {told} and {job}")
    checks.none("a job ends otherwise in the feed than in the API", differing)


def replay(events):
    """(state by run, last change by run and job, what cannot be)."""
    runs, jobs, faults = {}, {}, []
    for event in list(events):
        data, run = event.data, event.data["run"]
        before = runs.get(run, "queued")
        if RUN_ORDER[data["state"]] < RUN_ORDER[before] or (before in FINAL and
                                                            data["state"] != before):
            faults.append(f"{event.seq}: {run} went from {before} to {data['state']}")
        runs[run] = data["state"]
        for job in data["jobs"]:
            last = jobs.get((run, job["name"]))
            if last and (job["attempt"] < last["attempt"] or (
                    last["state"] in JOB_FINAL and job["state"] != last["state"])):
                faults.append(f"{event.seq}: {run} {last} became {job}")
            jobs[run, job["name"]] = job
    return runs, jobs, faults


def judge_database(checks, world):
    """SQLite's own judgement, after the server has gone."""
    connection = sqlite3.connect(world.server.data / "fairlead.db")
    try:
        for pragma, wanted in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            checks.equal(f"pragma {pragma}", connection.execute(f"pragma {pragma}").fetchall(),
                         wanted)
    finally:
        connection.close()
