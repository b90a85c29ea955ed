"""The ledger: a file to which every job appends lines, one write each, so their order is true."""

import collections
import dataclasses


@dataclasses.dataclass(frozen=True)
class Line:
    """`begin`, `tick` or `end` of an attempt; `code` is the exit code of an end."""
    at: int
    word: str
    run: str
    job: str
    attempt: int
    uid: str
    code: int | None = None


def script(path, steps=0, fail_until=0, code=7):
    """A shell script that says in the ledger what it does, and the same on its output.

    Attempts up to `fail_until` exit with `code`.
    """
    return f"""me="$FAIRLEAD_RUN $FAIRLEAD_JOB $FAIRLEAD_ATTEMPT $FAIRLEAD_UID"
echo "begin $me" >>{path}
echo "hello $me"
i=0
while [ $i -lt {steps} ]; do
  sleep 0.1; i=$((i + 1)); echo "tick $me" >>{path}; echo "step $i"
done
code=0; [ "$FAIRLEAD_ATTEMPT" -gt {fail_until} ] || code={code}
echo "bye $code"
echo "end $me $code" >>{path}
exit $code
"""


def output(line, steps):
    """What an attempt that came to this end line has printed."""
    me = f"{line.run} {line.job} {line.attempt} {line.uid}"
    said = [f"hello {me}", *(f"step {i}" for i in range(1, steps + 1)), f"bye {line.code}"]
    return "".join(f"{each}\n" for each in said)


def read(path):
    """Every line, in order; at the end a list of those that are not ours."""
    lines, strange = [], []
    text = path.read_text() if path.exists() else ""
    for at, raw in enumerate(text.split("\n")[:-1]):
        words = raw.split(" ")
        if words[0] not in ("begin", "tick", "end") or len(words) != 5 + (words[0] == "end"):
            strange.append(raw)
            continue
        lines.append(Line(at, words[0], words[1], words[2], int(words[3]), words[4],
                          int(words[5]) if words[0] == "end" else None))
    return lines, strange


def begun_twice(lines):
    """Attempts that began more than once."""
    counts = collections.Counter((line.run, line.job, line.attempt) for line in lines
                                 if line.word == "begin")
    return [key for key, count in counts.items() if count > 1]


def overlaps(lines):
    """Lines of an attempt after a later attempt of its job began: two were alive at once."""
    newest, found = {}, []
    for line in lines:
        job = (line.run, line.job)
        if line.attempt < newest.get(job, 0):
            found.append(line)
        newest[job] = max(newest.get(job, 0), line.attempt)
    return found
