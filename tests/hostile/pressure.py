"""More than is decent of what is allowed, while others work."""

import threading
import time

from api import EVENTS, RUNS, needs, pipeline, shell
from checks import until
from feed import Follower
from wire import Wire, exchange, head

DEAF_CLIENTS = 300
RUNS_MEANWHILE = 60
HALF_GONE = 300


def healthy_run(checks, api, name):
    run = api.submit(pipeline({"a": shell("echo from a"),
                               "b": shell("echo from b", dependsOn=[needs("a")])}))
    view = api.wait_final(run, 30)
    checks.equal(name, view["state"], "succeeded", repr(view))
    checks.equal(f"{name}: its log", api.whole_log(run, "b"), b"from b\n")


def deaf_followers(checks, _, server):
    """Hundreds of event streams that nobody reads, while runs go on."""
    api = server.api()
    first = api.submit(pipeline({"a": shell("true")}))
    api.wait_final(first)
    deaf = [Wire(server.port, receive_bytes=2048) for _ in range(DEAF_CLIENTS)]
    for wire in deaf:
        wire.send(head("GET", f"{EVENTS}?after=0", server.token))
    follower = Follower(server.port, server.token).start()
    fan = {f"leaf-{i}": shell("true", dependsOn=[needs("root")]) for i in range(5)}
    spec = pipeline({"root": shell("true"), **fan})
    started = time.monotonic()
    runs = [api.submit(spec) for _ in range(RUNS_MEANWHILE)]
    states = {api.wait_final(run, 60)["state"] for run in runs}
    checks.equal("the runs meanwhile", states, {"succeeded"})
    checks.note(f"{RUNS_MEANWHILE} runs beside {DEAF_CLIENTS} deaf clients took "
                f"{time.monotonic() - started:.1f} s")
    heard = follower.wait_for(lambda event: event.data["run"] == runs[-1]
                              and event.data["state"] == "succeeded")
    follower.stop()
    checks.that("a follower that reads hears everything", heard and not follower.faults,
                f"{len(follower.events)} events, {follower.faults}")
    for wire in deaf:
        wire.close()


def vanishing(checks, _, server):
    """Clients that leave in the middle of a request, an answer or a stream."""
    api = server.api()
    run = api.submit(pipeline({"a": shell("sleep 2; echo done")}))
    for i in range(HALF_GONE):
        with Wire(server.port) as wire:
            target = (EVENTS, f"{RUNS}/{run}/jobs/a/log?follow=true", RUNS, "/metrics")[i % 4]
            text = head("GET", target, server.token)
            wire.send(text if i % 3 else text[:len(text) // 2])

    def gone():
        text = api.get("/metrics").body.decode()
        line = next(each for each in text.split("\n")
                    if each.startswith("fairlead_http_connections "))
        return float(line.split()[1]) < 20
    until("their connections are gone", gone, 20)
    checks.equal("the run meanwhile", api.wait_final(run)["state"], "succeeded")


def too_many(checks, scratch, server):
    """More connections than there is room for, on a server with little room."""
    from programs import Server  # here, as nothing else of this file starts one
    small = Server(scratch, "small", "--connections-max", 20).start()
    held = [Wire(small.port) for _ in range(40)]
    told = [wire.read_to_end(1.0)[0] for wire in held[25:30]]
    checks.that("those beyond the limit are told or closed",
                all(not got or b" 503 " in got for got in told), repr(told))
    for wire in held:
        wire.close()
    until("there is room again", lambda: exchange(small.port, head("GET", "/healthz"))[0] == 200)
    checks.equal("a clean stop", small.stop(), 0)
    checks.that("the other server lives", server.alive())


def storms(checks, _, server):
    """Many callers do the same thing at once: one key one run, cancels that repeat, bad cancels."""
    api, ids, lock = server.api(), [], threading.Lock()
    body = {"spec": pipeline({"a": shell("sleep 30")})}

    def submit():
        answer = api.call("POST", RUNS, body, {"Idempotency-Key": "storm"})
        with lock:
            ids.append((answer.status, answer.json().get("id")))
    threads = [threading.Thread(target=submit) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checks.equal("30 submits of one key", len(set(ids)), 1, repr(ids))
    other = api.call("POST", RUNS, {**body, "labels": {"a": "b"}}, {"Idempotency-Key": "storm"})
    checks.equal("another request under the key", other.status, 422, str(other))
    for bad in ("", "x" * 300, "a\x7fb"):
        got = api.call("POST", RUNS, body, {"Idempotency-Key": bad or " "})
        checks.that(f"the key {bad[:5]!r}", got.status in (400, 422, 201), str(got))
        if got.status == 201:
            api.post(f"{RUNS}/{got.json()['id']}/cancel")
    run = ids[0][1]
    codes = {api.post(f"{RUNS}/{run}/cancel").status for _ in range(20)}
    checks.equal("20 cancels", codes, {200})
    checks.equal("the run", api.wait_final(run, 45)["state"], "canceled")
    missing = api.post(f"{RUNS}/01hzzzzzzzzzzzzzzzzzzzzzzz/cancel")
    checks.equal("a cancel of no run", missing.status, 404, str(missing))


TESTS = (deaf_followers, vanishing, too_many, storms)
