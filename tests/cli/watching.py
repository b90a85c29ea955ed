"""Watching: live on a terminal, as lines in a pipe, through restarts, until Ctrl-C."""

import json
import re
import signal
import subprocess

from api import FINAL, needs, pipeline, shell
from checks import until
from programs import FAIRLEAD
from shell import expect, fairlead, run_id
from terminal import OnTerminal

SLOW = json.dumps(pipeline({"slow": shell("echo begun; sleep 2; echo ended"),
                            "last": shell("echo last", dependsOn=[needs("slow")])}))


def start(place, spec):
    """Starts a run of a spec; its id."""
    return run_id(fairlead(place, "run", "-f", "-", given=spec))


def background(place, *words):
    """A client command in a pipe, under way."""
    return subprocess.Popen([FAIRLEAD, *words], cwd=place.folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=place.scratch.environment(), start_new_session=True)


def piped(checks, place):
    """A watch in a pipe: a line for each change, in order, no escape codes."""
    run = start(place, SLOW)
    typed = expect(checks, place, 0, "get", "run", run, "--watch")
    order = [typed.out.find(words) for words in ("slow running", "slow succeeded",
                                                 "last running", "last succeeded",
                                                 f"run {run} succeeded")]
    if "last running" not in typed.out:  # it may start and end between two looks
        order.pop(2)
    checks.that("lines come in order", -1 not in order and order == sorted(order), str(typed))
    checks.that("no escape codes", "\x1b" not in typed.out + typed.err, str(typed))


def on_a_terminal(checks, place):
    """A watch on a terminal: redrawn in place, ends with the final frame and a cursor."""
    run = start(place, SLOW)
    watch = OnTerminal(place.scratch, "get", "run", run, "--watch", cwd=place.folder)
    checks.that("it shows a running job", watch.read(10, lambda out: b"running" in out),
                repr(watch.output))
    code = watch.end()
    lines, cursor = watch.screen()
    shown = "\n".join(lines)
    checks.equal("its exit code", code, 0, shown)
    checks.that("it redraws in place", b"\x1b[" in watch.output and b"A" in watch.output)
    checks.that("the cursor is hidden meanwhile", b"\x1b[?25l" in watch.output)
    checks.that("the cursor is back", cursor, repr(watch.output[-200:]))
    frames = [line for line in lines if re.search(r"\bslow\b", line)]
    checks.equal("one final frame", len(frames), 1, shown)
    checks.that("with final states", "succeeded" in shown and "running" not in shown, shown)
    checks.that("and the verdict", re.search(rf"run {run} succeeded in ", shown), shown)
    checks.that("no line is too wide", max(map(len, lines)) <= watch.columns, shown)
    small = OnTerminal(place.scratch, "get", "run", run, "--watch", rows=5, columns=30,
                       cwd=place.folder)
    code = small.end()
    lines, cursor = small.screen()
    checks.that("a small terminal", code == 0 and cursor, repr(small.output))
    frame = small.output.split(b"\x1b[?25h")[0]
    widths = [len(re.sub(rb"\x1b\[[^A-Za-z]*[A-Za-z]", b"", line).decode().strip("\r"))
              for line in frame.split(b"\n")]
    checks.that("its frame fits", max(widths) <= 30, f"{widths} {small.output!r}")


def ctrl_c(checks, place):
    """Ctrl-C stops the watching, not the run."""
    run = start(place, SLOW)
    watch = OnTerminal(place.scratch, "get", "run", run, "--watch", cwd=place.folder)
    watch.read(10, lambda out: b"slow" in out)
    watch.interrupt()
    code = watch.end()
    lines, cursor = watch.screen()
    checks.equal("its exit code", code, 130, "\n".join(lines))
    checks.that("the cursor is back", cursor, repr(watch.output[-200:]))
    checks.that("it says that the run goes on", "goes on" in "\n".join(lines), "\n".join(lines))
    checks.equal("and it does", place.api().wait_final(run)["state"], "succeeded")
    run = start(place, SLOW)
    pipe = background(place, "logs", "-f", run)
    until("the log flows", lambda: pipe.stdout.readline() == "slow | begun\n")
    pipe.send_signal(signal.SIGINT)
    out, err = pipe.communicate(timeout=20)
    checks.that("logs -f: exit code", pipe.returncode in (130, -signal.SIGINT), out + err)
    place.api().wait_final(run)


def live_logs(checks, place):
    """logs -f comes as it is written, job after job, and ends with the run."""
    run = start(place, SLOW)
    pipe = background(place, "logs", "-f", run)
    first = pipe.stdout.readline()
    checks.equal("its first line", first, "slow | begun\n")
    state = place.api().run(run)["state"]
    checks.that("it came while the run went on", state not in FINAL, state)
    out, err = pipe.communicate(timeout=30)
    checks.equal("the rest", out, "slow | ended\nlast | last\n", err)
    checks.equal("exit code", pipe.returncode, 0, err)
    run = start(place, json.dumps(pipeline({"flaky": shell(
        'echo "try $FAIRLEAD_ATTEMPT"; test $FAIRLEAD_ATTEMPT -ge 3',
        retry={"attempts": 3, "backoff": {"initial": "100ms"}})})))
    typed = expect(checks, place, 0, "logs", "-f", run, "flaky")
    checks.equal("every attempt's", typed.out, "try 1\ntry 2\ntry 3\n", str(typed))
    big = start(place, json.dumps(pipeline({"big": shell(
        "i=0; while [ $i -lt 60000 ]; do echo line $i; i=$((i+1)); done")})))
    typed = expect(checks, place, 0, "logs", "-f", big, "big", seconds=60)
    checks.that("a large log is whole", typed.out == "".join(f"line {i}\n" for i in range(60000)),
                f"{len(typed.out)} bytes")
    odd = start(place, json.dumps(pipeline({"odd": shell("printf 'a\\000\\377b\\033[31mc'")})))
    place.api().wait_final(odd)
    checks.equal("bytes stay bytes", place.api().whole_log(odd, "odd"), b"a\x00\xffb\x1b[31mc")


def restart(checks, place):
    """The server restarts in the middle of run --watch; the watch goes on to the verdict."""
    watch = subprocess.Popen([FAIRLEAD, "run", "-f", "-", "--watch"], cwd=place.folder, text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=place.scratch.environment(), start_new_session=True)
    watch.stdin.write(SLOW)
    watch.stdin.close()
    watch.stdin = None
    seen = []
    until("the job runs", lambda: seen.append(watch.stdout.readline()) or
          "slow running" in seen[-1])
    checks.equal("the server's exit code", place.server.stop(), 0, place.server.said()[-1500:])
    place.server.start()
    out, err = watch.communicate(timeout=40)
    text = "".join(seen) + out
    checks.equal("the watch's exit code", watch.returncode, 0, text + err)
    checks.that("it comes to the verdict", re.search(r"run \S+ succeeded in ", out), text + err)
    # Of a job that could not be seen meanwhile it is told that it is seen again.
    changes = [line.split(None, 1)[1] for line in text.split("\n") if re.match(r"\s+\d", line)]
    if any("(unreachable)" in change for change in changes):
        changes.remove("slow running #1")
    checks.equal("no change is told twice", sorted(set(changes)), sorted(changes), text)


def canceling(checks, place):
    """cancel: running jobs are stopped, finally runs, the exit code of a watch is 3."""
    spec = pipeline({"slow": shell("echo begun; trap 'echo stopped; exit 0' TERM; "
                                   "while :; do sleep 0.1; done"),
                     "never": shell("true", dependsOn=[needs("slow")])})
    spec["finally"] = {"tidy": shell("echo tidied")}
    run = start(place, json.dumps(spec))
    watch = background(place, "get", "run", run, "--watch")
    until("the job runs", lambda: b"begun" in place.api().log(run, "slow", 1).body)
    typed = expect(checks, place, 0, "cancel", run, says=run)
    checks.that("the state it leaves", "stopping" in typed.out or "canceled" in typed.out, typed)
    out, err = watch.communicate(timeout=40)
    checks.equal("the watch's exit code", watch.returncode, 3, out + err)
    jobs = {job["name"]: job["state"] for job in place.api().jobs(run)}
    checks.equal("never", jobs["never"], "canceled")
    checks.equal("tidy", jobs["tidy"], "succeeded")
    checks.that("slow", jobs["slow"] in ("canceled", "succeeded"), repr(jobs))
    said = place.api().whole_log(run, "slow")  # the shell may tell of its own `sleep`
    checks.equal("its log", said.replace(b"Terminated\n", b""), b"begun\nstopped\n")
    expect(checks, place, 0, "cancel", run, says="canceled")
    expect(checks, place, 0, "explain", run, says=["canceled"])


def timeouts(checks, place):
    """A run's timeout fails it, a job's timeout ends the attempt; finally still runs."""
    spec = pipeline({"slow": shell("sleep 60")}, timeout="1s")
    spec["finally"] = {"tidy": shell("echo tidied")}
    run = start(place, json.dumps(spec))
    expect(checks, place, 1, "get", "run", run, "--watch", says="timeout")
    jobs = {job["name"]: job["state"] for job in place.api().jobs(run)}
    checks.equal("tidy", jobs["tidy"], "succeeded", repr(jobs))
    run = start(place, json.dumps(pipeline({"slow": shell("sleep 60", timeouts={"run": "1s"})})))
    expect(checks, place, 1, "get", "run", run, "--watch", says="run_timeout")
    attempt = place.api().attempts(run, "slow")[0]
    checks.equal("its class", attempt["class"], "run_timeout", repr(attempt))
    run = start(place, json.dumps(pipeline({"a": {"image": "x", "command": ["/no/such/thing"]}})))
    expect(checks, place, 1, "get", "run", run, "--watch", says="/no/such/thing")


TESTS = (piped, on_a_terminal, ctrl_c, live_logs, restart, canceling, timeouts)
