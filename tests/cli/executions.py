"""kube-job-runner's API, byte for byte, as its sources say."""

import re
import uuid

from api import pipeline, run_of, shell
from checks import until

ENDED = ("Succeeded", "Failed")


def ask(place, verb, path, body=None):
    """A request as curl sends it, with a token."""
    return place.api().call(verb, path, body,
                            {"Content-Type": "application/x-www-form-urlencoded"})


def an_execution(checks, place):
    """POST /execute, then its callbackUrl until it has ended, as the original's own test does."""
    answer = ask(place, "POST", "/execute",
                 '{"image": "igorsechyn/samplejob", "tag": "1.0.0", "timeout": 600000}')
    checks.equal("accepted", answer.status, 200, str(answer))
    checks.equal("its type", answer.header("Content-Type"), "application/json")
    said = re.fullmatch(rb'\{"callbackUrl":"(/execution/(\S{36}))"\}\n?', answer.body)
    if not checks.that("the answer, byte for byte", said, str(answer)):
        return
    path, name = (each.decode() for each in said.groups())
    checks.equal("its name is a UUID as the original's", (str(uuid.UUID(name)),
                 uuid.UUID(name).version, uuid.UUID(name).variant), (name, 4, uuid.RFC_4122))
    until("it has ended", lambda: ask(place, "GET", path).json()["Status"] in ENDED)
    shown = ask(place, "GET", path)
    # On this host there are no images, and so no program of an image.
    checks.equal("its end, byte for byte", shown.body.decode().rstrip("\n"),
                 '{"Image":"igorsechyn/samplejob","Tag":"1.0.0",'
                 f'"Name":"{name}","Status":"Failed","Timeout":600000}}')
    checks.equal("in upper case it is the same", ask(
        place, "GET", f"/execution/{name.upper()}").body, shown.body)
    run = place.api().run(run_of(path))
    checks.equal("it is a run as others are", (run["origin"], run["state"], run["jobsTotal"]),
                 ("execute", "failed", 1), run)


def refusals(checks, place):
    """Refusals are 400 with the place, 404, 405, and 401 without a token."""
    def problem(name, answer, status, *places):
        checks.equal(f"{name}: status", answer.status, status, str(answer))
        body = answer.json()
        checks.equal(f"{name}: its type", answer.header("Content-Type"),
                     "application/problem+json")
        checks.equal(f"{name}: places", [each["pointer"] for each in body.get("errors", [])],
                     list(places), str(answer))
    problem("no JSON", ask(place, "POST", "/execute", b"{"), 400)
    problem("an unknown field", ask(
        place, "POST", "/execute", b'{"image":"x","tag":"1","tmeout":1}'), 400, "/tmeout")
    problem("a tag in two places", ask(
        place, "POST", "/execute", b'{"image":"x:1","tag":"2"}'), 400, "/image")
    problem("an unknown one", ask(place, "GET", f"/execution/{uuid.uuid4()}"), 404)
    problem("no UUID", ask(place, "GET", "/execution/nope"), 404)
    run = place.api().submit(pipeline({"a": shell("true")}))
    problem("a run of another origin", ask(place, "GET", f"/execution/{run}"), 404)
    problem("another verb", ask(place, "GET", "/execute"), 405)
    stranger = place.api().call("POST", "/execute", '{"image":"x","tag":"1"}',
                                {"Authorization": None})
    problem("no token", stranger, 401)


def healthcheck(checks, place):
    """GET /healthcheck is 200 and empty, for everybody."""
    answer = place.api().call("GET", "/healthcheck", headers={"Authorization": None})
    checks.equal("status and body", (answer.status, answer.body), (200, b""), str(answer))


TESTS = (an_execution, refusals, healthcheck)
