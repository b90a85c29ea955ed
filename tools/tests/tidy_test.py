"""What the rules refuse, and what they leave alone."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import cpp  # noqa: E402
import tidy  # noqa: E402


def errors(text, path="src/core/run.cc"):
    found = tidy.Findings()
    tidy.check_text(path, text, found)
    tidy.check_cpp(path, text, found)
    return found.errors


def body(lines):
    return "{\n" + "  f();\n" * lines + "}\n"


class Tidy(unittest.TestCase):
    def test_banned_words_are_refused_in_code_alone(self):
        for text in ("asio::detached;", "system(\"ls\");", "std::system(x);", "a << std::endl;",
                     "using namespace std;", "std::this_thread::sleep_for(1s);",
                     "class RunManager {", "struct Impl;", "class JobHelper final {"):
            self.assertEqual(1, len(errors(text)), text)
        for text in ("// detached\n", 'say("system(detached)");', "file_system(1);",
                     "std::chrono::system_clock::now();", "class Implicit {};",
                     'R"(std::endl)";', "using namespace std::chrono_literals;"):
            self.assertEqual([], errors(text), text)

    def test_a_long_function_is_refused_and_named(self):
        self.assertEqual([], errors("int g() " + body(70)))
        found = errors("namespace a {\nint Run::go(int n) const " + body(71) + "}\n")
        self.assertEqual(["src/core/run.cc:2: Run::go has 71 lines, 70 are the most"], found)

    def test_a_table_in_a_raw_string_does_not_count_as_body(self):
        table = 'TEST(Machine, PlaysItsTable) {\n  play(R"(\n' + "  line\n" * 100 + ')");\n}\n'
        self.assertEqual([], errors(table))

    def test_todo_names_its_issue(self):
        self.assertEqual([], errors("// TODO(#12): later\n"))
        self.assertEqual(1, len(errors("// TODO: later\n")))

    def test_headers_begin_with_pragma_once_and_hide_libraries(self):
        good = "#pragma once\n\n#include <string>\n"
        self.assertEqual([], errors(good, "src/http/server.h"))
        self.assertEqual(1, len(errors("#include <string>\n", "src/http/server.h")))
        for name in ("boost/beast/http.hpp", "sqlite3.h", "openssl/ssl.h", "libpq-fe.h"):
            text = f"#pragma once\n#include <{name}>\n"
            self.assertEqual(1, len(errors(text, "src/http/server.h")), name)
            self.assertEqual([], errors(f"#include <{name}>\n", "src/http/server.cc"))

    def test_core_is_pure(self):
        self.assertEqual(1, len(errors("#include <thread>\n", "src/core/plan.cc")))
        self.assertEqual([], errors("#include <thread>\n", "src/loop/pool.cc"))

    def test_a_tests_name_is_a_sentence(self):
        self.assertEqual([], errors("TEST(Run, EndsOnce) {\n}\n"))
        self.assertEqual(2, len(errors("TEST(Run, Basic) {\n}\nTEST_F(Run, it_works) {\n}\n")))

    def test_size_limits(self):
        self.assertEqual([], errors("\n" * 500))
        self.assertEqual(1, len(errors("\n" * 501)))
        self.assertEqual(1, len(errors("// " + "x" * 98)))

    def test_vague_file_names_are_refused(self):
        for name in ("src/core/util.h", "src/core/run_helpers.cc", "src/core/impl.cc"):
            self.assertIn("noun", errors("#pragma once\n", name)[0])


class Functions(unittest.TestCase):
    def names(self, text):
        return [name for _, name, _ in cpp.functions(text)]

    def test_functions_are_told_from_types_tables_and_initializers(self):
        self.assertEqual(["f", "X::X", "g", "operator==", "TEST(A, BIsC)"], self.names("""
            namespace a { namespace {
            struct P { int x = 0; std::vector<int> v{1, 2}; };
            BOOST_DESCRIBE_STRUCT(P, (), (x, v))
            struct X : P { X(); enum class E { a, b }; };
            constexpr int table[] = {1, 2, 3};
            const auto later = [](int x) { return x; };
            auto f(int a) -> int { if (a) { return 1; } return table[0]; }
            X::X() : P{1}, b_(2), c_{3} { for (;;) {} }
            template <class T> requires C<T>
            loop::Task<> g(T t = {}) noexcept { co_return; }
            bool operator==(const P&, const P&) { return true; }
            int declared(int);
            TEST(A, BIsC) { EXPECT_EQ("}{", '{'); }
            } }
        """))


if __name__ == "__main__":
    unittest.main()
