"""The fingerprint that lets clang-tidy skip a file."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import clang_tidy  # noqa: E402


class Fingerprint(unittest.TestCase):
    def test_it_changes_with_all_the_outcome_depends_on_and_with_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            src = pathlib.Path(folder) / "src"
            files = {"a/a.cc": '#include "a/a.h"\n', "a/a.h": '#include "b/b.h"\n',
                     "b/b.h": "", "b/other.h": ""}
            for name, text in files.items():
                (src / name).parent.mkdir(parents=True, exist_ok=True)
                (src / name).write_text(text)

            def mark(flags="-O1", settings=b"checks"):
                return clang_tidy.fingerprint(src / "a/a.cc", flags, [src], settings)

            first = mark()
            self.assertNotEqual(first, mark(flags="-O2"))
            self.assertNotEqual(first, mark(settings=b"more checks"))
            (src / "b/other.h").write_text("int unrelated;")
            self.assertEqual(first, mark())
            (src / "b/b.h").write_text("int included_at_second_hand;")
            self.assertNotEqual(first, mark())


if __name__ == "__main__":
    unittest.main()
