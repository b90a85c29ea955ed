#include "json/yaml.h"

#include <gtest/gtest.h>

#include "json/text.h"

namespace {

/// The documents as JSON, one a line; or the refusal.
std::string read(std::string_view text, const json::Limits& limits = {}) {
  const auto documents = json::parse_yaml(text, limits);
  if (!documents) {
    EXPECT_EQ(documents.error().code, "bad_yaml");
    return documents.error().message;
  }
  std::string all;
  for (const auto& each : *documents) all += (all.empty() ? "" : "\n") + json::print(each);
  return all;
}

TEST(Yaml, ReadsScalarsAsKubectlDoes) {
  const struct {
    std::string_view yaml, json;
  } rows[] = {
      {"yes", "true"},
      {"Off", "false"},
      {"TRUE", "true"},
      {"y", "true"},
      {"'yes'", "\"yes\""},
      {"tRue", "\"tRue\""},
      {"null", "null"},
      {"~", "null"},
      {"0x1f", "31"},
      {"0o17", "15"},
      {"0644", "420"},
      {"-0x10", "-16"},
      {"089", "89.0"},
      {"0b101", "5"},
      {"1_000", "1000"},
      {"+7", "7"},
      {"1e3", "1000.0"},
      {"1.", "1.0"},
      {".5", "0.5"},
      {"1.2.3", "\"1.2.3\""},
      {"500m", "\"500m\""},
      {"12:30", "\"12:30\""},
      {"2001-01-01", "\"2001-01-01\""},
      {"--1", "\"--1\""},
      {"+-1", "\"+-1\""},
      {"0x", "\"0x\""},
      {"1e", "\"1e\""},
      {"0x-1", "\"0x-1\""},
      {"_1", "\"_1\""},
      {"\"1\"", "\"1\""},
      {"18446744073709551615", "18446744073709551615"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"18446744073709551616", "1.8446744073709552e+19"},
  };
  for (const auto& row : rows) EXPECT_EQ(read(row.yaml), row.json) << row.yaml;
}

TEST(Yaml, ReadsEveryDocumentAndSkipsEmptyOnes) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("# nothing\n"), "");
  EXPECT_EQ(read("---\n---\na: 1\n---\n# none\n---\n- 2\n...\n"), "{\"a\":1}\n[2]");
  EXPECT_EQ(read("null"), "null");
}

TEST(Yaml, ReadsJsonWithTabsAndSurrogatePairs) {
  EXPECT_EQ(read("{\n\t\"a\": \"\\ud83d\\ude00\\/\"\n}"), "{\"a\":\"😀/\"}");
}

TEST(Yaml, ReadsBlocksAndFlows) {
  EXPECT_EQ(read("a:\n  - x\n  - {b: [1, 2]}\nc: |\n  one\n  two\nd: >-\n  three\n  four\ne:\n"),
            R"({"a":["x",{"b":[1,2]}],"c":"one\ntwo\n","d":"three four","e":null})");
}

TEST(Yaml, RefusesKeysThatAreDoubledOrTaggedOtherwise) {
  EXPECT_EQ(read("a: 1\nb: 2\na: 3\n"), "3:1: 'a' is here twice");
  EXPECT_EQ(read("!!int 1: 1"), "1:1: the key 1 is not a string; leave its tag out");
  EXPECT_EQ(read("? [a]\n: 1"), "1:3: a list or object cannot be a key");
  EXPECT_EQ(read("'on': 1"), R"({"on":1})");
  EXPECT_EQ(read("{a: 1, a: 2}"), "1:8: 'a' is here twice");
}

TEST(Yaml, TakesEveryPlainKeyAsItsText) {
  EXPECT_EQ(read("on: 1\n2: 3\nnull: 4\n"), R"({"on":1,"2":3,"null":4})");
}

TEST(Yaml, ReadsTheCoreTagsOnly) {
  EXPECT_EQ(read("[!!str 1, !!int '2', !!float 3, !!bool yes, !!null '', !!seq [], !!map {}, ! 4]"),
            R"(["1",2,3.0,true,null,[],{},"4"])");
  EXPECT_EQ(read("a: !!binary aGk="),
            "1:4: the tag tag:yaml.org,2002:binary means nothing here; "
            "only YAML's own tags such as !!str are read");
  EXPECT_EQ(read("a: !Ref x"),
            "1:4: the tag !Ref means nothing here; only YAML's own tags such as !!str are read");
  EXPECT_EQ(read("!!int x"), "1:1: the tag tag:yaml.org,2002:int does not fit 'x'");
  EXPECT_EQ(read("!!map []"), "1:1: the tag tag:yaml.org,2002:map does not fit here; leave it out");
}

TEST(Yaml, FollowsAliasesWithinOneDocument) {
  EXPECT_EQ(read("a: &x {b: [1]}\nc: *x\nd: &y z\ne: *y"),
            R"({"a":{"b":[1]},"c":{"b":[1]},"d":"z","e":"z"})");
  EXPECT_EQ(read("a: *x"), "1:4: no anchor &x ends before this alias");
  EXPECT_EQ(read("a: &x [*x]"), "1:8: no anchor &x ends before this alias");
  EXPECT_EQ(read("&x a\n---\n*x"), "3:1: no anchor &x ends before this alias");
  EXPECT_EQ(read("a: &x b\n*x : 1"), "2:1: an alias cannot be a key; write the key out");
}

TEST(Yaml, RefusesTheMergeKey) {
  EXPECT_EQ(read("a: &x {b: 1}\nc:\n  <<: *x\n"),
            "3:3: the merge key << is not read; write the members out or use an alias");
  EXPECT_EQ(read("'<<': 1"), R"({"<<":1})");
}

TEST(Yaml, RefusesABillionLaughs) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 1; n < 10; ++n) text += ", " + before;
    text += "]\n";
  }
  EXPECT_EQ(read(text), "5:45: the aliases expand to more than 100000 values");
}

TEST(Yaml, RefusesAliasesAndAnchorsThatCopyTooManyBytes) {
  const std::string big(1000, 'x');
  EXPECT_EQ(read("a: &a " + big + "\nb: [*a, *a, *a]\n", {.bytes = 3500}),
            "2:13: the aliases expand to more than 3500 bytes or 5000000 values");
  EXPECT_EQ(read("&a [&b [&c [" + big + "]]]", {.bytes = 1500}),
            "1:1014: the anchors hold too much; use fewer of them");
}

TEST(Yaml, CountsDepthThroughAliases) {
  EXPECT_EQ(read("- &a [[1]]\n- [[*a]]\n", {.depth = 4}), "2:5: nested deeper than 4 levels");
  EXPECT_EQ(read("- &a [[1]]\n- [*a]\n", {.depth = 4}), "[[[1]],[[[1]]]]");
  EXPECT_EQ(read(std::string(100'000, '[')), "1:65: nested deeper than 64 levels");
}

TEST(Yaml, SaysWhereTheTextIsBroken) {
  EXPECT_EQ(read("a: [1\nb: 2"), "2:2: did not find expected ',' or ']'");
  EXPECT_EQ(read("a: \"x"), "1:6: found unexpected end of stream");
  EXPECT_EQ(read("a: .inf"),
            "1:4: .inf is not a number that JSON knows; put it in quotes if it is "
            "a string");
  EXPECT_EQ(read("a: 1e999"),
            "1:4: the number 1e999 is too big; put it in quotes if it is a "
            "string");
  EXPECT_EQ(read("a: \xff"), "1:4: this is not valid UTF-8");
  EXPECT_EQ(read("a: \x01"), "1:4: control characters are not allowed");
  EXPECT_EQ(read("[1, 2, 3]", {.nodes = 3}), "1:8: more than 3 values");
}

TEST(Yaml, NeverCrashesOnAPrefix) {
  const std::string whole =
      "a: &x [1, 'two', \"\\u20ac\", {b: ~}]\nc: |\n  one\n  two\n? d\n: !!str 5\ne: *x\n---\n- "
      "é\n";
  ASSERT_TRUE(json::parse_yaml(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto documents = json::parse_yaml(std::string_view(whole).substr(0, n));
    if (!documents) EXPECT_NE(documents.error().message.find(':'), std::string::npos) << n;
  }
}

}  // namespace
