"""Who may call what, and how a server refuses to start."""

import os
import socket
import stat

from api import Api
from programs import FAIRLEAD, Program, Server, free_port

OPEN = {"/healthz", "/readyz", "/healthcheck"}


def every_route(api):
    """(verb, path with something in its places) of the document that the server itself serves."""
    found = []
    for path, verbs in api.get("/openapi.json").json()["paths"].items():
        for place in ("{project}", "default"), ("{run}", "01hzzzzzzzzzzzzzzzzzzzzzzz"):
            path = path.replace(*place)
        for place in "{agent}", "{id}", "{job}", "{pipeline}", "{cluster}":
            path = path.replace(place, "x")
        found += [(verb.upper(), path) for verb in verbs if verb in ("get", "post", "put",
                                                                     "patch", "delete")]
    return found


def tokens(checks, _, server):
    """Every route with wrong tokens or none."""
    api = server.api()
    routes = every_route(api)
    checks.that("openapi.json lists the routes", len(routes) > 25, routes)
    good = server.token
    wrong = {"no token": None, "an empty one": "Bearer ", "another one": f"Bearer {good[:-1]}x",
             "a longer one": f"Bearer {good}x", "half of it": f"Bearer {good[:20]}",
             "Basic": f"Basic {good}", "no scheme": good, "bytes": "Bearer \xff\xfe",
             "a huge one": f"Bearer {'x' * 8000}", "two words": f"Bearer {good} {good}"}
    leaks = []
    for verb, path in routes:
        for what, value in wrong.items():
            got = api.call(verb, path, {} if verb == "POST" else None, {"Authorization": value})
            if (got.status == 401) == (path in OPEN):
                leaks.append(f"{verb} {path} with {what}: {got}")
            elif got.status == 401 and "bearer" not in got.header("WWW-Authenticate").lower():
                leaks.append(f"{verb} {path} with {what} has no WWW-Authenticate: {got}")
    checks.none(f"of {len(routes) * len(wrong)} strangers' requests, one was answered otherwise",
                leaks)


def wrong_callers(checks, _, server):
    """An agent's key opens the link only; the administrator is no agent."""
    api = server.api()
    made = api.post("/api/v1/agents", {"name": "stranger", "cluster": "far-away"})
    checks.equal("an agent is made", made.status, 201, str(made))
    hands = Api(server.port, made.json()["key"])
    leaks = []
    for verb, path in every_route(api):
        if path in OPEN:
            continue
        link = path.startswith("/link/")
        got = (api if link else hands).call(verb, path, {} if verb == "POST" else None)
        if got.status not in (401, 403):
            leaks.append(f"{verb} {path}: {got}")
    checks.none("a route let the wrong kind of caller in", leaks)
    stale = hands.call("POST", "/link/v1/renew", {"epoch": 7})
    checks.equal("an epoch that never was", stale.status, 409, str(stale))
    again = api.post("/api/v1/agents", {"name": "stranger", "cluster": "elsewhere"})
    checks.equal("an agent of the same name", again.status, 409, str(again))


def refused_start(checks, scratch, name, words, code, *says):
    program = Program(scratch, name, *words).start()
    got = program.end(15)
    text = program.said()
    checks.equal(f"{name}: exit code", got, code, text)
    for each in says:
        checks.that(f"{name}: it says {each!r}", each in text, text)


def starts(checks, scratch, server):
    """Servers that must not start, and say why."""
    refused_start(checks, scratch, "second-server",
                  ["server", "--listen", "127.0.0.1:0", "--data", server.data], 1,
                  "another fairlead server", "--data")
    refused_start(checks, scratch, "open-to-all",
                  ["server", "--listen", "0.0.0.0:0", "--data", scratch / "open"], 2,
                  "--insecure-http")
    refused_start(checks, scratch, "dev-open-to-all",
                  ["dev", "--listen", "0.0.0.0:0", "--data", scratch / "open"], 2, "loopback")
    checks.that("nothing was made by a refused start", not (scratch / "open").exists())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused_start(checks, scratch, "port-in-use",
                      ["server", "--listen", f"127.0.0.1:{port}", "--data", scratch / "port"], 1,
                      str(port), "in use")
    refused_start(checks, scratch, "bad-address",
                  ["server", "--listen", "nowhere", "--data", scratch / "bad"], 2, "ADDR:PORT")
    refused_start(checks, scratch, "unknown-flag",
                  ["server", "--data", scratch / "bad", "--lisen", "x"], 2, "--listen")
    (scratch / "file").write_text("not a folder")
    refused_start(checks, scratch, "data-is-a-file",
                  ["server", "--listen", "127.0.0.1:0", "--data", scratch / "file"], 1, "file")
    (scratch / "not-a-db").mkdir()
    (scratch / "not-a-db" / "fairlead.db").write_text("this is no database\n" * 1000)
    refused_start(checks, scratch, "not-a-database",
                  ["server", "--listen", "127.0.0.1:0", "--data", scratch / "not-a-db"], 1,
                  "not-a-db/fairlead.db")


def token_files(checks, scratch, server):
    """The token: kept secret, kept as it is, never half believed."""
    mode = stat.S_IMODE(os.stat(server.data / "token").st_mode)
    checks.equal("the mode of the token file", oct(mode), "0o600")
    checks.equal("the mode of the data folder", oct(stat.S_IMODE(os.stat(server.data).st_mode)),
                 "0o700")
    other = Server(scratch, "tampered").start()
    token = other.token
    checks.equal("a clean stop", other.stop(), 0)
    for what, text in (("empty", ""), ("cut", token[:12]), ("garbage", "\x00\xff" * 30),
                       ("longer", token + "x" * 500)):
        (other.data / "token").write_text(text)
        refused_start(checks, scratch, f"token-{what}",
                      ["server", "--listen", "127.0.0.1:0", "--data", other.data], 1, "token")
    (other.data / "token").write_text(token + "\n")
    other.start()
    checks.equal("the old token works again", other.api().get("/metrics").status, 200)
    checks.that("it is not in what the server says", token not in other.said(), other.said())
    other.kill()
    checks.that("the program is there", os.access(FAIRLEAD, os.X_OK) and free_port() > 0)


TESTS = (tokens, wrong_callers, starts, token_files)
