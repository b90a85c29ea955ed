"""Runs programs with a deadline, and leaves none behind."""

import dataclasses
import os
import signal
import subprocess
import tempfile
import threading
import time

_live = set()
_lock = threading.Lock()


@dataclasses.dataclass
class Ended:
    """How a program ended: `code` is None when it ran out of time."""
    code: int | None
    output: str
    seconds: float

    @property
    def ok(self):
        return self.code == 0

    def reason(self):
        """One phrase for people."""
        if self.code is None:
            return f"no end after {self.seconds:.0f} s"
        if self.code < 0:
            return f"died of {signal.Signals(-self.code).name}"
        return f"exit code {self.code}"


def run(command, cwd, timeout, env=None, nice=0):
    """Runs a command in a session of its own; output and errors are read together.

    When it has ended or time is up, whatever it started is killed.
    """
    words = [str(word) for word in command]
    if nice:
        words = ["nice", "-n", str(nice), *words]
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(words, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT, start_new_session=True,
                                 env={**os.environ, **(env or {})})
        with _lock:
            _live.add(child.pid)
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _kill(child.pid)
            child.wait()
            with _lock:
                _live.discard(child.pid)
        out.seek(0)
        text = out.read().decode(errors="replace")
    return Ended(code, text, time.monotonic() - started)


def kill_all():
    """Kills every program that `run` has under way."""
    with _lock:
        pids = list(_live)
    for pid in pids:
        _kill(pid)


def _kill(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
