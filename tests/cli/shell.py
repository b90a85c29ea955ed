"""Commands as a user types them, in the folder of `fairlead dev`."""

import json

import programs
from programs import ROOT

EXAMPLES = ROOT / "examples"


class Typed:
    """What a command came to; `str` shows all of it."""

    def __init__(self, words, code, out, err):
        self.words, self.code, self.out, self.err = words, code, out, err

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return self.out.rstrip("\n").split("\n")

    def __str__(self):
        return (f"$ fairlead {' '.join(map(str, self.words))}\nexit code {self.code}\n"
                f"{self.out}---- standard error\n{self.err}")


def fairlead(place, *words, given=None, cwd=None, seconds=40, **env):
    """Runs a command in the place's folder, or in `cwd`."""
    return Typed(words, *programs.command(place.scratch, *words, cwd=cwd or place.folder,
                                          given=given, seconds=seconds, **env))


def expect(checks, place, code, *words, says=(), **more):
    """Runs a command; checks its exit code and that its words come in its output."""
    typed = fairlead(place, *words, **more)
    name = f"fairlead {' '.join(map(str, words))[:60]}"
    checks.equal(f"{name}: exit code", typed.code, code, str(typed))
    for each in [says] if isinstance(says, str) else says:
        checks.that(f"{name}: says {each!r}", each in typed.out + typed.err, str(typed))
    if code == 2:
        checks.that(f"{name}: standard error says what is wrong", typed.err.strip(), str(typed))
    return typed


def run_id(typed):
    """The id that `fairlead run` printed."""
    return typed.out.strip()
