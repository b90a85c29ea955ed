"""Follows the event stream as a browser would: it reconnects with the id of the last event."""

import dataclasses
import http.client
import json
import socket
import threading
import time

from api import AWAY, EVENTS


@dataclasses.dataclass
class Event:
    """One event of the feed."""
    seq: int
    name: str
    data: dict


class Follower:
    """Collects events in a thread of its own until `stop`. Faults of the stream are kept, too."""

    def __init__(self, port, token, after=0, run=""):
        self.port, self.token, self.run = port, token, run
        self.last = after
        self.events, self.faults = [], []
        self.reconnects = 0
        self._sock = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stop.set()
        sock = self._sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)  # wakes the thread
            except OSError:
                pass
        self._thread.join(10)

    def _follow(self):
        while not self._stop.is_set():
            try:
                self._read_once()
            except AWAY:
                pass
            self.reconnects += 1
            self._stop.wait(0.1)

    def _read_once(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            path = EVENTS + (f"?run={self.run}" if self.run else "")
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}",
                                                     "Last-Event-ID": str(self.last)})
            response = connection.getresponse()
            if response.status != 200:
                if response.status < 500:
                    self.faults.append(f"{response.status} after {self.last}: {response.read()}")
                    self._stop.set()
                return
            self._sock = connection.sock
            self._sock.settimeout(20)  # longer than its heartbeat
            self._take(response)
        finally:
            connection.close()

    def _take(self, response):
        fields = {}
        while not self._stop.is_set():
            line = response.readline()
            if not line:
                return
            line = line.decode().rstrip("\r\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
            elif not line and fields:
                if "data" in fields:
                    self._add(fields)
                fields = {}

    def _add(self, fields):
        seq = int(fields.get("id", self.last))
        if fields.get("event") == "end":
            self._stop.set()
            return
        if seq <= self.last:
            self.faults.append(f"event {seq} after event {self.last}")
        self.last = seq
        self.events.append(Event(seq, fields.get("event", "message"), json.loads(fields["data"])))

    def wait_for(self, holds, seconds=20.0):
        """Waits until an event for which `holds` has come; true if it did."""
        deadline = time.monotonic() + seconds
        while not any(holds(event) for event in list(self.events)):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True
