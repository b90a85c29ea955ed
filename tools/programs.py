"""Runs one program of ours and counts its tests, by the kind of program it is.

Scripts end with the line `N passed, N failed`.
"""

import dataclasses
import json
import os
import re

import build
import proc

ROOT = build.ROOT
CRASHES = ROOT / "build" / "fuzz" / "crashes"
UNIT_TIMEOUT, SCRIPT_TIMEOUT, SIM_TIMEOUT = 300, 900, 1800
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "10"))
SIM_SEEDS = int(os.environ.get("SIM_SEEDS", "1000"))
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
    "TSAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
}


@dataclasses.dataclass
class Outcome:
    """What one job found. `output` is shown in full when something failed."""
    passed: int = 0
    failed: int = 0
    note: str = ""
    output: str = ""


def gtest(program, folder):
    """A GoogleTest program. Disabled and skipped tests do not count; a crash is one failure."""
    result = folder / "result.json"
    ended = proc.run([program, f"--gtest_output=json:{result}", "--gtest_brief=1"], ROOT,
                     UNIT_TIMEOUT, {**SANITIZERS, "TMPDIR": str(folder)})
    if not result.exists():
        return Outcome(failed=1, note=ended.reason(), output=ended.output)
    passed = failed = skipped = 0
    for suite in json.loads(result.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            if test["result"] == "COMPLETED":
                bad = bool(test.get("failures"))
                passed, failed = passed + (not bad), failed + bad
            else:
                skipped += test["result"] == "SKIPPED"
    note = f"{passed} passed" + (f", {failed} failed" if failed else "")
    note += f", {skipped} skipped" if skipped else ""
    if not ended.ok and not failed:  # A leak is found after the last test.
        failed, note = 1, f"{note}, then {ended.reason()}"
    return Outcome(passed, failed, note, ended.output)


def fuzz(name, folder):
    """A libFuzzer program, for a few seconds from its corpus. A crash keeps its input."""
    CRASHES.mkdir(parents=True, exist_ok=True)
    kept = [p for p in (ROOT / "tests" / "corpus" / n for n in (name, name.removesuffix("_fuzz")))
            if p.is_dir()]
    known = set(CRASHES.iterdir())
    ended = proc.run([build.folder("fuzz") / name, f"-max_total_time={FUZZ_SECONDS}",
                      "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1",
                      f"-artifact_prefix={CRASHES}/{name}-", folder, *kept], ROOT,
                     FUZZ_SECONDS + 120, SANITIZERS)
    runs = re.search(r"stat::number_of_executed_units: *(\d+)", ended.output)
    if ended.ok:
        return Outcome(passed=1, note=f"{runs.group(1) if runs else '?'} inputs")
    inputs = ", ".join(str(p.relative_to(ROOT)) for p in sorted(set(CRASHES.iterdir()) - known)
                       if p.name.startswith(name))
    return Outcome(failed=1, note=f"{ended.reason()}, input: {inputs or 'not kept'}",
                   output=re.sub(r"^#\d+\t.*\n", "", ended.output, flags=re.M))


def sim(program):
    ended = proc.run([program, "--seeds", SIM_SEEDS], ROOT, SIM_TIMEOUT)
    said = re.search(r"^sim: (\d+) seeds passed, (\d+) failed", ended.output, re.M)
    bad = int(said.group(2)) if said else 1
    if not ended.ok:
        bad = max(bad, 1)
    note = f"{said.group(1)} seeds passed" if said else ended.reason()
    return Outcome(passed=0 if bad else 1, failed=bad, note=note, output=ended.output)


def script(command, env=None, nice=0, timeout=SCRIPT_TIMEOUT):
    """A program that counts its own tests and says so in its last line."""
    ended = proc.run(command, ROOT, timeout, env, nice)
    said = CLOSING.findall(ended.output)
    if not said:
        return Outcome(failed=1, note=f"{ended.reason()}, no closing line", output=ended.output)
    passed, failed = map(int, said[-1])
    if not ended.ok and not failed:
        return Outcome(passed, 1, ended.reason(), ended.output)
    note = f"{passed} passed" + (f", {failed} failed" if failed else "")
    return Outcome(passed, failed, note, ended.output)
