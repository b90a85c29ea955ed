#include "cli/logs.h"

#include "cli/testing.h"
#include "http/sse.h"
#include "json/text.h"

namespace {

using namespace cli;
using namespace cli::testing;
using model::JobState;

const std::string run_path = "/api/v1/projects/default/runs/" + run_id;

std::string piece(const std::string& text, int offset = 0, const std::string& stream = "",
                  const std::string& more = "") {
  return http::format_sse({std::to_string(offset + int(text.size())), "log",
                           "{\"stream\":\"" + stream + "\",\"offset\":" + std::to_string(offset) +
                               ",\"text\":" + json::print(base::Value(text)) + more + "}"});
}

std::string end(const std::string& streams = R"({"name":"","bytes":1,"note":"complete"})") {
  return http::format_sse({"", "end", "{\"streams\":[" + streams + "]}"});
}

/// A whole log of one stream.
ApiServer::Answer text(const std::string& what) {
  return [=](http::Request&) { return streams(piece(what) + end()); };
}

ApiServer::Answer events(const std::string& what) {
  return [=](http::Request&) { return streams(what); };
}

ApiServer::Answer jobs(const std::vector<model::JobView>& list) {
  std::string items;
  for (const auto& each : list) items += (items.empty() ? "" : ",") + text_of(each);
  return says("{\"items\":[" + items + "]}");
}

TEST(Logs, PrintsTheLatestAttemptAsItIs) {
  const ApiServer server(
      {{"GET " + run_path + "/jobs/build", says(text_of(job(0, "build", JobState::failed, 2)))},
       {"GET " + run_path + "/jobs/build/log?attempt=2&stream=%2A&follow=true", text("a\nb")}});
  const auto printed = call(server, {"logs", run_id, "build"});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.out, "a\nb");
}

TEST(Logs, PutsTheJobInFrontOfEachLineOfAllJobs) {
  const ApiServer server(
      {{"GET " + run_path + "/jobs",
        jobs({job(0, "one", JobState::succeeded, 1), job(1, "two", JobState::waiting),
              job(2, "three", JobState::failed, 1)})},
       {"GET " + run_path + "/jobs/one/log", text("a\nb\n")},
       {"GET " + run_path + "/jobs/three/log", text("c")}});
  EXPECT_EQ(call(server, {"logs", run_id}).out, "one | a\none | b\nthree | c\n");
}

TEST(Logs, SaysWhenAJobHasNotStartedOrIsNotThere) {
  const ApiServer server(
      {{"GET " + run_path + "/jobs/build", says(text_of(job(0, "build", JobState::waiting)))}});
  const auto early = call(server, {"logs", run_id, "build"});
  EXPECT_EQ(early.code, 0);
  EXPECT_TRUE(early.err.starts_with("job build has not been started yet")) << early.err;
  EXPECT_EQ(call(server, {"logs", run_id, "nosuch"}).code, 1);
  EXPECT_EQ(call(server, {"logs", "-f", run_id, "nosuch"}).code, 1);
}

loop::Task<> break_off(http::Sink& sink) {
  co_await sink.write(piece("half "));
  throw base::Failure("the server dies");
}

TEST(Logs, ResumesWhereTheStreamBroke) {
  const auto log = "GET " + run_path + "/jobs/build/log?attempt=3&stream=%2A";
  const ApiServer server({{log, [&](http::Request& request) {
                             const auto last = request.headers.get("Last-Event-ID");
                             if (last == "5") return streams(piece("and half\n", 5) + end());
                             auto broken = http::respond(200, "text/event-stream", "");
                             broken.stream = &break_off;
                             return broken;
                           }}});
  const auto printed = call(server, {"logs", run_id, "build", "--attempt", "3"});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.out, "half and half\n");
  EXPECT_EQ(server.count(log), 2u);
}

TEST(Logs, GoesOnWhenTheServerEndsTheStreamTooSoon) {
  int asked = 0;
  const ApiServer server({{"GET " + run_path + "/jobs/build/log", [&](http::Request&) {
                             return streams(++asked == 1 ? piece("half ")
                                                         : piece("half and ") + end());
                           }}});
  EXPECT_EQ(call(server, {"logs", run_id, "build", "--attempt", "3"}).out, "half and ");
}

TEST(Logs, PutsTheNamesOfSeveralContainersInFrontOfTheirLines) {
  const auto streams_of = [](const std::string& names) {
    return http::format_sse({"", "streams", "{\"streams\":[" + names + "]}"});
  };
  const std::string both = R"({"name":"","bytes":1},{"name":"side","bytes":1})";
  const ApiServer server({{"GET " + run_path + "/jobs/build/log",
                           events(streams_of(R"({"name":"","bytes":1})") + piece("ab") +
                                  streams_of(both) + piece("c\nd\n", 2) + piece("x\ny", 0, "side") +
                                  piece("e", 6) + piece("z\n", 3, "side") + end(both))}});
  EXPECT_EQ(call(server, {"logs", run_id, "build", "--attempt", "1"}).out,
            "ab\n[main] c\n[main] d\n[side] x\n[side] yz\n[main] e\n");
}

TEST(Logs, AsksForWhatWasWanted) {
  const auto log = "GET " + run_path + "/jobs/build/log?attempt=1&stream=";
  const ApiServer server(
      {{log + "side&tail=2&timestamps=true",
        events(piece("a\nb\n", 10, "side", R"(,"times":[[10,"T1"],[12,"T2"]])") + end())},
       {log + "0-x%2Fmain", text("of a Pod")},
       {"GET " + run_path + "/jobs/build/log?attempt=1", text("main")}});
  const auto printed = call(server, {"logs", run_id, "build", "--attempt", "1", "--container",
                                     "side", "--tail", "2", "--timestamps"});
  EXPECT_EQ(printed.out, "T1 a\nT2 b\n") << printed.err;
  const std::vector<std::string> logs = {"logs", run_id, "build", "--attempt", "1"};
  const auto with = [&](const std::string& flag, const std::string& value) {
    auto all = logs;
    all.insert(all.end(), {flag, value});
    return call(server, all).out;
  };
  EXPECT_EQ(with("--stream", "0-x/main"), "of a Pod");
  EXPECT_EQ(with("--container", "main"), "main");
}

TEST(Logs, SaysWhatIsMissing) {
  const ApiServer server(
      {{"GET " + run_path + "/jobs/build/log",
        events(piece("head") + piece("tail\n", 14) +
               end(R"({"name":"","bytes":19,"note":"cut: 10 bytes; lost: its node"})"))}});
  const auto printed = call(server, {"logs", run_id, "build", "--attempt", "1"});
  EXPECT_EQ(printed.out, "head\n[fairlead: 10 bytes left out]\ntail\n");
  EXPECT_EQ(printed.err, "not all of the log of build is here: cut: 10 bytes; lost: its node\n");
}

TEST(Logs, RefusesAnEventThatIsNone) {
  for (const auto* data : {"{}", "[]", R"({"stream":"","offset":-1,"text":""})",
                           R"({"stream":"","offset":0,"base64":"?"})", "x"}) {
    const ApiServer server({{"GET " + run_path + "/jobs/build/log",
                             events(http::format_sse({"1", "log", data}) + end())}});
    const auto printed = call(server, {"logs", run_id, "build", "--attempt", "1"});
    EXPECT_NE(printed.err.find("an event of a log is not as it should be"), std::string::npos)
        << printed.err;
  }
}

TEST(Logs, FollowsEveryAttemptUntilTheRunEnds) {
  std::atomic<bool> over = false;
  const auto change = [](int id, JobState state, int attempt) {
    return http::format_sse(
        {std::to_string(id), "change",
         text_of(model::RunChange{
             run_id,
             "default",
             "p",
             model::is_final(state) ? model::RunState::succeeded : model::RunState::running,
             {{0, "build", state, attempt, {}, false, false}}})});
  };
  const auto log = run_path + "/jobs/build/log?attempt=";
  const ApiServer server(
      {{"GET " + run_path,
        [&](http::Request&) {
          return http::respond(
              200, "application/json",
              text_of(run_view(over ? model::RunState::succeeded : model::RunState::running)));
        }},
       {"GET " + run_path + "/jobs", jobs({job(0, "build", JobState::running, 1)})},
       {"GET " + run_path + "/jobs/build", says(text_of(job(0, "build", JobState::running, 1)))},
       {"GET " + run_path + "/jobs/build/attempts", says(R"({"items":[]})")},
       {"GET " + log + "1&stream=%2A&follow=true", text("first\n")},
       {"GET " + log + "2&stream=%2A&follow=true", text("second\n")},
       {"GET /api/v1/projects/default/events", [&](http::Request&) {
          auto script = change(1, JobState::backing_off, 1) + change(2, JobState::running, 2) +
                        change(3, JobState::succeeded, 2);
          return streams(script + http::format_sse({"4", "end", "{}"}));
        }}});
  const auto one = call(server, {"logs", "-f", run_id, "build"});
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.out, "first\nsecond\n");
  const auto all = call(server, {"logs", "-f", run_id});
  EXPECT_EQ(all.out, "build | first\nbuild | second\n");
}

/// Ends once the other log was asked for, or after a while in which it was not.
struct SlowTail {
  loop::RealClock clock;
  loop::Bell asked;
  loop::Task<> write(http::Sink& sink) {
    const auto heard = asked.rings();
    co_await sink.write(piece("begun\n"));
    co_await asked.wait(clock, heard, clock.mono() + 300ms);
    co_await sink.write(piece("ended\n", 6) + end());
  }
};

TEST(Logs, PrintsTheLastLinesOfAJobBeforeThoseOfTheNext) {
  SlowTail tail;
  http::Response slow = http::respond(200, "text/event-stream", "");
  slow.stream = [&](http::Sink& sink) { return tail.write(sink); };
  const ApiServer server(
      {{"GET " + run_path, says(text_of(run_view(model::RunState::running)))},
       {"GET " + run_path + "/jobs",
        jobs({job(0, "one", JobState::succeeded, 1), job(1, "two", JobState::running, 1)})},
       {"GET " + run_path + "/jobs/one/log", [&](http::Request&) { return slow; }},
       {"GET " + run_path + "/jobs/two/log",
        [&](http::Request&) {
          tail.asked.ring();
          return streams(piece("second\n") + end());
        }},
       {"GET /api/v1/projects/default/events",
        [&](http::Request&) { return streams(http::format_sse({"1", "end", "{}"})); }}});
  const auto printed = call(server, {"logs", "-f", run_id});
  EXPECT_EQ(printed.out, "one | begun\none | ended\ntwo | second\n") << printed.err;
}

}  // namespace
