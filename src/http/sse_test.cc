#include "http/sse.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace http {
namespace {

using Events = std::vector<SseEvent>;

TEST(Sse, ReadsWhatItWrites) {
  const SseEvent e = {"7", "run", "one\ntwo\n"};
  EXPECT_EQ(format_sse(e), "id: 7\nevent: run\ndata: one\ndata: two\ndata: \n\n");
  EXPECT_EQ(SseParser().feed(format_sse(e)), Events{e});
}

TEST(Sse, AnIdOrATypeCannotEndItsLine) {
  EXPECT_EQ(format_sse({"1\ndata: x", "a\r\nb", "y"}), "id: 1data: x\nevent: ab\ndata: y\n\n");
}

TEST(Sse, LinesEndInLfCrOrCrlfHoweverTheBytesAreSliced) {
  const std::string text =
      "\xEF\xBB\xBF: hello\r\nid: 1\rdata:a\r\ndata:  b\n\r\nevent: x\ndata\n\ndata: c\r\r\nid: "
      "2\n\n"
      "nonsense\nretry: 250\nretry: x\ndata: last\n\n";
  const Events expected = {{"1", "", "a\n b"}, {"1", "x", ""}, {"1", "", "c"}, {"2", "", "last"}};
  for (std::size_t size = 1; size <= text.size(); ++size) {
    SseParser parser;
    Events got;
    for (std::size_t at = 0; at < text.size(); at += size)
      for (auto& e : parser.feed(std::string_view(text).substr(at, size))) got.push_back(e);
    EXPECT_EQ(got, expected) << "slices of " << size;
    EXPECT_EQ(parser.last_id(), "2");
    EXPECT_EQ(parser.retry(), base::Micros(250'000));
  }
}

TEST(Sse, AnEventThatIsNotEndedIsNotGiven) {
  SseParser parser;
  EXPECT_TRUE(parser.feed("data: x\n").empty());
  EXPECT_EQ(parser.feed("\n").size(), 1u);
}

TEST(Sse, AnEventHasABound) {
  SseParser parser;
  EXPECT_THROW(parser.feed(std::string(SseParser::event_bytes_max + 1, 'x')), base::Failure);
}

}  // namespace
}  // namespace http
