"""fairlead as processes: servers and agents that are started, killed and started again."""

import os
import pathlib
import random
import re
import signal
import socket
import subprocess

from api import Api
from checks import until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FAIRLEAD = os.environ.get("FAIRLEAD", str(ROOT / "build" / "fairlead"))
START_SECONDS = 20


def free_port():
    """A free port that no outgoing connection can get: a server on it may be away for a while."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.SystemRandom().sample(range(10000, max(lowest, 10100)), 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise OSError("no free port")


class Program:
    """A fairlead process in a group of its own. What it says goes to NAME.log in the scratch."""

    def __init__(self, scratch, name, *words, cwd=None, **env):
        self.scratch, self.name = scratch, name
        self.words = [FAIRLEAD, *map(str, words)]
        self.cwd, self.env = cwd, env
        self.log = scratch / f"{name}.log"
        self.child = None
        self.begins_at = 0

    def start(self):
        self.begins_at = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(
                self.words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                cwd=self.cwd or self.scratch.path, env=self.scratch.environment(**self.env),
                start_new_session=True)
        return self

    @property
    def pid(self):
        return self.child.pid

    def alive(self):
        return self.child is not None and self.child.poll() is None

    def said(self):
        """What it has said since its last start."""
        with open(self.log, "rb") as log:
            log.seek(self.begins_at)
            return log.read().decode(errors="replace")

    def wait_line(self, pattern, seconds=START_SECONDS):
        """Waits for words of this start; gives the match."""
        def look():
            found = re.search(pattern, self.said())
            if not found and not self.alive():
                raise OSError(f"{self.name} ended with {self.child.returncode}: {self.said()}")
            return found
        return until(f"{self.name} says {pattern}", look, seconds)

    def signal(self, number):
        if self.alive():
            self.child.send_signal(number)

    def kill(self):
        """SIGKILL, and reaped."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def stop(self, seconds=20):
        """SIGTERM; the exit code, or None when it had to be killed."""
        self.signal(signal.SIGTERM)
        return self.end(seconds)

    def end(self, seconds=20):
        """Waits for the end; the exit code, or None when it had to be killed."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def rss_mib(self, line="VmRSS"):
        status = pathlib.Path("/proc", str(self.pid), "status").read_text()
        return int(re.search(rf"^{line}:\s+(\d+) kB", status, re.M).group(1)) / 1024


class Server(Program):
    """`fairlead server` or `dev` on one data folder; the same port after each start."""

    def __init__(self, scratch, name, *flags, mode="server", port=0, data=None, cwd=None, **env):
        self.data = pathlib.Path(data or scratch / name)
        self.port = port or free_port()
        super().__init__(scratch, name, mode, "--listen", f"127.0.0.1:{self.port}", "--data",
                         self.data, *flags, cwd=cwd, **env)

    def start(self):
        super().start()
        self.wait_line(r"listening on http://")
        return self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self):
        return (self.data / "token").read_text().strip()

    def api(self):
        return Api(self.port, self.token)


def agent(scratch, name, server, key, data, *flags):
    """`fairlead agent` with the local executor, not yet started."""
    return Program(scratch, name, "agent", "--server", server.url, "--executor", "local",
                   "--allow-root", "--data", data, *flags, FAIRLEAD_KEY=key)


def opened_epoch(program):
    """The epoch of the session that an agent has by its own words; None when it has none."""
    told = re.findall(r"session (?:opened .*epoch=(\d+)|lost)", program.said())
    return int(told[-1]) if told and told[-1] else None


def command(scratch, *words, cwd=None, given=None, seconds=30, **env):
    """Runs one client command to its end: (exit code, standard output, standard error)."""
    done = subprocess.run([FAIRLEAD, *map(str, words)], cwd=cwd or scratch.path, input=given,
                          stdin=None if given is not None else subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=seconds, check=False,
                          env=scratch.environment(**env))
    return done.returncode, done.stdout, done.stderr
