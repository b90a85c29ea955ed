#include "cli/logs.h"

#include "cli/testing.h"
#include "http/sse.h"

namespace {

using namespace cli;
using namespace cli::testing;
using model::JobState;

const std::string run_path = "/api/v1/projects/default/runs/" + run_id;

ApiServer::Answer text(const std::string& what) {
  return [=](http::Request&) { return streams(what, "text/plain"); };
}

ApiServer::Answer jobs(const std::vector<model::JobView>& list) {
  std::string items;
  for (const auto& each : list) items += (items.empty() ? "" : ",") + text_of(each);
  return says("{\"items\":[" + items + "]}");
}

TEST(LinePrefix, WaitsForWholeLines) {
  LinePrefix prefix("build | ");
  EXPECT_EQ(prefix.feed("a\nb"), "build | a\n");
  EXPECT_EQ(prefix.feed("c"), "");
  EXPECT_EQ(prefix.feed("\n\nd"), "build | bc\nbuild | \n");
  EXPECT_EQ(prefix.finish(), "build | d\n");
  EXPECT_EQ(prefix.finish(), "");
  EXPECT_EQ(LinePrefix("").feed("a"), "a");
}

TEST(Logs, PrintsTheLatestAttemptAsItIs) {
  const ApiServer server(
      {{"GET " + run_path + "/jobs/build", says(text_of(job(0, "build", JobState::failed, 2)))},
       {"GET " + run_path + "/jobs/build/log?attempt=2&follow=true", text("a\nb")}});
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
  co_await sink.write("half ");
  throw base::Failure("the server dies");
}

TEST(Logs, ResumesWhereTheStreamBroke) {
  http::Response broken = http::respond(200, "text/plain", "");
  broken.stream = &break_off;
  const auto log = run_path + "/jobs/build/log?attempt=3";
  const ApiServer server({{"GET " + log + "&offset=0", [&](http::Request&) { return broken; }},
                          {"GET " + log + "&offset=5", text("and half\n")}});
  const auto printed = call(server, {"logs", run_id, "build", "--attempt", "3"});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.out, "half and half\n");
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
       {"GET " + log + "1&offset=0&follow=true", text("first\n")},
       {"GET " + log + "2&offset=0&follow=true", text("second\n")},
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
    co_await sink.write("begun\n");
    co_await asked.wait(clock, heard, clock.mono() + 300ms);
    co_await sink.write("ended\n");
  }
};

TEST(Logs, PrintsTheLastLinesOfAJobBeforeThoseOfTheNext) {
  SlowTail tail;
  http::Response slow = http::respond(200, "text/plain", "");
  slow.stream = [&](http::Sink& sink) { return tail.write(sink); };
  const ApiServer server(
      {{"GET " + run_path, says(text_of(run_view(model::RunState::running)))},
       {"GET " + run_path + "/jobs",
        jobs({job(0, "one", JobState::succeeded, 1), job(1, "two", JobState::running, 1)})},
       {"GET " + run_path + "/jobs/one/log", [&](http::Request&) { return slow; }},
       {"GET " + run_path + "/jobs/two/log",
        [&](http::Request&) {
          tail.asked.ring();
          return streams("second\n", "text/plain");
        }},
       {"GET /api/v1/projects/default/events",
        [&](http::Request&) { return streams(http::format_sse({"1", "end", "{}"})); }}});
  const auto printed = call(server, {"logs", "-f", run_id});
  EXPECT_EQ(printed.out, "one | begun\none | ended\ntwo | second\n") << printed.err;
}

}  // namespace
