#include "http/message.h"

#include <gtest/gtest.h>

#include "http/problem.h"
#include "http/url.h"
#include "http/writer.h"

namespace http {
namespace {

Request split(std::string target) {
  Request r;
  r.target = std::move(target);
  EXPECT_TRUE(split_target(r)) << r.target;
  return r;
}

TEST(Headers, CompareNamesWithoutCaseAndKeepTheirOrder) {
  Headers h = {{"Accept", "a"}, {"accept", "b"}, {"X", "c"}};
  EXPECT_EQ(h.get("ACCEPT"), "a");
  h.set("aCCept", "d");
  EXPECT_EQ(h.size(), 2u);
  EXPECT_EQ(h.begin()->name, "X");
  EXPECT_EQ(h.get("accept"), "d");
  EXPECT_FALSE(h.has("y"));
}

TEST(Target, SplitsIntoDecodedSegmentsThatAreNotMerged) {
  EXPECT_EQ(split("/").segments, std::vector<std::string>{});
  EXPECT_EQ(split("/a//b%2Fc/").segments, (std::vector<std::string>{"a", "", "b/c", ""}));
  EXPECT_EQ(split("/a+b").segments, std::vector<std::string>{"a+b"});
  EXPECT_EQ(split("/%E2%82%AC?x").path, "/%E2%82%AC");
}

TEST(Target, DecodesTheQuery) {
  const auto r = split("/?a=1+2&b=%26%3D&&c&a=3");
  EXPECT_EQ(r.query.size(), 4u);
  EXPECT_EQ(r.param("a"), "1 2");
  EXPECT_EQ(r.param("b"), "&=");
  EXPECT_EQ(r.param("c"), "");
  EXPECT_EQ(r.param("d"), std::nullopt);
}

TEST(Target, RefusesBadEscapesNulAndWhatIsNotUtf8) {
  for (auto target :
       {"a", "http://x/", "*", "/%", "/%1", "/%zz", "/%00", "/%ff", "/?a=%f", "/?%00"}) {
    Request r;
    r.target = target;
    EXPECT_FALSE(split_target(r)) << target;
  }
}

TEST(Target, AnAsteriskIsForOptionsOnly) {
  Request r;
  r.target = "*";
  r.verb = Verb::options;
  EXPECT_TRUE(split_target(r));
  r.verb = Verb::get;
  EXPECT_FALSE(split_target(r));
}

TEST(Percent, EncodesWhatItDecodes) {
  const std::string text = "a/b c?\xE2\x82\xAC~";
  EXPECT_EQ(percent_encode(text), "a%2Fb%20c%3F%E2%82%AC~");
  EXPECT_EQ(percent_decode(percent_encode(text)), text);
}

TEST(Head, NoValueCanBeginALineOfItsOwn) {
  Response r;
  r.headers.add("X", "a\r\nSet-Cookie: b\nc");
  r.headers.add("Bad Name", "x");
  r.headers.add("Content-Length", "99");
  std::string out;
  append_head(out, r, {.framing = Framing::length, .length = 2, .request_id = "i"});
  EXPECT_EQ(
      out,
      "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b c\r\nX-Request-Id: i\r\nContent-Length: 2\r\n\r\n");
}

TEST(Problem, GivesEachKindItsStatus) {
  using base::Kind;
  const auto status = [](Kind kind, std::string code) {
    return problem(base::Error{kind, std::move(code), "m", {}}).status;
  };
  EXPECT_EQ(status(Kind::invalid, "bad_json"), 400);
  EXPECT_EQ(status(Kind::invalid, "unknown_field"), 422);
  EXPECT_EQ(status(Kind::unauthenticated, "x"), 401);
  EXPECT_EQ(status(Kind::forbidden, "x"), 403);
  EXPECT_EQ(status(Kind::not_found, "x"), 404);
  EXPECT_EQ(status(Kind::conflict, "x"), 409);
  EXPECT_EQ(status(Kind::exhausted, "x"), 429);
  EXPECT_EQ(
      problem(base::Error{Kind::unauthenticated, "x", "m", {}}).headers.get("WWW-Authenticate"),
      "Bearer");
  EXPECT_EQ(problem(base::Error{Kind::exhausted, "x", "m", {}}).headers.get("Retry-After"), "1");
}

TEST(Problem, NamesEveryPlaceAtFault) {
  const auto r = problem(base::invalid("unknown_field", "No.", {{"/a/b", "Remove \"b\"."}}));
  EXPECT_EQ(r.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(r.body, R"({"type":"about:blank","title":"Unprocessable Entity","status":422,)"
                    R"("code":"unknown_field","detail":"No.",)"
                    R"("errors":[{"pointer":"/a/b","detail":"Remove \"b\"."}]})");
}

TEST(Url, ReadsTheServerAndThePrefix) {
  EXPECT_EQ(parse_url("http://localhost:8080")->server, (net::Address{"localhost", 8080}));
  EXPECT_EQ(parse_url("http://a")->server.port, 80);
  EXPECT_EQ(parse_url("http://[::1]/x/y/")->prefix, "/x/y");
  EXPECT_EQ(parse_url("http://[::1]:9/")->server, (net::Address{"::1", 9}));
  EXPECT_EQ(parse_url("http://[::1]:9/")->prefix, "");
  EXPECT_EQ(parse_url("https://a")->server.port, 443);
  EXPECT_TRUE(parse_url("https://a:6443/x")->tls);
  EXPECT_FALSE(parse_url("http://a")->tls);
}

TEST(Url, RefusesWhatItCannotReach) {
  for (auto text : {"", "a:80", "ftp://a", "http://", "http://u@a", "http://a:0x", "http://a/?q",
                    "http://a/#f", "http://a b"})
    EXPECT_EQ(parse_url(text).error().code, "bad_url") << text;
}

}  // namespace
}  // namespace http
