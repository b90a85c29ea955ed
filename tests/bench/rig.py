"""What the benchmarks share: a real server in a fresh folder, load on it, what the disk takes."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FAIRLEAD = os.environ.get("FAIRLEAD", str(ROOT / "build" / "fairlead"))
PROGRAMS = ROOT / "build" / "release"
RUNS = "/api/v1/projects/default/runs"
PIPELINES = "/api/v1/projects/default/pipelines"
ONE_JOB = {"kind": "Pipeline", "name": "one",
           "jobs": {"work": {"image": "alpine", "run": "true"}}}


class Server:
    """`fairlead server` on a free port, with its data in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.process = subprocess.Popen(
            [FAIRLEAD, "server", "--listen", "127.0.0.1:0", "--data", folder],
            stdout=subprocess.PIPE, stderr=open(self.folder / "log", "wb"), text=True)
        said = self.process.stdout.readline()
        if "listening on" not in said:
            raise SystemExit(f"the server did not start: {(self.folder / 'log').read_text()}")
        self.port = int(said.rsplit(":", 1)[1])
        self.token = (self.folder / "token").read_text().strip()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def head(self, verb, path, body=b"", token=None):
        """A whole HTTP request as bytes."""
        return head(token or self.token, verb, path, body)

    def call(self, verb, path, body=None, connection=None):
        """The JSON of an answer; anything but a success ends the benchmark."""
        line = connection or self.connect()
        line.request(verb, path, json.dumps(body) if body is not None else None,
                     {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        answer = line.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{verb} {path}: {answer.status} {text.decode()}")
        return json.loads(text) if text else None

    def metrics(self):
        line = self.connect()
        line.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.token}"})
        found = {}
        for text in line.getresponse().read().decode().splitlines():
            if text and not text.startswith("#"):
                name, value = text.rsplit(" ", 1)
                found[name] = float(value)
        return found

    def cpu(self):
        """Seconds of processor time so far."""
        return cpu_in(pathlib.Path(f"/proc/{self.process.pid}/stat").read_text())

    def rss_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def head(token, verb, path, body=b""):
    """A whole HTTP request as bytes."""
    return (f"{verb} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode() + body


def cpu_in(stat):
    """Seconds of processor time in the text of a /proc/PID/stat."""
    user, system = stat.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def server():
    """A server with a fresh folder, gone in the end."""
    with tempfile.TemporaryDirectory(prefix="fairlead-bench-") as folder:
        one = Server(folder)
        try:
            yield one
        finally:
            one.stop()


def load(port, request, connections=64, warm=3.0, seconds=10.0):
    """Repeats a request on kept connections; see src/http/http_load.cc."""
    done = subprocess.run([PROGRAMS / "http_load", str(port), str(connections), str(warm),
                           str(seconds)], input=request, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def percentile(values, part):
    values = sorted(values)
    return values[int((len(values) - 1) * part)] if values else 0.0


def fdatasync_us(folder):
    """Median of one 4 KiB append made durable."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(300):
            began = time.perf_counter()
            os.write(file.fileno(), b"\0" * 4096)
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1e6)
    return percentile(took, 0.5)


def commit_ms(folder):
    """(median, p99) of a bare SQLite commit as the server makes it: WAL, FULL, one row."""
    path = pathlib.Path(folder) / "commit.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=full")
    db.execute("create table t (id integer primary key, body text)")
    took = []
    for _ in range(500):
        began = time.perf_counter()
        db.execute("begin immediate")
        db.execute("insert into t (body) values (?)", ("x" * 200,))
        db.execute("commit")
        took.append((time.perf_counter() - began) * 1e3)
    db.close()
    for name in path.parent.glob("commit.db*"):
        name.unlink()
    return percentile(took, 0.5), percentile(took, 0.99)


def say(what, text):
    print(f"{what:<42} {text}", flush=True)
