"""Watches a server's own figures from the outside, all the time."""

import re
import threading

from api import AWAY


class Gauge:
    """The longest stall of the loop that was reported, and the most memory."""

    def __init__(self, server):
        self.server = server
        self.stall, self.rss, self.stalled_at = 0.0, 0.0, ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="gauge", daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stop.set()
        self._thread.join(30)

    def _watch(self):
        api = self.server.api()
        while not self._stop.wait(0.4):
            try:
                text = api.call("GET", "/metrics").body.decode()
                self.rss = max(self.rss, self.server.rss_mib("VmHWM"))
            except AWAY:
                continue
            found = re.search(r"^fairlead_loop_stall_seconds (\S+)", text, re.M)
            if found and float(found.group(1)) > self.stall:
                self.stall = float(found.group(1))
                self.stalled_at = self.server.said()[-300:]
