"""Counts checks and says what failed, with what was sent and what came back."""

import sys
import threading
import time
import traceback

TEXT_MAX = 2000


class Checks:
    """Any thread may check. `close` prints the closing line and gives the exit code."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self._lock = threading.Lock()
        self._started = time.monotonic()

    def that(self, name, holds, *evidence):
        """One check. `evidence` is shown only when it fails."""
        with self._lock:
            if holds:
                self.passed += 1
                return True
            self.failed += 1
            print(f"FAILED: {name}", flush=True)
            for each in evidence:
                text = each if isinstance(each, str) else repr(each)
                for line in text[:TEXT_MAX].rstrip().split("\n"):
                    print(f"    {line}", flush=True)
        return False

    def equal(self, name, got, wanted, *evidence):
        return self.that(name, got == wanted, f"wanted {wanted!r}", f"got    {got!r}", *evidence)

    def none(self, name, faults):
        """A check of a whole list: it holds when nothing is in it."""
        shown = [str(fault) for fault in faults[:20]]
        return self.that(f"{name}: {len(faults)} times", not faults, "\n".join(shown))

    def note(self, text):
        print(f"{time.monotonic() - self._started:6.1f} s  {text}", flush=True)

    def run(self, name, test, *arguments):
        """Runs one test function; whatever it throws is a failure of this name."""
        started = time.monotonic()
        before = self.passed, self.failed
        try:
            test(*arguments)
        except Exception:  # pylint: disable=broad-except
            self.that(f"{name} went to its end", False, traceback.format_exc())
        took = time.monotonic() - started
        self.note(f"{name}: {self.passed - before[0]} passed, {self.failed - before[1]} failed "
                  f"in {took:.1f} s")

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


class Late(Exception):
    """Something did not come true in time."""


def until(what, holds, seconds=20.0, pause=0.02):
    """Polls until `holds()` gives something true, and gives that; throws Late at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Late(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)


def main(tests):
    """Runs `tests(checks)`; exits with the verdict. Ctrl-C is a failure."""
    checks = Checks()
    try:
        tests(checks)
    except (Exception, KeyboardInterrupt):  # pylint: disable=broad-except
        checks.that("the suite went to its end", False, traceback.format_exc())
    sys.exit(checks.close())
