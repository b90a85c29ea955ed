"""What every container of an attempt wrote, as the API and `fairlead logs` show it."""

import re

from api import pipeline, shell
from checks import until
from programs import command

IMAGE = "busybox:1"
STAMPED = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (.*)$")


def job(script, **more):
    return shell(script, image=IMAGE, nodeSelector={"fairlead.dev/node": "real"}, **more)


def container(name, script, **more):
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", script], **more}


def streams(api, run, name):
    """The streams of a job's latest attempt, by their names."""
    return {each["name"]: each for each in api.attempts(run, name)[-1]["streams"]}


class Typist:
    """Types `fairlead logs`."""

    def __init__(self, checks, scratch, server):
        self.checks, self.scratch, self.server = checks, scratch, server
        self.said = ""  # what the last one said besides

    def logs(self, *words):
        code, out, self.said = command(self.scratch, "logs", *words, seconds=90,
                                       FAIRLEAD_SERVER=self.server.url,
                                       FAIRLEAD_TOKEN=self.server.token)
        self.checks.equal(f"logs {' '.join(words)}: exit code", code, 0, self.said)
        return out


def of_containers(checks, typist, api):
    """An init container, a sidecar and the main one; followed while they run."""
    run = api.submit(pipeline({"three": job(
        "echo one; sleep 1; echo two; sleep 1; echo three",
        podTemplate={"spec": {"initContainers": [
            container("init", "echo prepared"),
            container("proxy", "trap 'echo bye; exit 0' TERM; echo up; "
                               "while :; do sleep 0.1; done", restartPolicy="Always")]}})}))
    until("it has an attempt", lambda: api.jobs(run)[0]["attempt"] == 1, 60)
    followed = typist.logs("-f", run, "three")
    checks.equal("all of them, followed", sorted(followed.splitlines()), sorted([
        "[init] prepared", "[proxy] up", "[proxy] bye", "[main] one", "[main] two",
        "[main] three"]))
    api.wait_final(run, 60)
    checks.equal("what became of each", {name: each.get("note") for name, each in
                                         streams(api, run, "three").items()},
                 {"": "complete", "init": "complete", "proxy": "complete"})
    checks.equal("the main one", typist.logs(run, "three", "--container", "main"),
                 "one\ntwo\nthree\n")
    checks.equal("the init container", typist.logs(run, "three", "--container", "init"),
                 "prepared\n")
    checks.equal("the sidecar", typist.logs(run, "three", "--stream", "proxy"), "up\nbye\n")
    checks.equal("without a name, by the API", api.whole_log(run, "three"), b"one\ntwo\nthree\n")
    checks.equal("its last lines", typist.logs(run, "three", "--container", "main", "--tail", "2"),
                 "two\nthree\n")
    stamped = [STAMPED.match(line) for line in
               typist.logs(run, "three", "--container", "main", "--timestamps").splitlines()]
    checks.that("each line has its time", all(stamped), stamped)
    checks.equal("and its text", [each[2] for each in stamped], ["one", "two", "three"])
    checks.equal("in order", [each[1] for each in stamped], sorted(each[1] for each in stamped))


def of_a_failed_init_container(checks, typist, api):
    """It is all there is, so it is what is shown."""
    run = api.submit(pipeline({"never": job("echo never", podTemplate={"spec": {
        "initContainers": [container("init", "echo no; exit 3")]}})}))
    checks.equal("its verdict", api.wait_final(run, 60)["state"], "failed")
    checks.equal("what the init container said", typist.logs(run, "never"), "[init] no\n")
    checks.equal("its streams", list(streams(api, run, "never")), ["init"])


def of_what_is_left_running(checks, typist, api):
    """A container that does not end by itself is read up to the end of the main one."""
    run = api.submit(pipeline({"left": job("sleep 1; echo done", podTemplate={"spec": {
        "containers": [container("side", "echo beside; sleep 600")]}})}))
    checks.equal("its verdict", api.wait_final(run, 60)["state"], "succeeded")
    checks.equal("both", sorted(typist.logs("-f", run, "left").splitlines()),
                 ["[main] done", "[side] beside"])
    checks.equal("what is said of it", streams(api, run, "left")["side"]["note"],
                 "lost: what it wrote after the attempt had ended")


def of_a_job(checks, typist, api):
    """An indexed Job of three Pods: each Pod's own."""
    run = api.submit(pipeline({"many": job(
        "for i in 1 2 3; do echo $JOB_COMPLETION_INDEX $i; sleep 0.5; done", workload="job",
        completions=3, parallelism=3, completionMode="Indexed")}))
    until("it has an attempt", lambda: api.jobs(run)[0]["attempt"] == 1, 60)
    lines = typist.logs("-f", run, "many").splitlines()
    shown = [re.match(r"^\[(\d)-\w+/main\] (\d) (\d)$", line) for line in lines]
    checks.that("every line names its Pod", all(shown), lines)
    checks.equal("the lines of each Pod, in order",
                 [(each[1], each[3]) for each in sorted(shown, key=lambda each: each[1])],
                 [(pod, line) for pod in "012" for line in "123"], lines)
    checks.equal("each of its own", [each[1] for each in shown], [each[2] for each in shown])
    checks.equal("its verdict", api.wait_final(run, 90)["state"], "succeeded")
    known = streams(api, run, "many")
    checks.equal("what became of each", [each.get("note") for each in known.values()],
                 ["complete"] * 3, known)
    second = sorted(known)[1]
    checks.equal("one of them", typist.logs(run, "many", "--container", second),
                 "1 1\n1 2\n1 3\n")


def of_long_lines(checks, typist, api):
    """A line that the container runtime splits comes back as one, with one time."""
    run = api.submit(pipeline({"long": job(
        "head -c 100000 /dev/zero | tr '\\0' x; echo; echo short; printf end")}))
    checks.equal("its verdict", api.wait_final(run, 60)["state"], "succeeded")
    checks.equal("every byte", api.whole_log(run, "long"), b"x" * 100000 + b"\nshort\nend")
    lines = typist.logs(run, "long", "--timestamps").split("\n")
    checks.equal("lines with a time", [bool(STAMPED.match(line)) for line in lines], [True] * 3)


def of_what_is_not_kept(checks, typist, api):
    """What nobody wants is not read, and is said not to be there; a job may want its own."""
    run = api.submit({**pipeline({"quiet": job("echo unheard"),
                                  "heard": job("echo heard", keepLogs="always")}),
                      "keepLogs": "never"})
    checks.equal("its verdict", api.wait_final(run, 60)["state"], "succeeded")
    until("both logs end", lambda: all(each[-1].get("log") for each in (
        api.attempts(run, "quiet"), api.attempts(run, "heard"))), 60)
    checks.equal("of the quiet one", typist.logs(run, "quiet"), "")
    checks.equal("what is said of it", api.attempts(run, "quiet")[-1]["log"],
                 "not kept, by keepLogs")
    checks.that("that is said to people", "not kept, by keepLogs" in typist.said, typist.said)
    checks.equal("of the other", (typist.logs(run, "heard"), api.attempts(run, "heard")[-1]["log"]),
                 ("heard\n", "complete"))


def logs(checks, scratch, server):
    """The logs of all kinds of attempts."""
    typist, api = Typist(checks, scratch, server), server.api()
    for test in (of_containers, of_a_failed_init_container, of_what_is_left_running, of_a_job,
                 of_long_lines, of_what_is_not_kept):
        checks.run(test.__name__, test, checks, typist, api)
