"""Every client command once, with its exit codes, from a folder where `fairlead dev` runs."""

import json
import re

from shell import EXAMPLES, expect, fairlead, run_id

FAILING = """
kind: Pipeline
name: failing
labels: {team: infra}
jobs:
  bad: {image: busybox, run: "echo sorry >&2; exit 3"}
  after: {image: busybox, run: "true", dependsOn: [{job: bad}]}
"""
PAYLOAD = """
kind: Pipeline
name: payload
jobs: {show: {image: busybox, run: 'cat "$FAIRLEAD_PAYLOAD"; echo; env | sort'}}
"""


def first_words(checks, place):
    """Help, version, bad words."""
    typed = expect(checks, place, 0, "version")
    checks.that("the version", re.fullmatch(r"fairlead \d+\.\d+\.\d+\n", typed.out), typed.out)
    for words in ([], ["--help"], ["help"], ["run", "--help"], ["help", "get"]):
        expect(checks, place, 0, *words, says="fairlead")
    for words in (["rnu"], ["run"], ["run", "a", "-f", "b"], ["get"], ["get", "nothing"],
                  ["run", "--nope"], ["logs"], ["cancel"], ["get", "runs", "-o", "xml"],
                  ["run", "x", "--param", "novalue"], ["apply"], ["apply", "-f", "nowhere.yaml"],
                  ["get", "runs", "--limit", "0"], ["get", "runs", "--since", "yesterday"]):
        expect(checks, place, 2, *words)
    expect(checks, place, 2, "rnu", says="run")
    expect(checks, place, 2, "get", "runs", "--sate", "failed", says="--state")


def nowhere(checks, place):
    """Where no server is, or a wrong one, or a wrong token."""
    away = place.scratch / "away"
    away.mkdir()
    typed = fairlead(place, "get", "runs", cwd=away)
    checks.that("no server is known", typed.code == 2 and "fairlead dev" in typed.err, str(typed))
    url, token = place.server.url, place.server.token
    expect(checks, place, 0, "get", "runs", cwd=away, FAIRLEAD_SERVER=url, FAIRLEAD_TOKEN=token)
    expect(checks, place, 0, "get", "runs", "--server", url, "--token", token, cwd=away)
    typed = fairlead(place, "get", "runs", "--server", url, "--token", "x" * 43, cwd=away)
    checks.that("a wrong token", typed.code in (1, 2) and typed.err, str(typed))
    typed = fairlead(place, "get", "runs", "--server", "http://127.0.0.1:9", cwd=away)
    checks.that("nobody listens", typed.code == 1 and "127.0.0.1:9" in typed.err, str(typed))
    secure = url.replace("http://", "https://")
    typed = fairlead(place, "get", "runs", "--server", secure, "--token", token, cwd=away)
    checks.that("a server without TLS", typed.code == 1 and "does not speak TLS" in typed.err,
                str(typed))
    deep = place.folder / "a" / "b"
    deep.mkdir(parents=True)
    expect(checks, place, 0, "get", "clusters", cwd=deep, says="local")


def pipelines(checks, place):
    """apply: files, folders, many documents, standard input, refusals."""
    expect(checks, place, 0, "apply", "-f", EXAMPLES / "params.yaml", says="params")
    typed = expect(checks, place, 0, "apply", "-f", EXAMPLES / "params.yaml")
    checks.that("the same again is unchanged", "unchanged" in typed.out, str(typed))
    expect(checks, place, 0, "apply", "-f", EXAMPLES / "retry.yaml", says="retry")
    expect(checks, place, 0, "apply", "-f", "-", given=FAILING + "---" + PAYLOAD,
           says=["failing", "payload"])
    typed = expect(checks, place, 2, "apply", "-f", "-",
                   given=FAILING.replace("image: busybox", "imgae: busybox"),
                   says=["/jobs/bad/imgae", "image"])
    expect(checks, place, 2, "apply", "-f", EXAMPLES / "fallback.json", says="name")
    typed = expect(checks, place, 0, "get", "pipelines", says=["params", "retry", "failing"])
    checks.that("a table has a head", "VERSION" in typed.lines()[0], str(typed))
    got = expect(checks, place, 0, "get", "pipeline", "params", "-o", "json").json()
    checks.equal("its first version", got["version"], 1)
    changed = FAILING.replace("exit 3", "exit 4")
    expect(checks, place, 0, "apply", "-f", "-", given=changed)
    got = expect(checks, place, 0, "get", "pipeline", "failing", "-o", "json").json()
    checks.equal("a change is a version", got["version"], 2)
    expect(checks, place, 1, "run", "failing@1", "--watch", says="exit")
    expect(checks, place, 1, "run", "failing@9", says="version")
    expect(checks, place, 1, "get", "pipeline", "nobody", says="nobody")


def verdicts(checks, place):
    """run --watch: the exit code is the verdict; the examples behave as they say."""
    typed = expect(checks, place, 0, "run", "-f", EXAMPLES / "fallback.json", "--watch",
                   says=["first", "second", "succeeded", "skipped"])
    checks.that("piped watch lines are plain", "\x1b" not in typed.out, typed.out)
    last = typed.lines()[-1]
    checks.that("the verdict is the last line", re.match(r"run \S+ succeeded in ", last), last)
    typed = expect(checks, place, 1, "run", "failing", "--watch")
    checks.that("the failed job is named", "bad" in typed.lines()[-1], str(typed))
    typed = expect(checks, place, 0, "run", "params", "--param", "name=Ada", "--param", "times=3",
                   "--param", "shout=true", "--watch")
    log = expect(checks, place, 0, "logs", "@latest", "greet")
    checks.equal("the parameters came through", log.out, "HELLO, ADA\n" * 3, str(log))
    for words in (["params"], ["params", "--param", "name=x", "--param", "times=many"],
                  ["params", "--param", "name=x", "--param", "nobody=1"]):
        expect(checks, place, 2, "run", *words)
    typed = fairlead(place, "run", "retry", "--watch", seconds=60)
    checks.that("retry.yaml ends as it can", typed.code in (0, 1) and "clean-up" in typed.out,
                str(typed))
    expect(checks, place, 2, "run", "-f", "-", given='{"kind":"Pipeline","jobs":{"a":{}}}',
           says="/jobs/a")


def payloads(checks, place):
    """Payload from a file, from standard input, and bytes."""
    (place.folder / "body.json").write_text('{"day": "1 May ✓"}')
    expect(checks, place, 0, "run", "payload", "--payload", "body.json", "--watch")
    log = expect(checks, place, 0, "logs", "@latest", "show")
    checks.equal("the payload arrives", log.lines()[0], '{"day": "1 May ✓"}', str(log))
    names = {line.split("=")[0] for line in log.lines()[1:]}
    allowed = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"}
    odd = {name for name in names if not name.startswith("FAIRLEAD_")} - allowed
    checks.equal("the environment is an allow-list", odd, set())
    checks.that("no secret of the server is in it", place.server.token not in log.out)
    expect(checks, place, 0, "run", "payload", "--payload", "-", "--watch", given="from a pipe")
    checks.equal("from standard input", fairlead(place, "logs", "@latest", "show").lines()[0],
                 "from a pipe")
    (place.folder / "bytes").write_bytes(bytes(range(256)))
    spec = {"kind": "Pipeline", "jobs": {"sum": {
        "image": "x", "run": 'cksum <"$FAIRLEAD_PAYLOAD"; wc -c <"$FAIRLEAD_PAYLOAD"'}}}
    expect(checks, place, 0, "run", "-f", "-", "--payload", "bytes", "--watch",
           given=json.dumps(spec))
    checks.equal("bytes arrive whole", fairlead(place, "logs", "@latest", "sum").lines()[1], "256")
    expect(checks, place, 2, "run", "payload", "--payload", "nowhere")
    expect(checks, place, 2, "run", "-f", "-", "--payload", "-", given="{}")


def lists(checks, place):
    """get: states, labels, ids and their beginnings, every form of output."""
    typed = expect(checks, place, 0, "run", "failing", "--label", "who=me", "--label", "n=1")
    run = run_id(typed)
    checks.that("an id is printed", re.fullmatch(r"[0-9a-z]{26}", run), str(typed))
    expect(checks, place, 1, "get", "run", run, "--watch")
    for name in (run, run[:22], run.upper(), "@latest"):
        got = fairlead(place, "get", "run", name, "-o", "json")
        checks.that(f"get run {name}", got.code == 0 and got.json()["id"] == run, str(got))
    view = expect(checks, place, 0, "get", "run", run, "-o", "json").json()
    checks.equal("the labels", view["labels"], {"team": "infra", "who": "me", "n": "1"})
    checks.equal("the counts", view["jobs"], {"failed": 1, "skipped": 1})
    text = expect(checks, place, 0, "get", "run", run, "-o", "yaml").out
    checks.that("yaml is yaml", f"id: {run}" in text and "state: failed" in text, text)
    wide = expect(checks, place, 0, "get", "runs", "-o", "wide").lines()[0]
    narrow = expect(checks, place, 0, "get", "runs").lines()[0]
    checks.that("wide shows more", len(wide.split()) > len(narrow.split()), f"{wide}\n{narrow}")
    only = expect(checks, place, 0, "get", "runs", "--label", "who=me", "-o", "json").json()
    items = only["items"] if isinstance(only, dict) else only
    checks.equal("by label", [each["id"] for each in items], [run])
    typed = expect(checks, place, 0, "get", "runs", "--state", "failed", "--pipeline", "failing")
    checks.that("by state and pipeline", run in typed.out and "succeeded" not in typed.out, typed)
    expect(checks, place, 0, "get", "runs", "--since", "1h", "--until", "1m")
    expect(checks, place, 0, "get", "jobs", run, says=["bad", "failed", "after", "skipped"])
    expect(checks, place, 0, "get", "job", run, "bad", says="exit 4")
    expect(checks, place, 0, "get", "clusters", says=["local", "ready"])
    expect(checks, place, 0, "get", "agents", says="embedded")
    for words in (["get", "run", "zzz"], ["logs", "zzz"], ["cancel", "zzz"], ["explain", "zzz"]):
        typed = fairlead(place, *words)
        checks.that(f"{words}: no such run", typed.code in (1, 2) and "zzz" in typed.err,
                    str(typed))
    some = fairlead(place, "get", "run", run[:3])
    checks.that("too short a beginning names candidates", some.code == 2 and "begin" in some.err,
                str(some))


def reasons(checks, place):
    """explain, logs and cancel of runs that have ended."""
    expect(checks, place, 0, "run", "failing")
    expect(checks, place, 1, "get", "run", "@latest", "--watch")
    expect(checks, place, 0, "explain", "@latest", says=["failed", "bad"])
    expect(checks, place, 0, "explain", "@latest", "bad", says=["failed", "4"])
    expect(checks, place, 0, "explain", "@latest", "after", says=["skipped", "bad"])
    typed = expect(checks, place, 0, "explain", "@latest", "-o", "json")
    checks.that("as json", typed.json()["because"], str(typed))
    expect(checks, place, 1, "explain", "@latest", "nobody", says="nobody")
    log = expect(checks, place, 0, "logs", "@latest")
    checks.equal("all logs, with names", log.out, "bad | sorry\n", str(log))
    expect(checks, place, 0, "logs", "@latest", "bad", "--attempt", "1", says="sorry")
    expect(checks, place, 1, "logs", "@latest", "bad", "--attempt", "7")
    expect(checks, place, 0, "cancel", "@latest", says="failed")


def settings(checks, place):
    """config: values and where they come from; unknown ones are errors; secrets are not shown."""
    expect(checks, place, 0, "config", says=["listen", "127.0.0.1:8080", "default"])
    (place.folder / "settings.yaml").write_text("lease: 20s\nlogLevel: debug\n")
    typed = expect(checks, place, 0, "config", "--config", "settings.yaml", "--capacity", "3",
                   FAIRLEAD_LOG_FORMAT="json")
    rows = {line.split()[0]: line for line in typed.lines() if line.split()}
    for key, value, source in (("lease", "20s", "settings.yaml"), ("capacity", "3", "--capacity"),
                               ("log-format", "json", "FAIRLEAD_LOG_FORMAT")):
        row = rows.get(key, "")
        checks.that(f"config of {key}", value in row and source in row, str(typed))
    expect(checks, place, 0, "config", "-o", "json")
    expect(checks, place, 2, "config", FAIRLEAD_NONSENSE="1", says="FAIRLEAD_NONSENSE")
    (place.folder / "settings.yaml").write_text("leese: 20s\n")
    expect(checks, place, 2, "config", "--config", "settings.yaml", says=["leese", "lease"])
    expect(checks, place, 2, "config", "--lease", "1h", says="lease")
    expect(checks, place, 2, "server", "--lease", "soon", says="lease")
    typed = expect(checks, place, 0, "create", "agent", "--name", "n1", "--cluster", "c1")
    checks.that("a key alone on standard output", re.fullmatch(r"\S{30,}\n", typed.out), str(typed))


TESTS = (first_words, nowhere, pipelines, verdicts, payloads, lists, reasons, settings)
