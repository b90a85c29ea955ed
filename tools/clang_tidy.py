"""Runs clang-tidy on the .cc files whose outcome is not known yet: tools/clang_tidy.py [FILE...]

A file is known to be clean by a hash over its text, the text of every project header it includes,
its compile flags, .clang-tidy and the version of clang-tidy, kept in ~/.cache/fairlead/clang-tidy.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time

import build
import cpp

PRESET = "asan"
TIDY = "clang-tidy-19"
KNOWN_DAYS = 60
# A test's scenario is a lambda that captures, held by the call that plays it; ASan sees it run.
IN_TESTS = "--checks=-cppcoreguidelines-avoid-capturing-lambda-coroutines"


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "fairlead" / "clang-tidy"


def sources_of(path, folders, seen=None):
    """The project files that make the file at `path`: itself and what it includes, transitively."""
    seen = {} if seen is None else seen
    if path in seen:
        return seen
    text = path.read_text(errors="replace")
    seen[path] = text
    for _, name, quoted in cpp.includes(text):
        if not quoted:
            continue
        for folder in [path.parent, *folders]:
            if (folder / name).is_file():
                sources_of((folder / name).resolve(), folders, seen)
                break
    return seen


def fingerprint(path, flags, folders, settings):
    """The hash that stands for everything the outcome depends on."""
    digest = hashlib.sha256(settings)
    digest.update(flags.encode())
    for text in sources_of(path, folders).values():
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def commands():
    """{file: (flags, include folders)} of our own files in the compile commands."""
    listing = json.loads((build.folder(PRESET) / "compile_commands.json").read_text())
    found = {}
    for entry in listing:
        path = pathlib.Path(entry["file"]).resolve()
        words = shlex.split(entry["command"])
        own = [pathlib.Path(w[2:]) for w in words if w.startswith("-I")]
        flags = " ".join(w for w in words if w.startswith("-")).replace(str(build.ROOT), ".")
        if path.is_relative_to(build.ROOT / "src"):
            found[path] = (flags, own)
    return found


def tidy(path):
    command = [TIDY, "--quiet", "-p", str(build.folder(PRESET)), str(path)]
    if path.name.endswith("_test.cc"):
        command.insert(1, IN_TESTS)
    done = subprocess.run(command, cwd=build.ROOT, capture_output=True, text=True)
    noise = (" warnings generated.", " warning generated.", "Suppressed ", "Use -header-filter")
    said = [line for line in (done.stdout + done.stderr).split("\n")
            if not any(word in line for word in noise)]
    return done.returncode, "\n".join(said).replace(f"{build.ROOT}/", "").strip()


def forget_old(folder):
    horizon = time.time() - KNOWN_DAYS * 86400
    for path in folder.iterdir():
        if path.stat().st_mtime < horizon:
            path.unlink()


def prepare():
    """Makes the compile commands and the generated headers."""
    if "generated" in build.targets(PRESET):
        build.build(PRESET, ["generated"], subprocess.DEVNULL)


def main(arguments):
    prepare()
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    settings = version + (build.ROOT / ".clang-tidy").read_bytes()
    known = cache_folder()
    known.mkdir(parents=True, exist_ok=True)
    forget_old(known)

    every = commands()
    wanted = [pathlib.Path(a).resolve() for a in arguments] or sorted(every)
    work = []
    for path in wanted:
        if path not in every:
            print(f"{path}: not compiled in preset {PRESET}")
            return 2
        mark = known / fingerprint(path, *every[path], settings)
        if mark.exists():
            os.utime(mark)
        else:
            work.append((path, mark))

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for (path, mark), (code, said) in zip(work, pool.map(lambda w: tidy(w[0]), work)):
            if code == 0:
                mark.touch()
            else:
                failed += 1
                print(said or f"{path}: clang-tidy ended with {code}", flush=True)
    print(f"{len(wanted)} files, {len(wanted) - len(work)} known to be clean, {failed} refused")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
