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


_configured = set()


def configure(preset):
    """Makes the build folder, or brings its lists up to date with the files there are now."""
    if preset in _configured:
        return
    folder(preset).mkdir(parents=True, exist_ok=True)
    with alone(preset):
        if (folder(preset) / "build.ninja").exists():
            command = ["ninja", "-C", str(folder(preset)), "build.ninja"]
        else:
            command = ["cmake", "--preset", preset, "--log-level=WARNING", "-Wno-dev"]
        done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr, flush=True)
        raise subprocess.CalledProcessError(done.returncode, command)
    _configured.add(preset)


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
    """Builds targets, or everything. Ninja's output is this process's, or goes to `out`."""
    configure(preset)
    with alone(preset):
        subprocess.run(["ninja", "-C", folder(preset), "-j", JOBS, *wanted], check=True, stdout=out,
                       stderr=subprocess.STDOUT if out else None)
    if preset == "release" and (folder(preset) / "fairlead").exists():
        link = ROOT / "build" / "fairlead"
        fresh = link.with_name("fairlead.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to("release/fairlead")
        fresh.replace(link)


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
