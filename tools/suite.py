"""Everything `make test` runs, as jobs in stages. A new stage is a function that returns jobs.

A job returns an Outcome; programs.py knows how each kind of program is run and counted.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

import build
import proc
from programs import UNIT_TIMEOUT, Outcome, fuzz, gtest, script, sim

ROOT = build.ROOT
TSAN_ROOMS = ("base", "loop", "sql", "store")
BUILD_TIMEOUT = 3600


@dataclasses.dataclass
class Job:
    """One line of the report; `run` takes a fresh temporary folder."""
    stage: str
    name: str
    run: object


@dataclasses.dataclass
class Stage:
    """The sum of its jobs, and when each of them ran."""
    passed: int = 0
    failed: int = 0
    spans: list = dataclasses.field(default_factory=list)

    def seconds(self):
        """How long at least one of its jobs was running."""
        total, reached = 0.0, 0.0
        for start, end in sorted(self.spans):
            total += max(0.0, end - max(start, reached))
            reached = max(reached, end)
        return total


class Report:
    """Prints a line a job and keeps the sums. Any thread may add."""

    def __init__(self):
        self.stages = {}
        self.failures = []
        self._lock = threading.Lock()

    def run(self, job):
        """Runs a job and notes its outcome; true if nothing failed."""
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="fairlead-test-") as folder:
            try:
                outcome = job.run(pathlib.Path(folder))
            except (OSError, subprocess.SubprocessError, ValueError, KeyError) as failure:
                outcome = Outcome(failed=1, note=repr(failure))
        self.add(job, outcome, started, time.monotonic())
        return outcome.failed == 0

    def add(self, job, outcome, started, ended):
        with self._lock:
            stage = self.stages.setdefault(job.stage, Stage())
            stage.passed += outcome.passed
            stage.failed += outcome.failed
            stage.spans.append((started, ended))
            word = "FAILED" if outcome.failed else "ok"
            print(f"{job.stage:<8} {job.name:<24} {word:<7}{ended - started:7.1f} s  {outcome.note}"
                  .rstrip(), flush=True)
            if outcome.failed:
                self.failures.append(f"{job.stage} {job.name}: {outcome.note}")
                for line in outcome.output.rstrip().split("\n"):
                    print(f"    {line}", flush=True)

    def close(self):
        """Prints the table and the closing line; the exit code."""
        passed = sum(stage.passed for stage in self.stages.values())
        failed = sum(stage.failed for stage in self.stages.values())
        print("\nstage      seconds  passed  failed")
        for name, stage in self.stages.items():
            print(f"{name:<9}{stage.seconds():9.1f}{stage.passed:8}{stage.failed:8}")
        for failure in self.failures:
            print(f"FAILED: {failure}")
        print(f"{passed} passed, {failed} failed", flush=True)
        return 1 if failed or not passed else 0


# ---- stages


def build_job(preset, wanted=None, nice=0):
    """Builds everything of a preset, or those of the wanted targets that exist."""
    def run(_):
        command = [sys.executable, ROOT / "tools" / "build.py", preset]
        if wanted is not None:
            names = sorted(set(wanted(preset)) & build.targets(preset))
            if not names:
                return Outcome(note="nothing to build yet")
            command += names
        ended = proc.run(command, ROOT, BUILD_TIMEOUT, nice=nice)
        steps = re.findall(r"^\[\d+/(\d+)\]", ended.output, re.M)
        if ended.ok:
            return Outcome(note=f"{steps[-1] if steps else 0} steps")
        told = [line for line in ended.output.split("\n") if not re.match(r"^\[\d+/\d+\]", line)]
        return Outcome(failed=1, note=ended.reason(), output="\n".join(told[-200:]))
    return Job("build", preset, run)


def check_job():
    return Job("check", "make check", lambda _: script(
        [ROOT / "tools" / "check"], nice=10, timeout=BUILD_TIMEOUT))


def tools_jobs():
    def run(_):
        ended = proc.run([sys.executable, "-m", "unittest", "discover", "-s", "tools/tests",
                          "-t", "tools/tests", "-p", "*_test.py"], ROOT, UNIT_TIMEOUT)
        count = int(re.search(r"^Ran (\d+) test", ended.output, re.M).group(1))
        bad = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)", ended.output)))
        if not ended.ok:
            bad = max(bad, 1)
        return Outcome(max(0, count - bad), bad, "", ended.output)
    return [Job("tools", "tools/tests", run)]


def unit_jobs(stage, preset, names):
    def job(name):
        return Job(stage, name, lambda folder: gtest(build.folder(preset) / name, folder))
    return [job(name) for name in names]


def tsan_targets(preset):
    known = build.programs(preset, "tests")
    return [f"{room}_test" for room in TSAN_ROOMS if f"{room}_test" in known]


def fuzz_jobs():
    return [Job("fuzz", name, lambda folder, name=name: fuzz(name, folder))
            for name in build.programs("fuzz", "fuzz")]


def sim_jobs():
    program = build.folder("release") / "fairlead_sim"
    return [Job("sim", "fairlead_sim", lambda _: sim(program))] if program.exists() else []


def cluster_job():
    """What test clusters need: Kubernetes as one binary, nine minutes of building from nothing."""
    def run(_):
        ended = proc.run([ROOT / "tests" / "cluster" / "setup"], ROOT, BUILD_TIMEOUT, nice=10)
        if ended.ok:
            return Outcome()
        return Outcome(failed=1, note=ended.reason(), output=ended.output)
    return Job("build", "test cluster", run)


def needs_cluster(path):
    return "from cluster import" in path.read_text()


def script_jobs(with_cluster):
    """The scripts that bring up a test cluster, or those that do not."""
    binary = ROOT / "build" / "fairlead"
    found = [p for name in ("run", "faults") for p in sorted((ROOT / "tests").glob(f"*/{name}"))
             if os.access(p, os.X_OK)]
    found += sorted((ROOT / "tests").glob("*_test.py"))

    def job(path):
        command = [sys.executable, path] if path.suffix == ".py" else [path]
        return Job("scripts", path.relative_to(ROOT / "tests").as_posix(),
                   lambda folder: script(command, {"FAIRLEAD": str(binary),
                                                   "TMPDIR": str(folder)}))
    return [job(path) for path in found if needs_cluster(path) == with_cluster]


# ---- the order


def everything(report):
    """What takes longest from nothing, the test cluster, is begun first and awaited last."""
    with concurrent.futures.ThreadPoolExecutor(1) as aside:
        cluster = aside.submit(report.run, cluster_job())
        if "release" in programs(report):
            for job in script_jobs(with_cluster=False):
                report.run(job)
            cluster.result()
            for job in script_jobs(with_cluster=True):
                report.run(job)


def programs(report):
    """Unit tests run while the other builds are made, niced; what needs the machine runs after.

    The presets that could be built.
    """
    started = report.run(build_job("asan"))
    with concurrent.futures.ThreadPoolExecutor(1) as behind:
        built = behind.submit(build_the_rest, report)
        if started:
            in_pairs(report, unit_jobs("unit", "asan", build.programs("asan", "tests"))
                     + tools_jobs())
        built = built.result()
    jobs = sim_jobs() if "release" in built else []
    if "tsan" in built:
        jobs += unit_jobs("tsan", "tsan", tsan_targets("tsan"))
    if "fuzz" in built:
        jobs += fuzz_jobs()
    in_pairs(report, jobs)
    return built


def build_the_rest(report):
    """The presets that could be built. The check stands between: it may need the release binary."""
    built = set()
    jobs = {
        "release": build_job("release", lambda _: ["fairlead", "fairlead_sim"], nice=10),
        "check": check_job(),
        "tsan": build_job("tsan", tsan_targets, nice=10),
        "fuzz": build_job("fuzz", lambda preset: build.programs(preset, "fuzz"), nice=10),
    }
    for name, job in jobs.items():
        if report.run(job):
            built.add(name)
    return built


def in_pairs(report, jobs):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(report.run, jobs))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--setup-ms", type=int, default=0)
    setup = options.parse_args().setup_ms / 1000
    report = Report()
    now = time.monotonic()
    report.add(Job("setup", "packages", None), Outcome(), now - setup, now)
    try:
        everything(report)
    except KeyboardInterrupt:
        proc.kill_all()
        print("interrupted", flush=True)
        report.close()
        os._exit(130)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
