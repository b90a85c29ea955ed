"""A scripted agent: one session on the link over HTTP, on plain sockets that nothing delays."""

import json
import socket
import time

RENEW_SECONDS = 5


class Line:
    """A kept HTTP connection."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=300)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bytes = b""

    def send(self, request):
        self.socket.sendall(request)

    def until(self, mark):
        """Reads up to and with a mark."""
        while mark not in self.bytes:
            self._more()
        found, self.bytes = self.bytes.split(mark, 1)
        return found

    def exactly(self, size):
        while len(self.bytes) < size:
            self._more()
        found, self.bytes = self.bytes[:size], self.bytes[size:]
        return found

    def answer(self):
        """The body of an answer with a length."""
        head = self.until(b"\r\n\r\n").decode()
        status = int(head[9:12])
        size = 0
        for line in head.split("\r\n"):
            if line.lower().startswith("content-length:"):
                size = int(line.split(":")[1])
        body = self.exactly(size)
        if status >= 300:
            raise SystemExit(f"the server answered {status}: {body.decode()}")
        return body

    def _more(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise SystemExit("the server closed a connection")
        self.bytes += got


class Agent:
    """Holds a session and its pull stream."""

    def __init__(self, server, capacity=100):
        made = server.call("POST", "/api/v1/agents", {"name": "hands", "cluster": "bench"})
        self.server, self.key = server, made["key"]
        self.line, self.stream = Line(server.port), Line(server.port)
        session = self.post("open", {"protocol": 1, "version": "bench", "instance": "one",
                                     "executor": "bench", "capacity": capacity, "labels": {}})
        self.epoch, self.renewed = session["epoch"], time.monotonic()
        self.stream.send(server.head(
            "GET", f"/link/v1/pull?epoch={self.epoch}&after=0", token=self.key))
        self.stream.until(b"\r\n\r\n")
        self.pull()

    def post(self, path, body):
        self.line.send(self.server.head("POST", f"/link/v1/{path}", json.dumps(body).encode(),
                                        self.key))
        return json.loads(self.line.answer() or b"null")

    def pull(self):
        """The assignments of the next batch."""
        size = int(self.stream.until(b"\r\n"), 16)
        batch = self.stream.exactly(size)
        self.stream.until(b"\r\n")
        return json.loads(batch).get("assignments", [])

    def report(self, reports):
        if time.monotonic() - self.renewed > RENEW_SECONDS:
            self.renewed = time.monotonic()
            self.post("renew", {"epoch": self.epoch})
        return self.post("reports", {"epoch": self.epoch, "reports": reports})

    def end_all(self, assignments):
        """Reports that what is new ended well, and that nothing of what has ended is left."""
        fresh = [a for a in assignments if a.get("state") == "offered"]
        reports = []
        for a in fresh:
            uid = a["name"]
            outcome = {"state": "succeeded", "exitCode": 0}
            reports += [{"key": a["key"], "sight": "running", "uid": uid},
                        {"key": a["key"], "sight": "ended", "uid": uid, "outcome": outcome},
                        {"key": a["key"], "sight": "gone", "uid": uid}]
        for begin in range(0, len(reports), 900):
            self.report(reports[begin:begin + 900])
        return len(fresh)

    def close(self):
        self.post("close", {"epoch": self.epoch})
        self.line.socket.close()
        self.stream.socket.close()
