"""A planted bug as a text: what it is, the file, who must catch it, and one exact replacement."""

import dataclasses
import re


class BadMutant(Exception):
    """The text is no mutant, or does not fit the tree any more."""


@dataclasses.dataclass
class Mutant:
    """`catcher` is a target: fairlead_sim, or a test program with an optional gtest filter."""
    name: str
    what: str
    file: str
    catcher: str
    filter: str
    old: str
    new: str


CATCHER = re.compile(r"^(?:sim|unit ([a-z0-9_]+_test)(?: (\S+))?)$")


def parse(name, text):
    """Reads `what:`, `file:` and `caught by:` lines, then the blocks `--- old` and `--- new`."""
    head, mark, blocks = text.partition("--- old\n")
    old, second, new = blocks.partition("--- new\n")
    if not mark or not second:
        raise BadMutant(f"{name}: needs the blocks '--- old' and '--- new'")
    fields = {}
    for line in filter(None, map(str.strip, head.split("\n"))):
        key, colon, value = line.partition(":")
        if not colon or key not in ("what", "file", "caught by") or key in fields:
            raise BadMutant(f"{name}: '{line}' is not what:, file: or caught by:, once each")
        fields[key] = value.strip()
    absent = [key for key in ("what", "file", "caught by") if not fields.get(key)]
    if absent:
        raise BadMutant(f"{name}: no '{absent[0]}:' line")
    catcher = CATCHER.match(fields["caught by"])
    if not catcher:
        raise BadMutant(f"{name}: caught by is 'sim' or 'unit ROOM_test [FILTER]'")
    if not old.strip() or old == new:
        raise BadMutant(f"{name}: the old block is empty or the new one is the same")
    return Mutant(name, fields["what"], fields["file"], catcher.group(1) or "fairlead_sim",
                  catcher.group(2) or "", old.removesuffix("\n"), new.removesuffix("\n"))


def apply(mutant, text):
    """The file's text with the bug in it. The old text must be there exactly once."""
    count = text.count(mutant.old)
    if count != 1:
        raise BadMutant(f"{mutant.name}: the old text is {count} times in {mutant.file}, "
                        "must be once")
    return text.replace(mutant.old, mutant.new)


def first_failure(output):
    """(seed or None, the first line that tells of a failure) from a program's output."""
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    for line in lines:
        if re.search(r"fail|error|violat|assert|sanitizer|abort", line, re.I):
            seed = re.search(r"\bseed[ =:#]+(\d+)", line)
            if re.match(r"^sim: \d+ seeds passed", line):
                continue
            return (seed.group(1) if seed else None), line
    return None, lines[-1] if lines else ""
