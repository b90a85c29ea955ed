"""Configures and builds: python3 tools/build.py PRESET [TARGET...]

Presets are those of CMakePresets.json. Without targets, everything is built. The release binary is
also put at build/fairlead.
"""

import contextlib
import fcntl
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOBS = str(os.cpu_count() or 2)


def folder(preset):
    """The build folder of a preset."""
    return ROOT / "build" / preset


def configure(preset, out=None):
    """Makes the build folder unless it is there; ninja reconfigures it by itself afterwards."""
    if not (folder(preset) / "build.ninja").exists():
        quiet = ["--log-level=WARNING", "-Wno-dev"]
        folder(preset).mkdir(parents=True, exist_ok=True)
        with alone(preset):
            run(["cmake", "--preset", preset, *quiet], out, drop_stdout=out is None)


@contextlib.contextmanager
def alone(preset):
    """Keeps other processes from building in the same folder meanwhile."""
    with open(folder(preset) / "tools.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def targets(preset):
    """The names of everything that ninja can build there. Configures if needed."""
    configure(preset)
    listing = subprocess.run(["ninja", "-C", folder(preset), "-t", "targets", "all"],
                             capture_output=True, text=True, check=True).stdout
    return {line.rsplit(":", 1)[0] for line in listing.splitlines()}


def programs(preset, kind):
    """The programs of a kind (tests, fuzz, bench) that CMake knows in this build folder."""
    configure(preset)
    listing = folder(preset) / f"{kind}.txt"
    return listing.read_text().split() if listing.exists() else []


def build(preset, wanted=(), out=None):
    """Builds targets, or everything. Output goes to this process's, or to the file `out`."""
    configure(preset, out)
    with alone(preset):
        run(["ninja", "-C", str(folder(preset)), "-j", JOBS, *wanted], out)
    if preset == "release" and (folder(preset) / "fairlead").exists():
        link = ROOT / "build" / "fairlead"
        fresh = link.with_name("fairlead.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to("release/fairlead")
        fresh.replace(link)


def run(command, out=None, drop_stdout=False):
    stdout = subprocess.DEVNULL if drop_stdout else out
    subprocess.run(command, cwd=ROOT, check=True, stdout=stdout,
                   stderr=subprocess.STDOUT if out else None)


def main(arguments):
    if not arguments:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    preset, *wanted = arguments
    try:
        absent = [name for name in wanted if name not in targets(preset)]
        if absent:
            print(f"tools/build.py: no target {', '.join(absent)} in preset {preset}",
                  file=sys.stderr)
            return 2
        build(preset, wanted)
    except subprocess.CalledProcessError as failure:
        return failure.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
