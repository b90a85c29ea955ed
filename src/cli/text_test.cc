#include "cli/text.h"

#include <gtest/gtest.h>

namespace {

using namespace cli;
using namespace std::chrono_literals;

TEST(Text, WritesDurationsInTheUnitThatMatters) {
  EXPECT_EQ(duration_text(0s), "0.0s");
  EXPECT_EQ(duration_text(-5s), "0.0s");
  EXPECT_EQ(duration_text(1234ms), "1.2s");
  EXPECT_EQ(duration_text(59'949ms), "59.9s");
  EXPECT_EQ(duration_text(59'960ms), "1m00s");
  EXPECT_EQ(duration_text(245s), "4m05s");
  EXPECT_EQ(duration_text(2h + 13min), "2h13m");
  EXPECT_EQ(duration_text(76h), "3d4h");
}

TEST(Text, WritesAgesAsKubectlDoes) {
  EXPECT_EQ(age_text(-1s), "0s");
  EXPECT_EQ(age_text(59'999ms), "59s");
  EXPECT_EQ(age_text(5min), "5m");
  EXPECT_EQ(age_text(5min + 3s), "5m3s");
  EXPECT_EQ(age_text(90min), "90m");
  EXPECT_EQ(age_text(3h + 12min), "3h12m");
  EXPECT_EQ(age_text(30h), "30h");
  EXPECT_EQ(age_text(49h), "2d1h");
  EXPECT_EQ(age_text(24h * 30), "30d");
}

TEST(Text, WritesBytesInTheUnitThatFits) {
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text(3 << 20), "3.0 MiB");
}

TEST(Text, TakesOutWhatSteersATerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\x07\n\tc"), "a?[31mb?  c");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "?2J");                                   // the one-character form of ESC [
  EXPECT_EQ(printable("a\xe2\x80\xaegnp"), "a?gnp");  // right-to-left override
  EXPECT_EQ(printable("\xff\xc3(\xe2\x82"),
            "?"
            "?(?"
            "?");  // broken UTF-8
  EXPECT_EQ(printable("grüß 世界 😀"), "grüß 世界 😀");
}

TEST(Text, CountsTheColumnsOfWideAndJoinedCharacters) {
  EXPECT_EQ(columns_of("abc"), 3u);
  EXPECT_EQ(columns_of("grüß"), 4u);
  EXPECT_EQ(columns_of("世界"), 4u);
  EXPECT_EQ(columns_of("e\xcc\x81"), 1u);
  EXPECT_EQ(columns_of("✓ ○"), 3u);
}

TEST(Text, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 5), "abcd…");
  EXPECT_EQ(cut("abcdef", 5, false), "abcd~");
  EXPECT_EQ(cut("世界人", 5), "世界…");
  EXPECT_EQ(cut("世界人", 4), "世…");
  EXPECT_EQ(cut("abc", 0), "");
  EXPECT_EQ(pad("世", 4), "世  ");
}

}  // namespace
