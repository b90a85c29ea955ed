"""A temporary folder that takes everything with it: processes that know of it, mounts, clusters.

A janitor in a session of its own watches over it. It cleans up when the test ends in any way, also
by SIGKILL: its standard input then comes to its end.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CLUSTER = pathlib.Path(__file__).resolve().parent.parent / "cluster" / "cluster"
SWEEP_SECONDS = 10


class Scratch:
    """`with Scratch() as scratch:` gives a folder; `leftovers()` what still lives in it."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="fairlead-e2e-"))
        (self.path / "tmp").mkdir()
        self._janitor = subprocess.Popen([sys.executable, __file__, str(self.path)],
                                         stdin=subprocess.PIPE, start_new_session=True)
        # An end by a signal is an end like any other.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(143))
        return self

    def __exit__(self, *_):
        self._janitor.stdin.close()
        self._janitor.wait()

    def __truediv__(self, name):
        return self.path / name

    def environment(self, **more):
        """The environment for what is started: ours without FAIRLEAD_…, marked by the folder."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FAIRLEAD_")}
        return {**kept, "TMPDIR": str(self.path / "tmp"), "LC_ALL": "C.UTF-8", **more}

    def leftovers(self):
        """Processes that have the folder in their command line or environment, as `pid words`."""
        return [f"{pid} {words}" for pid, words in marked(self.path)
                if pid not in (self._janitor.pid, os.getpid())]


def marked(path):
    """(pid, command line) of every process that knows this folder. The dead do not count."""
    mark = os.fsencode(str(path))
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            words = pathlib.Path("/proc", entry, "cmdline").read_bytes()
            knows = mark in words or mark in pathlib.Path("/proc", entry, "environ").read_bytes()
        except OSError:
            continue
        if knows and words:
            found.append((int(entry), words.replace(b"\0", b" ").decode(errors="replace").strip()))
    return found


def sweep(path):
    """Kills what knows the folder, unmounts what is mounted in it, and removes it."""
    if (path / "clusters").exists():
        subprocess.run([CLUSTER, "down", "--dir", path / "clusters"], check=False)
    until = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < until:
        alive = [pid for pid, _ in marked(path) if pid != os.getpid()]
        if not alive:
            break
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)
    for line in pathlib.Path("/proc/mounts").read_text().split("\n"):
        if line and line.split()[1].startswith(f"{path}/"):
            subprocess.run(["umount", "-l", line.split()[1]], check=False)
    shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.read()
    sweep(pathlib.Path(sys.argv[1]))
