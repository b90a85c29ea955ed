"""The gate: each fault is what it says, and an effect is there exactly when it should be."""

import http.client
import json
import ssl
import threading
import time
import urllib.parse

from api import AWAY, Answer
from checks import until
from kube import path_of


class Half(Exception):
    """An answer that began and did not come to its end."""


def call(gate, verb, path, body=None, seconds=3.0, token=""):
    """One request through a gate."""
    parts = urllib.parse.urlsplit(gate.url)
    if gate.certificate:
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=seconds,
            context=ssl.create_default_context(cafile=gate.certificate))
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)
    sent = {"Content-Type": "application/json"}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    try:
        connection.request(verb, "/" + path, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        try:
            body = response.read()
        except AWAY as failure:
            raise Half(f"{response.status}, then {failure!r}") from failure
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, body)
    finally:
        connection.close()


def create(gate, name):
    return call(gate, "POST", path_of("configmaps"), {"kind": "ConfigMap", "apiVersion": "v1",
                                                      "metadata": {"name": name}})


def fault(checks, what, gate, name, wanted):
    """A create that ends in no answer; `wanted` is what kind of end."""
    try:
        answer = create(gate, name)
        checks.that(f"{what} has no answer", False, answer)
    except TimeoutError:
        checks.equal(what, "nothing", wanted)
    except ConnectionResetError:
        checks.equal(what, "reset", wanted)
    except Half:
        checks.equal(what, "half", wanted)
    except AWAY as failure:
        checks.equal(what, repr(failure), wanted)


def it_passes(checks, scratch, cluster):
    with cluster.gate(scratch) as gate:
        checks.equal("the caller is the admin", create(gate, "passed").status, 201)
        checks.equal("it is there", bool(cluster.kube.get("configmaps", "passed")), True)
        checks.equal("a bad token is passed on", call(gate, "GET", "api/v1/nodes",
                                                      token="no").status, 401)
        checks.equal("it counts by kind", gate.counts(), {"create configmaps": 1, "list nodes": 1})
        kubeconfig = gate.write_kubeconfig(scratch / "gate.kubeconfig")
        checks.that("its kubeconfig leads to it", gate.url in kubeconfig.read_text())
    with cluster.gate(scratch, tls=True, name="tls") as gate:
        checks.equal("over TLS", call(gate, "GET", path_of("configmaps", "passed")).status, 200)


def it_breaks(checks, scratch, cluster):
    def there(name):
        return bool(cluster.kube.get("configmaps", name))
    with cluster.gate(scratch) as gate:
        for action, when, wanted, effect in (
                ("drop", "before", "nothing", False), ("drop", "after", "nothing", True),
                ("reset", "before", "reset", False), ("reset", "after", "reset", True),
                ("reset", "middle", "half", True)):
            name = f"{action}-{when}"
            rule = gate.rule(action, what="create configmaps", when=when, times=1)
            fault(checks, name, gate, name, wanted)
            checks.equal(f"{name}: the write took effect", there(name), effect)
            checks.equal(f"{name}: once", (gate.fired(rule), create(gate, f"{name}-2").status),
                         (1, 201))
            gate.clear()
        log = [(each["action"], each["when"], each["status"]) for each in gate.log()]
        checks.equal("it says what it did", log, [
            ("drop", "before", 0), ("drop", "after", 201), ("reset", "before", 0),
            ("reset", "after", 201), ("reset", "middle", 201)])


def it_answers(checks, scratch, cluster):
    with cluster.gate(scratch) as gate:
        for status, when in ((409, "before"), (410, "before"), (429, "before"), (500, "before"),
                             (504, "after")):
            name = f"answer-{status}"
            gate.rule("answer", method="POST", path="/configmaps", status=status, when=when,
                      retry_after=7 if status == 429 else 0, times=1)
            answer = create(gate, name)
            checks.equal(name, (answer.status, answer.json()["code"]), (status, status))
            checks.equal(f"{name}: the write took effect", bool(cluster.kube.get(
                "configmaps", name)), when == "after")
            if status == 429:
                checks.equal("Retry-After", answer.header("retry-after"), "7")
        checks.equal("a spent rule is spent", create(gate, "answered").status, 201)
        gate.rule("answer", status=500, probability=0.5, seed=3)
        first = [call(gate, "GET", "version").status for _ in range(20)]
        gate.clear()
        gate.rule("answer", status=500, probability=0.5, seed=3)
        checks.equal("a seed repeats", [call(gate, "GET", "version").status for _ in range(20)],
                     first)
        checks.equal("some pass, some do not", set(first), {200, 500})


def it_is_slow(checks, scratch, cluster):
    with cluster.gate(scratch) as gate:
        gate.rule("delay", milliseconds=300, times=1)
        started = time.monotonic()
        answer = call(gate, "GET", "version")
        checks.that("a delay", time.monotonic() - started >= 0.3 and answer.status == 200)
        gate.rule("slice", bytes=100, milliseconds=20, times=1)
        started = time.monotonic()
        answer = call(gate, "GET", "version")
        checks.that("slices take their time, and all arrives", time.monotonic() - started >= 0.05
                    and answer.json()["major"] == "1", answer)


def watches_end(checks, scratch, cluster):
    """A watch is closed after a time: decently, with 410, or by a reset."""
    def watch(gate, found):
        try:
            answer = call(gate, "GET", path_of("configmaps") + "?watch=1", seconds=10)
            found.append(answer.body.decode())
        except Half:
            found.append("half")
    with cluster.gate(scratch) as gate:
        for action, when in (("close", "before"), ("expire", "before"), ("reset", "middle")):
            found, name = [], f"watched-{action}"
            gate.rule(action, what="watch configmaps", when=when, milliseconds=1000, times=1)
            watcher = threading.Thread(target=watch, args=(gate, found))
            watcher.start()
            cluster.kube.create({"kind": "ConfigMap", "apiVersion": "v1",
                                 "metadata": {"name": name}})
            watcher.join(10)
            if action == "reset":
                checks.equal("a watch that is reset", found, ["half"])
                continue
            told = [json.loads(line) for line in found[0].splitlines()]
            checks.that(f"{action}: what came before was seen", any(
                each["object"]["metadata"].get("name") == name for each in told), found)
            if action == "expire":
                checks.equal("the last word is 410", (told[-1]["type"], told[-1]["object"]["code"]),
                             ("ERROR", 410))


def it_survives_the_other_side(checks, scratch, cluster):
    with cluster.gate(scratch) as gate:
        cluster.stop("apiserver")
        checks.equal("an API server that is away is 502", call(gate, "GET", "version").status, 502)
        cluster.start("apiserver")
        until("it is back", lambda: call(gate, "GET", "readyz").status == 200, 60, 0.2)


TESTS = (it_passes, it_breaks, it_answers, it_is_slow, watches_end, it_survives_the_other_side)
