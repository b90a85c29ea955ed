"""Bytes that are no HTTP, clients that are slow, and connections that come to nothing."""

import random
import re
import threading
import time

from api import RUNS
from wire import Wire, exchange, head, status_of

SLOW_CLIENTS = 25
IDLE_CONNECTIONS = 200
HEALTHY_SECONDS_MAX = 1.0
PATIENCE = 30


def garbage(checks, _, server):
    """Garbage, other protocols and smuggling."""
    rng = random.Random(4)
    port, token = server.port, server.token
    auth = f"Authorization: Bearer {token}"
    cases = {
        "random bytes": rng.randbytes(4000), "NULs": b"\0" * 4000, "a line": b"hello\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(500),
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/0.9": b"GET /healthz\r\n\r\n",
        "HTTP/3.7": b"GET /healthz HTTP/3.7\r\nHost: x\r\n\r\n",
        "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
        "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "a bare LF": b"GET /healthz HTTP/1.1\nHost: x\n\n",
        "a folded line": b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "a space before the colon": b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n",
        "two lengths": head("POST", RUNS, token, "Content-Length: 2", "Content-Length: 3") + b"{}",
        "a negative length": head("POST", RUNS, token, "Content-Length: -1"),
        "a length and chunks": head("POST", RUNS, token, "Content-Length: 5",
                                    "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        "an odd coding": head("POST", RUNS, token, "Transfer-Encoding: gzip, chunked"),
        "a bad chunk": head("POST", RUNS, token, "Transfer-Encoding: chunked") + b"zz\r\n",
        "a NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
        "an absolute other host":
            f"GET http://evil/ HTTP/1.1\r\nHost: x\r\n{auth}\r\n\r\n".encode(),
    }
    for name, data in cases.items():
        status, got = exchange(port, data)
        checks.that(f"{name}: refused or closed", status in (0, 400, 404, 405, 422, 501, 505), got)
        checks.that(f"{name}: answered once", len(re.findall(rb"HTTP/1\.1 \d{3} ", got)) <= 1, got)


def headers(checks, _, server):
    """Floods of headers."""
    port, token = server.port, server.token
    for name, fields in (("200 headers", [f"X-{i}: y" for i in range(200)]),
                         ("a header of 20 KiB", ["X: " + "y" * (20 << 10)]),
                         ("100,000 headers", ["A: b"] * 100_000),
                         ("a header of 10 MiB", ["X: " + "y" * (10 << 20)])):
        status, got = exchange(port, head("GET", "/healthz", token, *fields))
        checks.that(f"{name}: refused", status in (431, 400, 0), got)
    status, got = exchange(port, head("GET", "/healthz?" + "x" * 20_000, token))
    checks.that("a target of 20 KB: refused", status in (414, 431, 400, 0), got)
    query = "&".join(f"a{i}=1" for i in range(2000))
    status, got = exchange(port, head("GET", f"{RUNS}?{query}", token))
    checks.that("2,000 query parameters: refused", status in (400, 414, 431), got)


def paths(checks, _, server):
    """Paths that climb, and escapes that are none."""
    port, token = server.port, server.token
    for target in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/../../token",
                   f"{RUNS}/..%2f..%2ftoken", f"{RUNS}/%2e%2e", f"{RUNS}/%00", f"{RUNS}/%ff",
                   f"{RUNS}/%zz", f"{RUNS}/%", f"{RUNS}/%4", f"{RUNS}?cursor=%", f"{RUNS}?limit=-1",
                   f"{RUNS}?limit=1e9", f"{RUNS}?limit=501", f"{RUNS}?state=nope", f"{RUNS}?x=1",
                   f"{RUNS}?limit=1&limit=2", f"{RUNS}?since=yesterday", f"{RUNS}?cursor=AAAA",
                   f"{RUNS}/{'x' * 5000}", f"{RUNS}/x/jobs/../../x", "//healthz", "/healthz/",
                   "/api/v1/projects/other/runs", "/api/v1/projects//runs", "*",
                   f"{RUNS}?label=novalue", "/api/v1/clusters/%27%3B--", "/link/v1/pull?epoch=-1"):
        status, got = exchange(port, head("GET", target, token))
        checks.that(f"GET {target[:60]}: refused", 400 <= status < 500, got)
    for verb in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"):
        status, got = exchange(port, head(verb, RUNS, token, "Content-Length: 0"))
        checks.that(f"{verb} on runs: not possible", status in (405, 400, 404, 501), got)


def healthy_while(server, busy):
    """The slowest of the requests of a healthy client while `busy` is alive; each is answered."""
    slowest, failures, api = 0.0, [], server.api()
    while busy.is_alive():
        started = time.monotonic()
        for path in ("/healthz", "/readyz", f"{RUNS}?limit=5"):
            answer = api.call("GET", path)
            if answer.status != 200:
                failures.append(f"{path}: {answer}")
        slowest = max(slowest, (time.monotonic() - started) / 3)
        busy.join(0.05)
    return slowest, failures


def drip(port, token, kind, ended):
    """A client that sends a byte now and then until it is thrown out."""
    text = head("POST", RUNS, token, "Content-Length: 1000000")
    wire = Wire(port)
    wire.send(text[:20] if kind == "head" else text)
    deadline = time.monotonic() + PATIENCE
    while not wire.closed() and time.monotonic() < deadline:
        if not wire.send(b"X" if kind == "head" else b" "):
            break
        time.sleep(0.2)
    ended.append((kind, deadline - time.monotonic() > 0, status_of(wire.got)))
    wire.close()


def slow_clients(checks, _, server):
    """Slow heads and slow bodies beside silent connections; a healthy client stays fast."""
    ended = []
    silent = [Wire(server.port) for _ in range(IDLE_CONNECTIONS)]
    half = [Wire(server.port) for _ in range(20)]
    for wire in half:
        wire.send(head("POST", RUNS, server.token, "Content-Length: 10")[:-2])
    drips = [threading.Thread(target=drip, args=(server.port, server.token, kind, ended))
             for kind in ("head", "body") for _ in range(SLOW_CLIENTS)]
    for thread in drips:
        thread.start()

    def wait():
        for thread in drips:
            thread.join()
    busy = threading.Thread(target=wait)
    busy.start()
    slowest, failures = healthy_while(server, busy)
    checks.none("a healthy client was not served", failures)
    checks.note(f"the slowest answer to a healthy client took {slowest * 1000:.0f} ms")
    checks.that("a healthy client stays fast", slowest < HEALTHY_SECONDS_MAX, f"{slowest:.2f} s")
    checks.none("a slow client was not thrown out", [each for each in ended if not each[1]])
    checks.none("a slow client was not told 408", [each for each in ended if each[2] != 408])
    late = [wire for wire in [*silent, *half] if not wire.read_to_end(5)[1]]
    checks.none("a silent connection is still open", late)
    for wire in [*silent, *half]:
        wire.close()


TESTS = (garbage, headers, paths, slow_clients)
