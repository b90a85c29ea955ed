"""Our own rules about files, names and words; layers.py has those about who includes whom.

python3 tools/tidy.py prints every complaint (exit code 1) and every warning (refuses nothing).
"""

import pathlib
import re
import sys

import cpp

FILE_AIM, FILE_MAX = 300, 500
FUNCTION_AIM, FUNCTION_MAX = 40, 70
LINE_MAX = 100
FOLDER_AIM = 25

BANNED = [
    (re.compile(r"\bdetached\b"), "'detached': every task has an owner, spawn it in a Group"),
    (re.compile(r"\bsleep_for\b|\bthis_thread::sleep"),
     "a sleeping thread: wait on a Clock with a deadline"),
    (re.compile(r"(?<![\w.>])system\s*\("), "'system(': start processes without a shell"),
    (re.compile(r"\bstd::endl\b"), "'std::endl': write '\\n'"),
    (re.compile(r"\busing\s+namespace\s+std\s*;"), "'using namespace std;'"),
]
VAGUE_CLASS = re.compile(
    r"\b(?:class|struct)\s+\w*(?:Manager|Helper|Util|Impl)s?\b\s*(?=[{:;]|final|$)")
VAGUE_FILE = re.compile(r"(?:^|_)(?:manager|helper|util|impl|common|misc)s?$")
# Libraries that a header must not show: their types stay behind ours.
HIDDEN = ("boost/beast", "sqlite3.h", "libpq-fe.h", "openssl/")
# What a pure room has no business with.
IMPURE = ("boost/asio", "thread", "mutex", "fstream", "filesystem", "unistd.h")
PURE = ("core", "model")
TODO = re.compile(r"\bTODO\b(?!\(#\d+\))")
TEST = re.compile(r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.M)


class Findings:
    """What is refused and what is only said."""

    def __init__(self):
        self.errors = []
        self.warnings = []

    def limit(self, where, what, count, aim, most):
        if count > most:
            self.errors.append(f"{where}: {what} has {count} lines, {most} are the most")
        elif count > aim:
            self.warnings.append(f"{where}: {what} has {count} lines, aim at {aim}")


def check_text(path, text, found):
    """Rules for every text file that people write."""
    lines = text.split("\n")
    found.limit(path, "the file", text.count("\n"), FILE_AIM, FILE_MAX)
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX:
            found.errors.append(f"{path}:{number}: {len(line)} columns, {LINE_MAX} are the most")
    if VAGUE_FILE.search(pathlib.PurePath(path).stem.removesuffix("_test")):
        found.errors.append(f"{path}: name the file after its noun")


def check_cpp(path, text, found):
    """Rules for C++ files."""
    bare = cpp.code(text)
    for number, line in enumerate(bare.split("\n"), 1):
        for pattern, sentence in BANNED:
            if pattern.search(line):
                found.errors.append(f"{path}:{number}: {sentence}")
        if VAGUE_CLASS.search(line):
            found.errors.append(f"{path}:{number}: name the class after its noun")
    for number, comment in cpp.comments(text):
        if TODO.search(comment):
            found.errors.append(f"{path}:{number}: write TODO(#ISSUE), or do it now")
    for number, name, lines in cpp.functions(text):
        found.limit(f"{path}:{number}", name, lines, FUNCTION_AIM, FUNCTION_MAX)
    check_includes(path, text, found)
    check_test_names(path, text, found)


def check_includes(path, text, found):
    header = path.endswith(".h")
    if header and not text.startswith("#pragma once\n"):
        found.errors.append(f"{path}:1: begin with #pragma once")
    room = path.split("/")[1]
    for number, name, _ in cpp.includes(text):
        if header and name.startswith(HIDDEN):
            found.errors.append(f"{path}:{number}: <{name}> belongs in a .cc")
        if room in PURE and not path.endswith("_test.cc") and name.startswith(IMPURE):
            found.errors.append(f"{path}:{number}: {room} is pure, <{name}> is not")


def check_test_names(path, text, found):
    for match in TEST.finditer(text):
        suite, name = match.groups()
        words = re.findall(r"[A-Z][a-z0-9]*", name)
        if "_" in name or len(words) < 2:
            number = text.count("\n", 0, match.start()) + 1
            found.errors.append(f"{path}:{number}: {suite}.{name}: a test's name is a sentence")


def check_folder(path, names, found):
    """Rules for a folder of src/."""
    nouns = [n for n in names if n.endswith(".cc") and not n.endswith(("_test.cc", "_fuzz.cc"))]
    if len(nouns) > FOLDER_AIM:
        found.warnings.append(f"{path}: {len(nouns)} .cc files, aim at about fifteen nouns")
    if pathlib.PurePath(path).name in ("common", "utils", "helpers", "misc"):
        found.errors.append(f"{path}: name the folder after what it holds")


def check(root):
    """Findings about the tree at `root`, a pathlib.Path."""
    found = Findings()
    for folder in sorted(p for p in (root / "src").rglob("*") if p.is_dir()):
        check_folder(folder.relative_to(root).as_posix(), [p.name for p in folder.iterdir()], found)
    for top in ("src", "tools", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cc", ".py", ".go") or not path.is_file():
                continue
            name, text = path.relative_to(root).as_posix(), path.read_text()
            check_text(name, text, found)
            if path.suffix in (".h", ".cc") and top == "src":
                check_cpp(name, text, found)
    return found


def main():
    found = check(pathlib.Path(__file__).resolve().parent.parent)
    for sentence in found.warnings:
        print(f"warning: {sentence}")
    for sentence in found.errors:
        print(sentence)
    return 1 if found.errors else 0


if __name__ == "__main__":
    sys.exit(main())
