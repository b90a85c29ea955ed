"""chainr's API, byte for byte, as its README and its sources say."""

import json
import re

from api import pipeline, shell
from shell import EXAMPLES


def ask(place, verb, path, body=None):
    """A request as curl sends it, with a token."""
    return place.api().call(verb, path, body,
                            {"Content-Type": "application/x-www-form-urlencoded"})


def a_run(checks, place):
    """POST /api/runs of chainr's own example, until it has ended."""
    answer = ask(place, "POST", "/api/runs", (EXAMPLES / "fallback.json").read_bytes())
    checks.equal("accepted", answer.status, 202, str(answer))
    checks.equal("its type", answer.header("Content-Type"), "application/json")
    uid = answer.json()["metadata"]["uid"]
    link = f'"metadata":{{"selfLink":"/api/runs/{uid}","uid":"{uid}"}}'
    shape = (r'\{"kind":"Run",' + re.escape(link) + r',"status":"(PENDING|RUNNING)","jobs":\['
             r'\{"name":"first","status":"(PENDING|RUNNING)"\},'
             r'\{"name":"second","status":"(PENDING|RUNNING)"\},'
             r'\{"name":"success","status":"PENDING"\},\{"name":"error","status":"PENDING"\}\]\}')
    text = answer.body.decode().rstrip("\n")
    checks.that("the answer, byte for byte", re.fullmatch(shape, text), text)
    place.api().wait_final(uid)
    ended = ask(place, "GET", f"/api/runs/{uid}")
    wanted = (f'{{"kind":"Run",{link},"status":"SUCCESSFUL","jobs":['
              '{"name":"first","status":"SUCCESSFUL"},{"name":"second","status":"SUCCESSFUL"},'
              '{"name":"success","status":"SUCCESSFUL"},{"name":"error","status":"SKIPPED"}]}')
    checks.equal("its end, byte for byte", ended.body.decode().rstrip("\n"), wanted)
    listed = ask(place, "GET", "/api/runs")
    checks.that("the list begins with it",
                listed.body.decode().startswith('{"kind":"RunList","items":[' + wanted),
                str(listed))


def resources(checks, place):
    """GET /api."""
    answer = ask(place, "GET", "/api")
    checks.equal("status", answer.status, 200)
    body = answer.json()
    checks.equal("kind and link", (body["kind"], body["metadata"]),
                 ("APIResourceList", {"selfLink": "/api"}))
    checks.equal("runs", body["resources"]["runs"]["url"], "/api/runs")
    checks.equal("its members", list(body["resources"]["runs"]), ["url", "description"])


def refusals(checks, place):
    """Errors are chainr's objects: 400, 404, 405 with Allow."""
    def error(name, answer, status):
        checks.equal(f"{name}: status", answer.status, status, str(answer))
        body = answer.json() if answer.body else {}
        checks.that(f"{name}: an Error", list(body) == ["kind", "error"]
                    and body["kind"] == "Error" and body["error"], str(answer))
    error("no JSON", ask(place, "POST", "/api/runs", b"{"), 400)
    error("nothing", ask(place, "POST", "/api/runs", b""), 400)
    error("another kind", ask(place, "POST", "/api/runs", b'{"kind":"Pie","jobs":{}}'), 400)
    extra = pipeline({"a": {**shell("true"), "colour": "red"}})
    error("an unknown field", ask(place, "POST", "/api/runs", json.dumps(extra)), 400)
    error("an unknown run", ask(place, "GET", "/api/runs/nope"), 404)
    error("an unknown path", ask(place, "GET", "/api/nothing"), 404)
    for verb, path in (("DELETE", "/api/runs"), ("PUT", "/api/runs"), ("POST", "/api")):
        answer = ask(place, verb, path, b"{}")
        error(f"{verb} {path}", answer, 405)
        checks.that(f"{verb} {path}: Allow", "GET" in answer.header("Allow"), str(answer))
    stranger = place.api().call("GET", "/api/runs", headers={"Authorization": None})
    error("no token", stranger, 401)


TESTS = (a_run, resources, refusals)
