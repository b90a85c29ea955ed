"""What the layer check refuses, on trees of a few lines."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import layers  # noqa: E402

CMAKE = """
room(base)
# room(commented base)
room(json base)
room(store base json)
room(api store)
room(sim base json store api)
"""


def tree(folder, files, cmake=CMAKE):
    root = pathlib.Path(folder)
    (root / "CMakeLists.txt").write_text(cmake)
    for name, text in {"src/base/time.h": "", "src/json/decode.h": "", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


class Layers(unittest.TestCase):
    def complaints(self, files, cmake=CMAKE):
        with tempfile.TemporaryDirectory() as folder:
            return layers.check(tree(folder, files, cmake))

    def test_own_room_and_named_rooms_may_be_included(self):
        self.assertEqual([], self.complaints({
            "src/store/runs.cc": '#include "store/runs.h"\n#include "json/decode.h"\n',
            "src/main/main.cc": '#include "sim/world.h"\n#include "api/routes.h"\n'}))

    def test_a_crossing_include_is_refused(self):
        found = self.complaints({"src/json/bad.cc": '\n#include "store/runs.h"\n'})
        self.assertEqual(1, len(found))
        self.assertTrue(found[0].startswith("src/json/bad.cc:2: json may not include store/runs.h"))

    def test_the_room_behind_a_named_room_is_refused(self):
        found = self.complaints({"src/api/runs.cc": '#include "json/decode.h"\n'})
        self.assertIn("does not name json", found[0])

    def test_nobody_includes_main_or_sim(self):
        found = self.complaints({"src/store/a.cc": '#include "main/main.h"\n#include "sim/w.h"\n'})
        self.assertEqual(2, len(found))
        found = self.complaints({}, CMAKE + "room(late sim)\n")
        self.assertIn("nobody includes it", found[0])

    def test_a_ring_of_rooms_is_refused_and_named(self):
        found = self.complaints({}, "room(base json)\nroom(json base)\n")
        self.assertEqual(["CMakeLists.txt: rooms in a ring: base -> json -> base"], found)

    def test_a_folder_without_a_line_is_refused(self):
        found = self.complaints({"src/common/x.h": ""})
        self.assertIn("src/common: no room(common ...) line in CMakeLists.txt", found)

    def test_commented_includes_do_not_count(self):
        self.assertEqual([], self.complaints({
            "src/json/a.cc": '// #include "store/runs.h"\n/*\n#include "api/x.h"\n*/\n'}))

    def test_ours_is_quoted_with_its_room(self):
        found = self.complaints({"src/json/a.cc": '#include "decode.h"\n#include <base/time.h>\n'})
        self.assertEqual(2, len(found))

    def test_this_tree_has_no_crossing(self):
        self.assertEqual([], layers.check(pathlib.Path(__file__).resolve().parents[2]))


if __name__ == "__main__":
    unittest.main()
