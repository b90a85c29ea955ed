#include "http/parser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace http {
namespace {

constexpr HeadLimits limits = {.bytes_max = 256, .fields_max = 5};
constexpr std::size_t body_bytes_max = 16;

std::string describe(const Request& r) {
  std::string out = fmt::format("{} {}", r.method, r.target);
  for (const auto& [name, value] : r.headers) out += fmt::format(" {}={}", name, value);
  return out + fmt::format(" [{}]", r.body);
}

/// Gives these bytes in slices that end at each of `cuts`; what came of it.
std::string parse(std::string_view bytes, std::vector<std::size_t> cuts = {}) {
  cuts.push_back(bytes.size());
  std::string out;
  RequestParser parser(limits);
  std::size_t begin = 0;
  for (const auto end : cuts) {
    for (;;) {
      const auto unread = bytes.substr(begin, end - begin);
      auto [step, taken] = parser.feed(unread);
      begin += taken;
      if (step == Step::head) step = parser.set_body_max(body_bytes_max);
      if (step == Step::refused)
        return out + fmt::format("{} {}", parser.refusal().status, parser.refusal().code);
      if (step == Step::done) {
        out += describe(parser.request()) + "\n";
        parser.reset();
      }
      if (begin == end || (step == Step::more && taken == 0)) break;
    }
  }
  return out;
}

TEST(RequestParser, GivesTheSameHoweverTheBytesAreSliced) {
  const std::string texts[] = {
      ("\r\nPOST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
       "GET / HTTP/1.1\r\nHost: b\r\n\r\n"),
      ("PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3;x=\"y\"\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: t\r\n\r\nDELETE /d HTTP/1.0\r\n\r\n"),
      "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ("PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
       "9\r\nabcdefghi\r\n9\r\nabcdefghi\r\n"),
      "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
  };
  for (const std::string_view text : texts) {
    const auto whole = parse(text);
    EXPECT_FALSE(whole.empty());
    for (std::size_t i = 0; i <= text.size(); ++i)
      for (std::size_t j = i; j <= text.size(); ++j)
        ASSERT_EQ(parse(text, {i, j}), whole) << "cut at " << i << " and " << j << " in " << text;
  }
}

TEST(RequestParser, ReadsBodiesOfBothFramings) {
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
            "POST / Host=a Content-Length=3 [abc]\n");
  EXPECT_EQ(
      parse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n"
            "0\r\nT: t\r\n\r\n"),
      "POST / Host=a Transfer-Encoding=Chunked [abc]\n");
}

struct Bad {
  std::string_view text;  ///< After `\r\nHost: a\r\n` where it begins with a field.
  std::string_view outcome;
};

TEST(RequestParser, RefusesWhatIsNotClear) {
  const Bad bads[] = {
      {"\x16\x03\x01\x02", "400 bad_request"},
      {"GET / HTTP/1.1\nHost: a\n\n", "400 bad_request"},
      {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "400 bad_request"},
      {"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "400 bad_request"},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400 bad_request"},
      {"GET / HTTP/1.1\r\n\r\n", "400 bad_request"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400 bad_request"},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_request"},
      {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_target"},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_target"},
      {"GET /?%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_query"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505 bad_version"},
      {"GET / FTP/1.1\r\nHost: a\r\n\r\n", "400 bad_request"},
      {"A / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400 bad_framing"},
      {"A / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
       "400 bad_framing"},
      {"A / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
       "400 bad_framing"},
      {"A / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", "400 bad_framing"},
      {"A / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400 bad_framing"},
      {"A / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
       "400 bad_framing"},
      {"A / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "400 bad_framing"},
      {"A / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", "400 bad_framing"},
      {"A / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400 bad_framing"},
      {"A / HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n", "413 body_too_large"},
      {"A / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11\r\nabc",
       "413 body_too_large"},
      {"A / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
       "400 bad_request"},
      {"A / HTTP/1.1\r\nHost: a\r\n1: 1\r\n2: 2\r\n3: 3\r\n4: 4\r\n5: 5\r\n\r\n",
       "431 too_many_headers"},
  };
  for (const auto& bad : bads) EXPECT_EQ(parse(bad.text), bad.outcome) << bad.text;
}

TEST(RequestParser, RefusesAHeadThatIsTooLargeBeforeItsEnd) {
  EXPECT_EQ(parse("GET /" + std::string(300, 'a')), "431 headers_too_large");
}

TEST(RequestParser, RefusesAChunkLineThatNeverEnds) {
  EXPECT_EQ(parse("A / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                  std::string(20'000, 'a')),
            "400 bad_request");
}

TEST(ResponseParser, SkipsInterimResponsesAndReadsToTheEndOfTheConnection) {
  ResponseParser parser(limits, false, 100);
  std::string_view bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nabc";
  const auto head = parser.feed(bytes);
  EXPECT_EQ(head.step, Step::head);
  EXPECT_EQ(parser.feed(bytes.substr(head.taken)).step, Step::more);
  EXPECT_EQ(parser.feed_end(), Step::done);
  EXPECT_EQ(parser.status(), 200);
  EXPECT_EQ(parser.body(), "abc");
  EXPECT_FALSE(parser.keep_alive());
}

TEST(ResponseParser, SeesThatABodyWasCutOff) {
  ResponseParser parser(limits, false, 100);
  std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc";
  const auto head = parser.feed(bytes);
  parser.feed(bytes.substr(head.taken));
  EXPECT_EQ(parser.feed_end(), Step::refused);
}

}  // namespace
}  // namespace http
