#include "json/text.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/rng.h"
#include "json/parse.h"
#include "json/yaml.h"

namespace {

using base::Value;

/// Texts that a careless printer spoils.
constexpr std::string_view hard_texts[] = {"",
                                           " ",
                                           "a",
                                           "yes",
                                           "Null",
                                           "~",
                                           "0x1f",
                                           "017",
                                           "1e3",
                                           "1_000",
                                           ".5",
                                           "-",
                                           "- a",
                                           "a: b",
                                           "a:",
                                           "a #b",
                                           "#",
                                           "\n",
                                           "a\n",
                                           "a\nb",
                                           "a\nb\n",
                                           "a\n\n",
                                           "\na",
                                           " a\nb",
                                           "a\n  b\n \n",
                                           "\ta\nb",
                                           "a\n\tb\n",
                                           "a\r\nb",
                                           "---",
                                           "...",
                                           "a\n---\nb\n",
                                           "\xc2\x85x",
                                           "\xe2\x80\xa8",
                                           "\xef\xbb\xbf",
                                           "\x01",
                                           "\x7f",
                                           "😀",
                                           "\"",
                                           "'",
                                           "\\",
                                           "*a",
                                           "&a",
                                           "!a",
                                           "|",
                                           ">",
                                           "%",
                                           "@",
                                           "`",
                                           "{",
                                           "[",
                                           "?",
                                           "<<",
                                           "=",
                                           "2001-01-01",
                                           "1:30",
                                           "500m",
                                           "64Mi",
                                           "a,b",
                                           "registry:5000/x@sha256:0a",
                                           "é\nü\n"};

std::string random_text(base::Rng& rng) {
  constexpr std::string_view letters = "ab1 \n\t:#-'\"\\{}[],&*!|>%@.~yes";
  if (rng.chance(0.4)) return std::string(hard_texts[rng.below(std::size(hard_texts))]);
  std::string text;
  for (auto n = rng.below(rng.chance(0.05) ? 400 : 8); n > 0; --n)
    text += letters[rng.below(letters.size())];
  return text;
}

Value random_tree(base::Rng& rng, int depth) {
  const auto kind = rng.below(depth > 0 ? 9 : 7);
  if (kind == 0) return nullptr;
  if (kind == 1) return rng.chance(0.5);
  if (kind == 2) return std::int64_t(rng.next()) >> rng.below(64);
  if (kind == 3) return rng.next() | (std::uint64_t(1) << 63);
  if (kind == 4) return (rng.unit() - 0.5) * double(rng.below(1'000'000'000));
  if (kind <= 6) return Value(random_text(rng));
  const auto size = rng.below(4);
  if (kind == 7) {
    base::Array list;
    for (std::size_t i = 0; i < size; ++i) list.push_back(random_tree(rng, depth - 1));
    return list;
  }
  base::Object object;
  for (std::size_t i = 0; i < size; ++i)
    object.insert_or_assign(random_text(rng), random_tree(rng, depth - 1));
  return object;
}

void expect_same_again(const Value& tree) {
  const auto compact = json::parse(json::print(tree));
  ASSERT_TRUE(compact) << compact.error().message << "\n" << json::print(tree);
  EXPECT_EQ(*compact, tree);
  const auto pretty = json::parse(json::print_pretty(tree));
  ASSERT_TRUE(pretty) << pretty.error().message;
  EXPECT_EQ(*pretty, tree);
  const auto text = json::print_yaml(tree);
  const auto yaml = json::parse_yaml(text);
  ASSERT_TRUE(yaml) << yaml.error().message << "\n" << text;
  ASSERT_EQ(yaml->size(), 1u) << text;
  EXPECT_EQ(yaml->front(), tree) << text;
}

TEST(Text, ComesBackAsTheSameTreeFromJsonAndYaml) {
  base::Rng rng(7);
  for (int i = 0; i < 3000; ++i) ASSERT_NO_FATAL_FAILURE(expect_same_again(random_tree(rng, 5)));
}

TEST(Text, ComesBackForEveryHardTextInEveryPlace) {
  for (const auto text : hard_texts) {
    ASSERT_NO_FATAL_FAILURE(expect_same_again(Value(text)));
    ASSERT_NO_FATAL_FAILURE(expect_same_again(base::Array{Value(text), Value(text)}));
    ASSERT_NO_FATAL_FAILURE(expect_same_again(base::Object{{text, text}, {"z", text}}));
    ASSERT_NO_FATAL_FAILURE(
        expect_same_again(base::Object{{text, base::Array{base::Object{{text, text}}}}}));
  }
}

TEST(Text, ComesBackWithKeysLongerThanYamlScans) {
  const std::string wide(3000, 'k');
  const Value inner = base::Object{{wide, base::Array{base::Object{{wide, 1}, {"b", 2}}}}};
  expect_same_again(base::Array{inner, base::Object{{wide + "\n", inner}}});
}

TEST(Text, PrintsYamlForPeople) {
  const auto tree = json::parse(R"({"kind": "Pipeline", "on": "no", "size": "64Mi", "empty": {},
    "jobs": {"build": {"run": "make\nmake test\n", "args": ["-v", "1", ["x", "z"], []]}},
    "list": [{"a": 1, "b": 2.0}, null]})");
  ASSERT_TRUE(tree);
  EXPECT_EQ(json::print_yaml(*tree), R"(kind: Pipeline
"on": "no"
size: 64Mi
empty: {}
jobs:
  build:
    run: |
      make
      make test
    args:
      - "-v"
      - "1"
      - - x
        - z
      - []
list:
  - a: 1
    b: 2.0
  - null
)");
}

TEST(Text, PrintsPrettyJsonWithTwoSpaces) {
  EXPECT_EQ(json::print_pretty(base::Object{{"a", base::Array{1, 2}}, {"b", base::Object()}}),
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(Text, ReplacesWhatJsonCannotHold) {
  EXPECT_EQ(json::print(Value("a\xff\xfe z")), "\"a\uFFFD\uFFFD z\"");
  EXPECT_EQ(json::print(Value(std::numeric_limits<double>::infinity())), "null");
}

TEST(Text, RefusesToPrintATreeThatIsTooDeep) {
  Value tree;
  for (std::size_t i = 0; i < json::depth_max + 2; ++i) tree = base::Array{std::move(tree)};
  EXPECT_THROW(json::print(tree), base::Failure);
  EXPECT_THROW(json::print_yaml(tree), base::Failure);
}

TEST(Text, EscapesPointersAsTheRfcSays) {
  EXPECT_EQ(json::pointer_join("/jobs", "a/b~c"), "/jobs/a~1b~0c");
  EXPECT_EQ(json::pointer_join("", ""), "/");
}

}  // namespace
