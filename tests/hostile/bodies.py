"""Bodies that are too large, too deep, or not what they say."""

import json

from api import PIPELINES, RUNS, needs, pipeline, shell
from wire import exchange, head

MIB = 1 << 20
JSON = {"Content-Type": "application/json"}
YAML = {"Content-Type": "application/yaml"}


def sizes(checks, _, server):
    """Bodies over the limit: announced, chunked, and by a stranger."""
    api, token = server.api(), server.token
    for length in (32 * MIB + 1, 10 ** 12, 10 ** 30):
        status, got = exchange(server.port, head("POST", RUNS, token, f"Content-Length: {length}"))
        checks.that(f"{length} bytes announced", status in (413, 400), got)
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    status, got = exchange(server.port, head("POST", RUNS, token, "Transfer-Encoding: chunked",
                                             "Content-Type: application/json") + chunk * 520)
    checks.that("33 MiB in chunks", status in (413, 0), got)
    status, got = exchange(server.port, head("POST", RUNS, token, "Transfer-Encoding: chunked")
                           + b"fffffffffffffff\r\n")
    checks.that("a chunk as large as the world", status in (413, 400), got)
    status, got = exchange(server.port, head("POST", RUNS, "x" * 40, f"Content-Length: {2 * MIB}"))
    checks.equal("2 MiB of a stranger", status, 413, got)
    small = api.call("POST", "/api/v1/agents", b" " * (65 << 10), JSON)
    checks.equal("65 KiB for a small route", small.status, 413, str(small))
    payload = api.post(RUNS, {"spec": pipeline({"a": shell("true")}), "payload": "x" * (257 << 10)})
    checks.equal("a payload over its limit", payload.status, 422, str(payload))
    script = api.post(RUNS, {"spec": pipeline({"a": shell("x" * (65 << 10))})})
    checks.equal("a script over its limit", script.status, 422, str(script))


def depth(checks, _, server):
    """Deep nesting, in JSON and in YAML."""
    api = server.api()
    for levels in (65, 1000, 100_000, 5_000_000):
        for text in ("[" * levels, "[" * levels + "]" * levels, '{"a":' * levels):
            got = api.call("POST", RUNS, text, JSON)
            checks.equal(f"{levels} levels of {text[:5]!r}", got.status, 400, str(got))
    for levels in (100, 5000, 100_000):
        for text in ("[" * levels, "- " * levels, "{a: " * levels, "? " * levels):
            got = api.call("POST", PIPELINES, text, YAML)
            checks.equal(f"{levels} levels of {text[:5]!r} in YAML", got.status, 400, str(got))
    stairs = "".join(" " * i + "a:\n" for i in range(2000))
    got = api.call("POST", PIPELINES, stairs, YAML)
    checks.equal("2,000 levels by indentation", got.status, 400, str(got))


def bombs(checks, _, server):
    """YAML that would grow without bounds."""
    api = server.api()
    laughs = "a0: &a0 [" + ",".join(["lol"] * 10) + "]\n" + "".join(
        f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    quadratic = "a: &a " + "x" * 1_000_000 + "\nb: [" + ",".join(["*a"] * 1000) + "]\n"
    others = {"a billion laughs": laughs, "a quadratic blow-up": quadratic,
              "an alias to itself": "a: &a [*a]\n", "a merge key": "a: &a {b: 1}\nc: {<<: *a}\n",
              "an unknown alias": "a: *nope\n",
              "a tag of a language": "!!python/object:os.system x",
              "many documents": "---\na: 1\n" * 2000, "a key given twice": "a: 1\na: 2\n",
              "a key that is a list": "? [a]\n: 1\n", "a tab": "a:\n\t- b\n",
              "many anchors": "".join(f"a{i}: &x{i} 1\n" for i in range(100_000)),
              "an open quote": 'a: "' + "x" * 100_000, "directives": "%YAML 9.9\n---\na: 1\n"}
    for name, text in others.items():
        got = api.call("POST", PIPELINES, text, YAML)
        checks.that(f"{name} is refused", got.status in (400, 422), str(got))
        checks.that(f"{name}: the refusal is short", len(got.body) < 50_000, f"{len(got.body)}")


def texts(checks, _, server):
    """Bytes that are no text, and text that is no JSON."""
    api = server.api()
    spec = json.dumps({"spec": pipeline({"a": shell("echo MARK")})}).encode()
    for raw in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x00",
                b"\x01", b"\n", b"\x7f\x80"):
        got = api.call("POST", RUNS, spec.replace(b"MARK", raw), JSON)
        checks.equal(f"the bytes {raw!r} in a text", got.status, 400, str(got))
    nul = api.call("POST", RUNS, spec.replace(b"MARK", b"\\u0000"), JSON)
    checks.equal("an escaped NUL in a script", nul.status, 422, str(nul))
    half = api.call("POST", RUNS, spec.replace(b"MARK", b"\\ud800"), JSON)
    checks.that("half a surrogate pair", half.status in (400, 422), str(half))
    for raw in (b"{", b'{"spec":}', b"{'spec':1}", b'{"a":1,}', b"NaN", b'{"spec":1} x',
                b"\xef\xbb\xbf{}", b'{"a":01}', b'{"a":1e999}', b'{"a":-}', b'"\\x"', b"//\n{}"):
        got = api.call("POST", RUNS, raw, JSON)
        checks.that(f"{raw!r} is refused", got.status in (400, 422), str(got))
    for name in ("a\nb", "a\rb", "a\tb", "\u202e", "a" * 300, "emoji\U0001f600"):
        got = api.post(RUNS, {"spec": pipeline({name: shell("true")})})
        checks.equal(f"a job called {name[:10]!r}", got.status, 422, str(got))
    label = api.post(RUNS, {"spec": pipeline({"a": shell("true")}), "labels": {"a": "x\x00y"}})
    checks.equal("a NUL in a label", label.status, 422, str(label))


def many_jobs(checks, _, server):
    """100,000 jobs in one submit, cancelled; a job more is refused."""
    api = server.api()
    jobs = {"first": shell("sleep 100")}
    jobs.update({f"j{i}": shell("true", dependsOn=[needs("first")]) for i in range(99_999)})
    answer = api.call("POST", RUNS, {"spec": pipeline(jobs)}, seconds=60)
    if not checks.equal("100,000 jobs are accepted", answer.status, 201, str(answer)):
        return
    run = answer.json()["id"]
    got = api.call("POST", f"{RUNS}/{run}/cancel", {}, seconds=60)
    checks.equal("they are cancelled", got.status, 200, str(got))
    view = api.wait_final(run, 60)
    checks.equal("their run", (view["state"], view["jobs"]), ("canceled", {"canceled": 100_000}))
    jobs["one-more"] = shell("true")
    got = api.call("POST", RUNS, {"spec": pipeline(jobs)}, seconds=60)
    checks.equal("100,001 jobs are refused", got.status, 422, str(got))


def many_edges(checks, _, server):
    """1,000,001 dependencies are refused, and so are too many variables, labels and words."""
    api = server.api()
    edges = [needs(f"b{i}") for i in range(1000)]
    jobs = {f"b{i}": shell("true") for i in range(1000)}
    jobs.update({f"c{i}": shell("true", dependsOn=edges) for i in range(1000)})
    jobs["last"] = shell("true", dependsOn=[needs("b0")])
    got = api.call("POST", RUNS, {"spec": pipeline(jobs)}, seconds=60)
    checks.equal("1,000,001 dependencies are refused", got.status, 422, str(got))
    checks.that("the limit is told", "1000000" in got.body.decode().replace(",", ""), str(got))
    env = [{"name": f"V{i}", "value": "x"} for i in range(201)]
    for what, spec in (("variables", pipeline({"a": shell("true", env=env)})),
                       ("labels", pipeline({"a": shell("true")},
                                           labels={f"l{i}": "x" for i in range(65)})),
                       ("params", pipeline({"a": shell("true")},
                                           params={f"p{i}": {} for i in range(201)})),
                       ("words", pipeline({"a": {"image": "x", "command": ["x"] * 1001}}))):
        got = api.post(RUNS, {"spec": spec})
        checks.equal(f"too many {what}", got.status, 422, str(got))
    many = pipeline({f"BAD{i}": {} for i in range(5000)})
    got = api.post(RUNS, {"spec": many})
    checks.that("10,000 faults make a bounded answer", got.status == 422
                and len(got.body) < 100_000, f"{got.status}, {len(got.body)} bytes")


TESTS = (sizes, depth, bombs, texts, many_jobs, many_edges)
