#include "json/parse.h"

#include <gtest/gtest.h>

#include "json/text.h"

namespace {

std::string refusal(std::string_view text, const json::Limits& limits = {}) {
  const auto value = json::parse(text, limits);
  if (value) return "read as " + json::print(*value);
  EXPECT_EQ(value.error().code, "bad_json");
  return value.error().message;
}

TEST(Parse, ReadsEveryKindOfValue) {
  const auto value = json::parse(R"( {"a": [null, true, false, "x"], "b": {}, "c": []} )");
  ASSERT_TRUE(value);
  EXPECT_EQ(json::print(*value), R"({"a":[null,true,false,"x"],"b":{},"c":[]})");
}

TEST(Parse, KeepsWholeNumbersWholeAndDoublesExact) {
  const auto value = json::parse(
      "[0, -0, -9223372036854775808, 18446744073709551615, 18446744073709551616, 1.0, 0.1, "
      "5e-324, 1.7976931348623157e308, 1e-999, 123456789012345680000.5]");
  ASSERT_TRUE(value);
  const auto& list = value->as_array();
  EXPECT_TRUE(list[0].is_int64());
  EXPECT_EQ(list[2].as_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(list[3].as_uint64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(list[4].as_double(), 18446744073709551616.0);
  EXPECT_EQ(list[5].as_double(), 1.0);
  EXPECT_EQ(list[6].as_double(), 0.1);
  EXPECT_EQ(list[7].as_double(), 5e-324);
  EXPECT_EQ(list[8].as_double(), std::numeric_limits<double>::max());
  EXPECT_EQ(list[9].as_double(), 0.0);
  EXPECT_EQ(list[10].as_double(), 123456789012345680000.5);
}

TEST(Parse, ReadsEscapesAndSurrogatePairs) {
  const auto value = json::parse(R"("\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00\u0000")");
  ASSERT_TRUE(value);
  const std::string_view text(value->as_string());
  EXPECT_EQ(text, std::string_view("\"\\/\b\f\n\r\té€😀\0", 18));
}

TEST(Parse, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(refusal(""), "1:1: the text ends too early: expected a value");
  EXPECT_EQ(refusal("{\n  \"é\": 1 2\n}"), "2:10: expected ',' or '}' after a member");
  EXPECT_EQ(refusal("{\"a\": 1, \"a\": 2}"), "1:10: 'a' is here twice");
  EXPECT_EQ(refusal("{a: 1}"), "1:2: expected a member's name in double quotes");
  EXPECT_EQ(refusal("[1,]"), "1:4: expected a value");
  EXPECT_EQ(refusal("01"), "1:1: a number may not start with 0");
  EXPECT_EQ(refusal("1."), "1:3: the text ends too early: expected a digit after '.'");
  EXPECT_EQ(refusal("[-x]"), "1:3: expected a digit after '-'");
  EXPECT_EQ(refusal("[1e+]"), "1:5: expected a digit in the exponent");
  EXPECT_EQ(refusal("1e999"), "1:1: this number is too big; the largest is about 1.8e308");
  EXPECT_EQ(refusal("nul"),
            "1:4: the text ends too early: expected a value; text goes in double "
            "quotes");
  EXPECT_EQ(refusal("1 2"), "1:3: nothing may follow the end of the value");
  EXPECT_EQ(refusal("\"\\ud800x\""), "1:2: half a surrogate pair is not a character");
  EXPECT_EQ(refusal("\"\\ude00\""), "1:2: half a surrogate pair is not a character");
  EXPECT_EQ(refusal("\"\\u12g4\""), "1:4: expected four hexadecimal digits after \\u");
  EXPECT_EQ(refusal("\"a\xff\""), "1:3: this is not valid UTF-8");
  EXPECT_EQ(refusal("\xef\xbb\xbf{}"), "1:1: the text starts with a byte order mark; remove it");
  EXPECT_EQ(refusal("\"a\tb\""),
            "1:3: expected '\"' at the end of a string; line ends and tabs "
            "are written \\n, \\t");
}

TEST(Parse, RefusesWhatIsBeyondTheLimits) {
  EXPECT_EQ(refusal("[[[]]]", {.depth = 2}), "1:3: nested deeper than 2 levels");
  EXPECT_EQ(refusal("[1,2]", {.nodes = 2}), "1:4: more than 2 values");
  EXPECT_EQ(refusal("[1,2]", {.bytes = 4}), "1:1: the text is longer than 4 bytes");
  EXPECT_TRUE(json::parse("[[]]", {.depth = 2}));
}

TEST(Parse, NeverNestsDeeperThanTheStackHolds) {
  const std::string deep(1'000'000, '[');
  EXPECT_EQ(refusal(deep, {.depth = deep.size()}), "1:257: nested deeper than 256 levels");
}

TEST(Parse, RefusesEveryPrefixOfADocument) {
  const std::string whole = R"({"a":[1,-2.5e+3,true,null,"é\ud83d\ude00\n"],"b":{"c":false}})";
  ASSERT_TRUE(json::parse(whole));
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(json::parse(std::string_view(whole).substr(0, n))) << n;
}

}  // namespace
