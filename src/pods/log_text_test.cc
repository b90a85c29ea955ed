#include "pods/log_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace pods {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t all = 1 << 20;
const base::Time noon = *base::parse_time("2026-11-21T12:00:00Z");

/// A stamp as a kubelet writes it, to the nanosecond.
std::string stamp(std::uint64_t nanos) {
  const auto whole = base::format_time(noon + std::chrono::seconds(nanos / 1'000'000'000));
  return fmt::format("{}.{:09}+00:00 ", whole.substr(0, 19), nanos % 1'000'000'000);
}

/// Feeds a reading in slices of this size.
void feed(LogText& text, std::string_view reading, std::size_t slice) {
  for (; !reading.empty(); reading.remove_prefix(std::min(slice, reading.size())))
    text.feed(reading.substr(0, slice));
}

std::string times_of(const agent::LogPiece& piece) {
  std::string out;
  for (const auto& time : piece.times)
    out += fmt::format("{}@{} ", time.offset, (time.at - noon) / 1us);
  return out;
}

TEST(LogText, TakesStampsOffWhateverTheSlices) {
  const auto reading = stamp(1000) + "one\n" + stamp(2'500'000'000) + "\n" + stamp(3'000'000'000) +
                       "2026-01-01T00:00:00Z is text\nno stamp\n\n" + stamp(4'000'000'000) + "end";
  for (std::size_t slice = 1; slice < 50; ++slice) {
    LogText text(0);
    text.begin();
    feed(text, reading, slice);
    text.finish();
    const auto piece = text.peek(all);
    EXPECT_EQ(piece.bytes, "one\n\n2026-01-01T00:00:00Z is text\nno stamp\n\nend");
    EXPECT_EQ(times_of(piece), "0@1 4@2500000 5@3000000 44@4000000 ");
  }
}

TEST(LogText, KeepsAStampThatIsCutOffForTheNextReading) {
  LogText text(0);
  text.begin();
  text.feed(stamp(1) + "a\n" + stamp(2).substr(0, 20));
  EXPECT_EQ(text.peek(all).bytes, "a\n");
  text.begin();
  text.feed(stamp(1) + "a\n" + stamp(2) + "b\n2026");
  EXPECT_EQ(text.peek(all).bytes, "a\nb\n");
  text.finish();
  EXPECT_EQ(text.peek(all).bytes, "a\nb\n2026") << "nothing follows, so it is text";
}

TEST(LogText, PassesOverWhatIsKnown) {
  LogText text(3);  // an earlier agent stored so much
  text.begin();
  text.feed(stamp(1) + "one\n" + stamp(2) + "tw");
  EXPECT_EQ(text.peek(all).bytes, "\ntw");
  EXPECT_EQ(times_of(text.peek(all)), "4@0 ");
  text.drop(5);
  text.begin();
  text.feed(stamp(1) + "one\n" + stamp(2) + "two\n");
  EXPECT_EQ(text.start(), 5u);
  EXPECT_EQ(text.peek(all).bytes, "wo\n");
  EXPECT_EQ(times_of(text.peek(all)), "");
  EXPECT_FALSE(text.torn());
}

TEST(LogText, GoesOnInALogThatWasRotated) {
  LogText text(0);
  text.begin();
  text.feed(stamp(1'000'000'000) + "one\n" + stamp(2'000'000'000) + "two\n" + stamp(2'000'000'000) +
            "same\n" + stamp(2'000'000'000) + "thr");
  text.begin();
  text.feed(stamp(2'000'000'000) + "same\n");
  // Its first line is not the first one that was known; but which of three it is nobody can tell.
  EXPECT_EQ(text.peek(all).bytes, "one\ntwo\nsame\nthr");
  text.begin();
  text.feed(stamp(1'900'000'000) + "rest\n" + stamp(2'000'000'000) + "two\n" +
            stamp(2'000'000'000) + "same\n" + stamp(2'000'000'000) + "three\n" +
            stamp(1'999'999'999) + "out of order\n");
  EXPECT_EQ(text.peek(all).bytes, "one\ntwo\nsame\nthree\nout of order\n");
  EXPECT_FALSE(text.torn());
}

TEST(LogText, SaysThatSomeOfARotatedLogIsMissing) {
  LogText text(0);
  text.begin();
  text.feed(stamp(1'000'000'000) + "one\n" + stamp(2'000'000'000) + "tw");
  text.begin();
  text.feed(stamp(9'000'000'000) + "nine\n");
  EXPECT_TRUE(text.torn());
  EXPECT_EQ(text.peek(all).bytes, "one\ntw\nnine\n");
  EXPECT_EQ(times_of(text.peek(all)), "0@1000000 4@2000000 7@9000000 ");
  text.begin();
  text.feed(stamp(9'000'000'000) + "nine\n" + stamp(9'500'000'000) + "more\n");
  EXPECT_EQ(text.peek(all).bytes, "one\ntw\nnine\nmore\n");
}

TEST(LogText, TakesAllOfAContainerThatWasStartedAgain) {
  LogText text(0);
  text.begin();
  text.feed(stamp(1) + "first");
  text.begin_next();
  text.feed(stamp(5) + "second\n");
  EXPECT_EQ(text.peek(all).bytes, "first\nsecond\n");
  text.begin();
  text.feed(stamp(5) + "second\n" + stamp(6) + "more\n");
  EXPECT_EQ(text.peek(all).bytes, "first\nsecond\nmore\n");
}

TEST(LogText, GivesPiecesOfFewLines) {
  LogText text(0);
  text.begin();
  std::string reading;
  for (std::size_t i = 0; i < LogText::piece_lines_max + 10; ++i) reading += stamp(i) + "\n";
  text.feed(reading);
  EXPECT_EQ(text.peek(all).bytes.size(), LogText::piece_lines_max);
  EXPECT_EQ(text.peek(all).times.size(), LogText::piece_lines_max);
}

/// A log that is rotated now and then, and readings of it that break off anywhere.
TEST(LogText, IsWholeAfterAnyReadings) {
  base::Rng rng(1);
  for (int world = 0; world < 300; ++world) {
    struct Line {
      std::string stamp, text;
    };
    std::vector<Line> lines;
    std::uint64_t nanos = 0, early = 0;
    std::string written;
    std::size_t rotated = 0;
    LogText text(0);
    for (int reading = 0; reading < 12; ++reading) {
      for (auto n = rng.below(8); n > 0; --n) {
        // Some come at one moment, some out of order.
        const auto before = nanos;
        if (rng.chance(0.8)) nanos += (1 + rng.below(100'000)) * 10'000;
        const bool late = nanos > before && before > 0 && rng.chance(0.1);
        const auto at = late ? before - ++early : nanos;
        lines.push_back({stamp(at), std::string(rng.below(30), char('a' + rng.below(26))) + "\n"});
        written += lines.back().text;
      }
      std::string log;
      for (auto i = rotated; i < lines.size(); ++i) log += lines[i].stamp + lines[i].text;
      text.begin();
      const auto part = rng.chance(0.5) ? log.size() : rng.below(log.size() + 1);
      feed(text, log.substr(0, part), 1 + rng.below(100));
      const auto got = text.peek(all).bytes;
      ASSERT_TRUE(written.starts_with(got)) << got << "\nof\n" << written;
      // Rotates away lines that are known, but never the last.
      std::size_t known = 0, bytes = 0;
      while (known < lines.size() && bytes + lines[known].text.size() <= got.size())
        bytes += lines[known++].text.size();
      if (known > rotated + 2 && rng.chance(0.4)) {
        auto next = rotated + rng.below(known - rotated - 1);
        while (next > rotated && lines[next].stamp == lines[next - 1].stamp) --next;
        rotated = next;
      }
    }
    ASSERT_FALSE(text.torn());
  }
}

}  // namespace
}  // namespace pods
