"""Planting bugs: reading them, fitting them to a tree, and reading what caught them."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOOLS))
import mutant  # noqa: E402

TEXT = """what: a retry forgets to count
file: src/core/retry.cc
caught by: unit core_test Retry.*
--- old
  ++attempt;
--- new
  // nothing
"""


class Text(unittest.TestCase):
    def test_a_mutant_is_read(self):
        one = mutant.parse("retry", TEXT)
        self.assertEqual(("core_test", "Retry.*"), (one.catcher, one.filter))
        self.assertEqual(("  ++attempt;", "  // nothing"), (one.old, one.new))
        self.assertEqual("fairlead_sim", mutant.parse("x", TEXT.replace(
            "unit core_test Retry.*", "sim")).catcher)

    def test_a_text_that_is_no_mutant_is_refused(self):
        for old, new in (("what:", "why:"), ("--- new\n", ""), ("unit core_test", "somebody"),
                         ("file: src/core/retry.cc\n", ""), ("  // nothing", "  ++attempt;")):
            with self.assertRaises(mutant.BadMutant, msg=old):
                mutant.parse("retry", TEXT.replace(old, new))

    def test_the_old_text_must_be_there_exactly_once(self):
        one = mutant.parse("retry", TEXT)
        self.assertEqual("{\n  // nothing\n}\n", mutant.apply(one, "{\n  ++attempt;\n}\n"))
        for text in ("", "  ++attempt;\n  ++attempt;\n"):
            with self.assertRaises(mutant.BadMutant):
                mutant.apply(one, text)

    def test_the_first_line_of_a_failure_and_its_seed_are_found(self):
        self.assertEqual(("17", "seed 17: FAILED: attempt 2 started twice"), mutant.first_failure(
            "phase one\nseed 17: FAILED: attempt 2 started twice\nsim: 16 seeds passed, 1 failed"))
        self.assertEqual((None, "x.cc:3: Failure"), mutant.first_failure("ok\nx.cc:3: Failure\n"))


CMAKE = """cmake_minimum_required(VERSION 3.25)
project(tiny CXX)
add_executable(core_test src/core/retry.cc)
"""
PRESETS = """{"version": 6, "configurePresets": [{"name": "release", "generator": "Ninja",
  "binaryDir": "${sourceDir}/build/${presetName}",
  "cacheVariables": {"CMAKE_CXX_COMPILER": "clang++-19"}}]}"""
SOURCE = """int main() {
  int attempt = 0;
  int unseen = 0;
  ++attempt;
  ++unseen;
  return attempt == 1 ? 0 : 1;
}
"""


class Tree(unittest.TestCase):
    def test_every_bug_of_ours_fits_the_tree(self):
        root = TOOLS.parent
        for path in sorted((root / "tests" / "mutants").glob("*.mutant")):
            with self.subTest(path.stem):
                one = mutant.parse(path.stem, path.read_text())
                text = (root / one.file).read_text()
                self.assertNotEqual(mutant.apply(one, text), text)

    def test_one_bug_is_caught_and_one_survives_in_a_tiny_tree(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            files = {"CMakeLists.txt": CMAKE, "CMakePresets.json": PRESETS,
                     "src/core/retry.cc": SOURCE, "tests/mutants/counted.mutant":
                     TEXT.replace(" Retry.*", ""), "tests/mutants/unseen.mutant":
                     TEXT.replace(" Retry.*", "").replace("++attempt", "++unseen")}
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            shutil.copytree(TOOLS, root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
            done = subprocess.run([root / "tools" / "mutants"], capture_output=True, text=True)
            self.assertEqual(1, done.returncode, done.stdout + done.stderr)
            self.assertIn("counted: caught by core_test", done.stdout)
            self.assertIn("unseen: survived", done.stdout)
            self.assertTrue(done.stdout.endswith("1 caught, 1 survived\n"), done.stdout)
            self.assertEqual(SOURCE, (root / "src/core/retry.cc").read_text())
            self.assertEqual(SOURCE, (root / "build/mutants/src/core/retry.cc").read_text())


if __name__ == "__main__":
    unittest.main()
