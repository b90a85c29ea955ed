#include "cli/log_lines.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(LinePrefix, WaitsForWholeLines) {
  LinePrefix prefix("build | ");
  EXPECT_EQ(prefix.feed("a\nb"), "build | a\n");
  EXPECT_EQ(prefix.feed("c"), "");
  EXPECT_EQ(prefix.feed("\n\nd"), "build | bc\nbuild | \n");
  EXPECT_EQ(prefix.finish(), "build | d\n");
  EXPECT_EQ(prefix.finish(), "");
  EXPECT_EQ(LinePrefix("").feed("a"), "a");
}

TEST(LogLines, PassOneStreamThrough) {
  LogLines lines("", true, true);
  EXPECT_EQ(lines.know({""}), "");
  EXPECT_EQ(lines.take({"", 0, "a\nb"}), "a\nb");
  EXPECT_EQ(lines.take({"", 1, "\nbc"}), "c") << "some of it was printed before";
  EXPECT_EQ(lines.take({"", 0, "a\nb"}), "");
  EXPECT_EQ(lines.take({"", 9, "d"}), "\n[fairlead: 5 bytes left out]\nd");
  EXPECT_EQ(lines.finish(), "");
}

TEST(LogLines, BeginAnywhereWhenTheyAreATail) {
  LogLines lines("", false, true);
  EXPECT_EQ(lines.take({"", 100, "a"}), "a");
  EXPECT_EQ(lines.take({"", 103, "b"}), "\n[fairlead: 2 bytes left out]\nb");
}

TEST(LogLines, NameSeveralStreams) {
  LogLines lines("build | ", true, true);
  EXPECT_EQ(lines.know({"0-x/main", "1-y/main"}), "");
  EXPECT_EQ(lines.take({"0-x/main", 0, "a\nb"}), "build | [0-x/main] a\n");
  EXPECT_EQ(lines.take({"1-y/main", 0, "c\n"}), "build | [1-y/main] c\n");
  EXPECT_EQ(lines.take({"0-x/main", 7, "d\n"}),
            "build | [0-x/main] b\nbuild | [0-x/main] [fairlead: 4 bytes left out]\n"
            "build | [0-x/main] d\n");
  EXPECT_EQ(lines.take({"1-y/main", 2, "e"}), "");
  EXPECT_EQ(lines.finish(), "build | [1-y/main] e\n");
}

TEST(LogLines, NameWhatIsNotTheMainOneFromItsFirstLineOn) {
  LogLines lines("", true, true);
  EXPECT_EQ(lines.know({"init"}), "");
  EXPECT_EQ(lines.take({"init", 0, "a\n"}), "[init] a\n");
  EXPECT_EQ(lines.know({"", "init"}), "");
  EXPECT_EQ(lines.take({"", 0, "b\n"}), "[main] b\n");
}

TEST(LogLines, PutTimesInFrontOfTheirLines) {
  LogLines lines("", true, true);
  EXPECT_EQ(lines.take({"", 0, "a\nb\nc", {{0, "T0"}, {2, "T2"}, {4, "T4"}}}), "T0 a\nT2 b\nT4 c");
  EXPECT_EQ(lines.take({"", 4, "cd\ne\n", {{4, "T4"}, {7, "T7"}, {99, "no line"}}}), "d\nT7 e\n");
}

}  // namespace
}  // namespace cli
