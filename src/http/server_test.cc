#include "http/server.h"

#include <fmt/format.h>

#include <gmock/gmock.h>

#include "http/testing.h"

namespace http::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

auto is_problem(std::string_view status_line, std::string_view code) {
  return AllOf(StartsWith(fmt::format("HTTP/1.1 {}\r\n", status_line)),
               HasSubstr("Content-Type: application/problem+json\r\n"),
               HasSubstr("Connection: close\r\n"), HasSubstr(fmt::format("\"code\":\"{}\"", code)));
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  World(echo).play([](World& w) -> loop::Task<> {
    const auto got = co_await talk(w,
                                   "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
                                   "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_LT(got.find("GET /1 "), got.find("POST /2 x"));
    EXPECT_LT(got.find("POST /2 x"), got.find("GET /3 "));
    EXPECT_THAT(got, EndsWith("GET /3 "));
  });
}

TEST(Server, AnswersAClientThatHasEndedItsSide) {
  World(echo).play([](World& w) -> loop::Task<> {
    auto peer = co_await Peer::connect(w);
    co_await peer.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await peer.stream->finish();
    EXPECT_THAT(co_await peer.read_all(), EndsWith("GET /x "));
  });
}

TEST(Server, AnswersHeadWithoutABody) {
  World(echo).play([](World& w) -> loop::Task<> {
    const auto got = co_await talk(w, "HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(got, HasSubstr("Content-Length: 8\r\n"));
    EXPECT_THAT(got, EndsWith("\r\n\r\n"));
  });
}

TEST(Server, SpeaksHttp10AndClosesUnlessAskedNotTo) {
  World(echo).play([](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await talk(w, "GET /x HTTP/1.0\r\n\r\n"), EndsWith("GET /x "));
    const auto kept = co_await talk(
        w, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    EXPECT_THAT(kept, HasSubstr("Connection: keep-alive\r\n"));
    EXPECT_THAT(kept, EndsWith("GET /2 "));
  });
}

TEST(Server, AsksForABodyThatTheClientHoldsBack) {
  World(echo).play([](World& w) -> loop::Task<> {
    auto peer = co_await Peer::connect(w);
    co_await peer.send(
        "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(co_await peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    co_await peer.send("ab");
    EXPECT_THAT(co_await peer.read_until("PUT /x ab"), HasSubstr("200 OK"));
  });
}

TEST(Server, DoesNotAskForABodyThatIsTooLarge) {
  World(echo, {.body_bytes_max = 1}).play([](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await talk(w,
                              "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                              "Expect: 100-continue\r\n\r\n"),
                is_problem("413 Payload Too Large", "body_too_large"));
  });
}

TEST(Server, RefusesBodiesOverTheLimitOfTheirPath) {
  ServerLimits limits;
  limits.body_bytes_max_of = [](const Request& r) -> std::size_t {
    return r.path == "/big" ? 4 : 2;
  };
  World(echo, limits).play([](World& w) -> loop::Task<> {
    const auto too_large = is_problem("413 Payload Too Large", "body_too_large");
    EXPECT_EQ((co_await w.client.send(w.request(Verb::put, "/big", "abcd"), w.soon())).status, 200);
    EXPECT_EQ((co_await w.client.send(w.request(Verb::put, "/x", "abcd"), w.soon())).status, 413);
    const std::string head = "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_THAT(co_await talk(w, head + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"), too_large);
  });
}

TEST(Server, TellsAClientThatSendsAHugeBodyBeforeItReadsTheAnswer) {
  World(echo, {.body_bytes_max = 1}).play([](World& w) -> loop::Task<> {
    auto response =
        co_await w.client.send(w.request(Verb::put, "/", std::string(800'000, 'x')), w.soon());
    EXPECT_EQ(response.status, 413);
  });
}

TEST(Server, RefusesWhatIsNoRequestWithAProblem) {
  World(echo, {.header_count_max = 2}).play([](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await talk(w, "\x16\x03\x01 hello"),
                is_problem("400 Bad Request", "bad_request"));
    EXPECT_THAT(co_await talk(w, "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n"),
                is_problem("431 Request Header Fields Too Large", "too_many_headers"));
    EXPECT_THAT(co_await talk(w, "GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
                is_problem("505 HTTP Version Not Supported", "bad_version"));
  });
}

TEST(Server, GivesUpOnAHeadThatDoesNotArrive) {
  World(echo, {.header_time = 30ms}).play([](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await talk(w, "GET / HTTP/1.1\r\nHo"),
                is_problem("408 Request Timeout", "timeout"));
    EXPECT_EQ(co_await talk(w, ""), "");
  });
}

TEST(Server, ClosesAConnectionThatIsIdleForLong) {
  World(echo, {.idle_time = 30ms}).play([](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await talk(w, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("GET /x "));
  });
}

TEST(Server, GivesUpOnABodyThatDoesNotArriveOrTrickles) {
  const std::string text = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
  for (const auto& limits : {ServerLimits{.body_time = 30ms}, ServerLimits{.body_grace = 30ms}})
    World(echo, limits).play([&](World& w) -> loop::Task<> {
      EXPECT_THAT(co_await talk(w, text), is_problem("408 Request Timeout", "timeout"));
    });
}

TEST(Server, GivesUpOnAClientThatDoesNotTakeItsAnswer) {
  const auto huge = [](Request&) -> loop::Task<Response> {
    co_return respond(200, "text/plain", std::string(64 << 20, 'x'));
  };
  World(huge, {.write_time = 30ms}).play([](World& w) -> loop::Task<> {
    auto peer = co_await Peer::connect(w);
    co_await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await peer.read_until("\r\n\r\n");
    co_await w.server.stop(1h);  // waits for the connection, which ends by write_time alone
    EXPECT_LT((co_await peer.read_all()).size(), 64u << 20);
  });
}

TEST(Server, AHandlerThatFailsTellsTheClientItsIdAndNoMore) {
  const auto fails = [](Request&) -> loop::Task<Response> {
    throw base::Failure("the secret is swordfish");
    co_return Response{};
  };
  World(fails).play([](World& w) -> loop::Task<> {
    const auto got = co_await talk(
        w, "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: my.id-1\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(got, is_problem("500 Internal Server Error", "internal"));
    EXPECT_THAT(got, AllOf(HasSubstr("my.id-1"), Not(HasSubstr("swordfish"))));
  });
}

TEST(Server, MakesARequestIdWhereTheClientsIsNotSane) {
  const auto id = [](Request& r) -> loop::Task<Response> { co_return respond(200, "t", r.id); };
  World(id).play([](World& w) -> loop::Task<> {
    auto request = w.request(Verb::get, "/");
    request.headers.add("X-Request-Id", "a<b>");
    const auto response = co_await w.client.send(request, w.soon());
    EXPECT_EQ(response.body.size(), 15u);
    EXPECT_EQ(response.body, response.headers.get("x-request-id"));
  });
}

TEST(Server, CancelsAHandlerThatTakesTooLong) {
  World* world = nullptr;
  const auto sleeps = [&](Request&) -> loop::Task<Response> {
    co_await world->clock.sleep(1h);
    co_return Response{};
  };
  World w(sleeps, {.request_time = 30ms});
  world = &w;
  w.play([](World& v) -> loop::Task<> {
    const auto response = co_await v.client.send(v.request(Verb::get, "/"), v.soon());
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr("\"code\":\"timeout\""));
  });
}

TEST(Server, TellsAClientOverTheConnectionLimitAndGoesOnLater) {
  World(echo, {.connections_max = 1}).play([](World& w) -> loop::Task<> {
    auto first = co_await Peer::connect(w);
    co_await first.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await first.read_until("GET /x ");
    EXPECT_THAT(co_await talk(w, ""),
                is_problem("503 Service Unavailable", "too_many_connections"));
    first.stream->close();
    int status = 503;
    while (status == 503)  // until the server, too, has seen that the first one left
      status = (co_await w.client.send(w.request(Verb::get, "/"), w.soon())).status;
    EXPECT_EQ(status, 200);
  });
}

}  // namespace
}  // namespace http::testing
