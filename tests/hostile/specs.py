"""Pipelines that are wrong in every way: all faults at once, each with its place."""

import copy

from api import PIPELINES, RUNS, needs, pipeline, shell

# Planned fields, by where they stand.
PLANNED = {
    "": ("apiVersion", "metadata", "concurrency", "schedule", "triggers", "notify", "secrets"),
    "/jobs/a": ("matrix", "when", "pool", "priority", "outputs", "artifacts", "services", "cache",
                "secrets", "sidecars"),
}


def refused(checks, name, answer, status=422):
    """The pointers of a refusal, and its text."""
    checks.equal(f"{name}: status", answer.status, status, str(answer))
    if answer.status >= 400:
        kind = answer.header("Content-Type").split(";")[0]
        checks.equal(f"{name}: it is a problem", kind, "application/problem+json", str(answer))
        body = answer.json()
        return {each["pointer"]: each["detail"] for each in body.get("errors", [])}, body
    return {}, {}


def one_pipeline(**more):
    return pipeline({"a": shell("true", **more)})


def every_type(checks, _, server):
    """A wrong type in every field: all of them are named at once."""
    bad = [1]  # fits no field but lists, which get a text
    job = {"image": bad, "run": bad, "command": "x", "args": "x",
           "env": [{"name": bad, "value": bad}, {"name": "B", "valueFrom": {"param": bad}}],
           "resources": {"requests": {"cpu": bad}, "limits": bad},
           "timeouts": {"queue": bad, "start": True, "run": {}},
           "retry": {"attempts": "x", "on": "exit",
                     "backoff": {"initial": bad, "max": bad, "factor": bad, "jitter": bad}},
           "dependsOn": [{"job": bad, "conditions": {"success": "x", "failure": 1,
                                                     "always": None}}]}
    pod = {"workload": "deployment", "completions": -1, "parallelism": "x", "completionMode": bad,
           "nodeSelector": {"a": bad}, "tolerations": [{"effect": "x"}], "volumes": {},
           "volumeMounts": [{"name": "v", "mountPath": bad}], "serviceAccountName": bad,
           "imagePullSecrets": [{"name": bad}], "imagePullPolicy": "x", "workingDir": bad,
           "envFrom": [{"secretRef": {"name": bad}}], "securityContext": {"runAsUser": "0"},
           "priorityClassName": bad, "podTemplate": {"spec": {"hostNetwork": "yes"}},
           "protect": "x", "keepPods": "forever", "keepLogs": "forever",
           "onUnreachable": {"after": bad, "then": "x"},
           "placement": {"clusters": bad, "labels": bad}}
    spec = {"kind": bad, "name": bad, "labels": {"a": bad}, "timeout": bad,
            "params": {"p": {"type": "weird", "required": "x", "description": bad}},
            "jobs": {"a": job | pod}, "finally": {"z": copy.deepcopy(job)}}
    answer = server.api().post(RUNS, {"spec": spec, "labels": bad, "params": bad, "payload": bad,
                                      "version": "x"})
    pointers, _ = refused(checks, "wrong types of a request", answer)
    wanted = {"/labels", "/params", "/payload", "/version"}
    checks.that("the request's own fields are named", wanted <= set(pointers), str(answer))
    answer = server.api().post(RUNS, {"spec": spec})
    pointers, _ = refused(checks, "wrong types of a pipeline", answer)
    inner = ["image", "run", "command", "args", "env/0/name", "env/0/value",
             "env/1/valueFrom/param", "resources/requests/cpu", "resources/limits",
             "timeouts/queue", "timeouts/start", "timeouts/run", "retry/attempts", "retry/on",
             "retry/backoff/initial", "retry/backoff/max", "retry/backoff/factor",
             "retry/backoff/jitter", "dependsOn/0/job", "dependsOn/0/conditions/success",
             "dependsOn/0/conditions/failure"]
    of_pod = ["workload", "completions", "parallelism", "completionMode", "nodeSelector/a",
              "tolerations/0/effect", "volumes", "volumeMounts/0/mountPath", "serviceAccountName",
              "imagePullSecrets/0/name", "imagePullPolicy", "workingDir",
              "envFrom/0/secretRef/name", "securityContext/runAsUser", "priorityClassName",
              "podTemplate/spec/hostNetwork", "protect", "keepPods", "keepLogs",
              "onUnreachable/after", "onUnreachable/then", "placement/clusters/0",
              "placement/labels"]
    wanted = {f"/spec/{each}" for each in ("kind", "name", "labels/a", "timeout", "params/p/type",
                                           "params/p/required", "params/p/description")}
    wanted |= {f"/spec/{at}/{each}" for at in ("jobs/a", "finally/z") for each in inner}
    wanted |= {f"/spec/jobs/a/{each}" for each in of_pod}
    checks.equal("every wrong type is named", sorted(wanted - set(pointers)), [], str(answer))


def whole_values(checks, _, server):
    """Not even an object, or nothing at all."""
    api = server.api()
    for body in ("", "null", "[]", "7", '"x"', "true", "{}", '{"spec":null}', '{"spec":[]}',
                 '{"spec":"x"}', '{"spec":{}}', '{"pipeline":""}', '{"pipeline":{},"spec":{}}'):
        answer = api.call("POST", RUNS, body, {"Content-Type": "application/json"})
        checks.that(f"a run of {body!r} is refused", answer.status in (400, 404, 422), str(answer))
    both = api.post(RUNS, {"pipeline": "x", "spec": one_pipeline()})
    checks.equal("a name and a spec", both.status, 422, str(both))
    for path in (RUNS, PIPELINES):
        other = api.call("POST", path, "kind=Pipeline",
                         {"Content-Type": "application/x-www-form-urlencoded"})
        checks.equal(f"a form sent to {path}", other.status, 415, str(other))


def names_of_fields(checks, _, server):
    """Unknown fields, planned fields and fields that are nearly right."""
    api = server.api()
    for at, names in PLANNED.items():
        spec = one_pipeline()
        target = spec["jobs"]["a"] if at else spec
        target.update({name: {} for name in names})
        pointers, _ = refused(checks, f"planned fields at {at!r}", api.post(RUNS, {"spec": spec}))
        told = {name for name in names
                if "not supported yet" in pointers.get(f"/spec{at}/{name}", "")}
        checks.equal(f"planned fields at {at!r}", told, set(names), repr(pointers))
    spec = one_pipeline(dependson=[], Image="x")
    spec.update({"job": {}, "JOBS": {}, "a/b~c": 1, "": 1})
    pointers, _ = refused(checks, "unknown fields", api.post(RUNS, {"spec": spec}))
    wanted = {"/spec/jobs/a/dependson", "/spec/jobs/a/Image", "/spec/job", "/spec/JOBS",
              "/spec/a~1b~0c", "/spec/"}
    checks.equal("unknown fields are named", wanted - set(pointers), set(), repr(pointers))
    checks.that("a near miss is helped", "dependsOn" in pointers.get("/spec/jobs/a/dependson", ""),
                repr(pointers))
    twice = api.call("POST", RUNS, '{"spec":{"kind":"Pipeline","kind":"Pipeline","jobs":{}}}',
                     {"Content-Type": "application/json"})
    checks.equal("a member given twice", twice.status, 400, str(twice))


def values(checks, _, server):
    """Values of the right type that cannot be."""
    spec = pipeline({
        "Bad_Name": shell("true"), "-x": shell("true"), "x" * 64: shell("true"),
        "both": shell("true", command=["a"]), "spaces": {"image": "a b", "run": "true"},
        "empty": {"image": "", "run": "true"}, "nul": shell("a\x00b"),
        "env": shell("true", env=[{"name": "1BAD", "value": "x"}, {"name": "A", "value": "x"},
                                  {"name": "A", "value": "y"}, {"name": "FAIRLEAD_X", "value": ""},
                                  {"name": "P", "valueFrom": {"param": "nope"}}]),
        "more": shell("true", timeouts={"run": -1, "queue": "9999d", "start": 0},
                      retry={"attempts": 0, "on": ["oops"],
                             "backoff": {"initial": "2m", "max": "1m", "factor": 0.5,
                                         "jitter": 2}}),
        "quantity": shell("true", resources={"requests": {"cpu": "lots", "tea": "1"}}),
        "self": shell("true", dependsOn=[needs("self")]),
        "unknown": shell("true", dependsOn=[needs("nobody")]),
        "twice": shell("true", dependsOn=[needs("self"), needs("self")]),
        "unclear": shell("true", dependsOn=[{"job": "self", "conditions": {
            "success": True, "failure": True}}])},
        name="No Name", labels={"bad key!": "x", "ok": "bad value!" * 20},
        params={"p": {"required": True, "default": "x"}, "q": {"type": "integer",
                                                               "default": "x"}}, timeout="0s")
    answer = server.api().post(RUNS, {"spec": spec})
    pointers, _ = refused(checks, "impossible values", answer)
    checks.that("most of them are told at once", len(pointers) >= 12, str(answer))
    single = 0
    for name, job in spec["jobs"].items():
        got = server.api().post(RUNS, {"spec": pipeline({name: job})})
        single += checks.equal(f"the job {name[:20]!r} by itself", got.status, 422, str(got))
    checks.that("each is refused by itself", single == len(spec["jobs"]))


def cycles(checks, _, server):
    """Cycles are named, in a small pipeline and behind a long chain."""
    api = server.api()
    ring = pipeline({"a": shell("true", dependsOn=[needs("c")]),
                     "b": shell("true", dependsOn=[needs("a")]),
                     "c": shell("true", dependsOn=[needs("b")]), "free": shell("true")})
    answer = api.post(RUNS, {"spec": ring})
    _, body = refused(checks, "a cycle", answer)
    text = str(body)
    ways = [f"{x} → {y}" for x, y in ("ac", "cb", "ba")]
    checks.that("the cycle is named", all(way in text for way in ways), str(answer))
    checks.that("who is not in it is not named", "free" not in text, str(answer))
    jobs = {f"j{i}": shell("true", dependsOn=[needs(f"j{i - 1}")] if i else [needs("j49999")])
            for i in range(50_000)}
    answer = api.post(RUNS, {"spec": pipeline(jobs)})
    refused(checks, "a cycle of 50,000 jobs", answer)
    checks.that("its refusal is short", len(answer.body) < 20_000, f"{len(answer.body)} bytes")
    inside = pipeline({"a": shell("true")})
    inside["finally"] = {"f": shell("true", dependsOn=[needs("a")]), "a": shell("true")}
    pointers, _ = refused(checks, "finally that depends on a job", api.post(RUNS,
                                                                           {"spec": inside}))
    checks.that("both faults are told", len(pointers) >= 1, repr(pointers))


TESTS = (every_type, whole_values, names_of_fields, values, cycles)
