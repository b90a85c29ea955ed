"""A client of the HTTP API that knows how servers die."""

import dataclasses
import http.client
import json
import time
import urllib.parse
import uuid

RUNS = "/api/v1/projects/default/runs"
PIPELINES = "/api/v1/projects/default/pipelines"
EVENTS = "/api/v1/projects/default/events"
FINAL = ("succeeded", "failed", "canceled")
JOB_FINAL = (*FINAL, "skipped")
ID_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
AWAY = (OSError, http.client.HTTPException)


@dataclasses.dataclass
class Answer:
    """What a server answered; `str` shows it for people."""
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return self.headers.get(name.lower(), "")

    def __str__(self):
        return f"{self.status} {self.headers}\n{self.body[:1500].decode(errors='replace')}"


class Api:
    """One server as one caller sees it. A connection a call, so any thread may use it."""

    def __init__(self, port, token, patience=20.0):
        self.port, self.token, self.patience = port, token, patience

    def call(self, verb, path, body=None, headers=None, seconds=None):
        """One request; throws OSError or HTTPException when the server is away."""
        sent = {"Authorization": f"Bearer {self.token}", "Connection": "close"}
        if body is not None and not isinstance(body, (bytes, str)):
            body, sent["Content-Type"] = json.dumps(body), "application/json"
        if isinstance(body, str):
            body = body.encode()
        sent.update(headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=seconds or self.patience)
        try:
            connection.request(verb, path, body, {k: v for k, v in sent.items() if v is not None})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                          response.read())
        finally:
            connection.close()

    def get(self, path, **query):
        return self.call("GET", path + (f"?{urllib.parse.urlencode(query)}" if query else ""))

    def post(self, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, {} if body is None else body, named)

    def insist(self, verb, path, body=None, headers=None, seconds=60.0, give_up=None):
        """Asks until there is an answer that is not the server's trouble (5xx)."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.call(verb, path, body, headers, 5.0)
                if answer.status < 500:
                    return answer
                trouble = str(answer)
            except AWAY as failure:
                trouble = repr(failure)
            if time.monotonic() > deadline or (give_up and give_up.is_set()):
                raise TimeoutError(f"{verb} {path}: no answer; the last trouble: {trouble}")
            time.sleep(0.05)

    def items(self, path, **query):
        """Everything in a list, page by page."""
        found, cursor = [], {}
        while True:
            answer = self.insist("GET", f"{path}?" + urllib.parse.urlencode(
                {"limit": 500, **query, **cursor}))
            if answer.status != 200:
                raise ValueError(f"GET {path}: {answer}")
            page = answer.json()
            found += page["items"]
            if not page.get("next"):
                return found
            cursor = {"cursor": page["next"]}

    def run(self, run):
        return self.insist("GET", f"{RUNS}/{run}").json()

    def jobs(self, run):
        return self.items(f"{RUNS}/{run}/jobs")

    def attempts(self, run, job):
        return self.insist("GET", f"{RUNS}/{run}/jobs/{job}/attempts").json()["items"]

    def log(self, run, job, attempt):
        """What is stored of a log now."""
        return self.insist("GET", f"{RUNS}/{run}/jobs/{job}/log?attempt={attempt}")

    def whole_log(self, run, job, attempt=1):
        """The bytes of a log once its end is stored, which is a moment after that of the job."""
        return self.insist(
            "GET", f"{RUNS}/{run}/jobs/{job}/log?attempt={attempt}&follow=true").body

    def submit(self, spec, **more):
        """Runs a pipeline; the run's id."""
        answer = self.post(RUNS, {"spec": spec, **more})
        if answer.status != 201:
            raise ValueError(f"POST {RUNS}: {answer}")
        return answer.json()["id"]

    def wait_final(self, run, seconds=30.0):
        """The run once it has ended."""
        deadline = time.monotonic() + seconds
        while True:
            view = self.run(run)
            if view["state"] in FINAL:
                return view
            if time.monotonic() > deadline:
                raise TimeoutError(f"run {run} has not ended within {seconds:.0f} s: {view}")
            time.sleep(0.05)


def run_of(execution):
    """The id of the run at /execution/UUID: the same bits."""
    bits = uuid.UUID(execution.rpartition("/")[2]).int
    return "".join(ID_DIGITS[bits >> 5 * place & 31] for place in reversed(range(26)))


def shell(script, **more):
    """A job that runs a shell script."""
    return {"image": "busybox", "run": script, **more}


def needs(job, condition="success"):
    """A dependency."""
    return {"job": job} if condition == "success" else {"job": job,
                                                        "conditions": {condition: True}}


def pipeline(jobs, **more):
    return {"kind": "Pipeline", "jobs": jobs, **more}
