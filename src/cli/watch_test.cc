#include "cli/watch.h"

#include <unistd.h>

#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "cli/feed.h"
#include "cli/testing.h"
#include "http/sse.h"

namespace {

using namespace cli;
using namespace cli::testing;
using model::JobState;
using model::RunState;

const std::string runs = "/api/v1/projects/default/runs";

std::string change(int id, RunState state, const std::vector<model::JobChange>& jobs,
                   const std::string& run = run_id) {
  return http::format_sse({std::to_string(id), "change",
                           text_of(model::RunChange{run, "default", "two", state, jobs})});
}
const std::string end = http::format_sse({"9", "end", "{}"});
const std::string interrupt = "interrupt";

const model::JobChange build_failed = {0,     "build", JobState::failed, 1, model::Class::exit,
                                       false, false};
const model::JobChange test_skipped = {1, "test", JobState::skipped, 0, {}, false, false};

/// A run of two jobs, as its server tells of it: what each stream of events says, in order. A
/// stream that ends with `end` ends the run; the one before may break off. `gone` answers 410.
class Story {
 public:
  explicit Story(std::vector<std::string> scripts, RunState verdict = RunState::failed)
      : scripts_(std::move(scripts)), verdict_(verdict) {}

  Outcome watch(bool live = false) {
    const ApiServer server({
        {"POST " + runs, says(text_of(run_view(RunState::queued, "two")))},
        {"GET " + runs + "/" + run_id, [this](auto&) { return run(); }},
        {"GET " + runs + "/" + run_id + "/jobs", [this](auto&) { return jobs(); }},
        {"GET " + runs + "/" + run_id + "/jobs/build/attempts", says(attempts())},
        {"GET /api/v1/projects/default/events", [this](auto& r) { return events(r); }},
    });
    return call(server, {"run", "two", "--watch"}, live);
  }
  std::vector<std::string> resumed;  ///< The Last-Event-ID of each stream.
  int looks = 0;                     ///< How often the jobs were asked for.

 private:
  http::Response run() {
    auto view = run_view(over_ ? verdict_ : RunState::running, "two");
    if (over_) view.finished = noon + 2s;
    return http::respond(200, "application/json", text_of(view));
  }
  http::Response jobs() {
    ++looks;
    looked_.ring();
    return http::respond(200, "application/json",
                         "{\"items\":[" + text_of(job(0, "build", JobState::running, 1)) + "," +
                             text_of(job(1, "test", JobState::waiting)) + "]}");
  }
  static std::string attempts() {
    model::AttemptView attempt;
    attempt.attempt = 1;
    attempt.state = model::AttemptState::failed;
    attempt.class_ = model::Class::exit;
    attempt.exit_code = 1;
    attempt.assigned = noon;
    attempt.started = noon;
    attempt.ended = noon + 1s;
    return "{\"items\":[" + text_of(attempt) + "]}";
  }
  http::Response events(http::Request& request) {
    resumed.emplace_back(request.headers.get("Last-Event-ID"));
    auto script = scripts_.at(resumed.size() - 1);
    if (script == "gone") return http::problem(410, "feed_gone", "that is too long ago");
    auto response = http::respond(200, "text/event-stream", "");
    const auto heard = resumed.back().empty() ? looked_.rings() : std::uint64_t(-1);
    response.stream = [this, script, heard](http::Sink& sink) { return tell(sink, script, heard); };
    return response;
  }
  /// What happens after the snapshot must not be in it, so that each test is the same every time.
  loop::Task<> tell(http::Sink& sink, std::string script, std::uint64_t heard) {
    co_await sink.write("id: 0\n\n");  // where it begins; not an event
    if (heard != std::uint64_t(-1)) co_await looked_.wait(clock_, heard, loop::never);
    over_ = script.ends_with(end);
    if (script == interrupt) {
      ::kill(::getpid(), SIGINT);
      co_await looked_.wait(clock_, looked_.rings(), loop::never);
    }
    co_await sink.write(script);
  }

  std::vector<std::string> scripts_;
  RunState verdict_;
  bool over_ = false;
  loop::Bell looked_;
  loop::RealClock clock_;
};

/// Lines without the time in front: that is the machine's.
std::string timeless(const std::string& text) {
  std::string out;
  for (std::size_t start = 0; start < text.size();) {
    const auto stop = text.find('\n', start) + 1;
    auto line = text.substr(start, stop - start);
    if (line.starts_with(' ') || std::isdigit(static_cast<unsigned char>(line[0])))
      line.erase(0, line.find(' ', line.find_first_not_of(' ')) + 1);
    out += line;
    start = stop;
  }
  return out;
}

TEST(Watch, PrintsALineForEachChangeAndExitsWithTheVerdict) {
  Story story({change(1, RunState::running, {build_failed}) +
               change(2, RunState::failed, {test_skipped}) + end});
  const auto watched = story.watch();
  EXPECT_EQ(watched.code, 1) << watched.err;
  EXPECT_EQ(timeless(watched.out), "run " + run_id +
                                       " of two, 2 jobs\n"
                                       "build running #1\n"
                                       "run running\n"
                                       "build failed #1 exit\n"
                                       "test skipped\n"
                                       "run " +
                                       run_id +
                                       " failed in 2.0s: 1 of 2 jobs failed (build: exit 1)\n");
  EXPECT_EQ(watched.err, "");
}

TEST(Watch, ExitsWithZeroOrThreeForOtherVerdicts) {
  const model::JobChange done = {0, "build", JobState::succeeded, 1, {}, false, false};
  Story good({change(1, RunState::succeeded, {done, test_skipped}) + end}, RunState::succeeded);
  EXPECT_EQ(good.watch().code, 0);
  Story canceled({change(1, RunState::canceled, {done, test_skipped}) + end}, RunState::canceled);
  EXPECT_EQ(canceled.watch().code, 3);
}

TEST(Watch, ResumesBehindTheLastEventAfterABreak) {
  Story story({change(1, RunState::running, {build_failed}),
               change(2, RunState::failed, {test_skipped}) + end});
  const auto watched = story.watch();
  EXPECT_EQ(watched.code, 1) << watched.err;
  EXPECT_EQ(story.resumed, (std::vector<std::string>{"", "1"}));
  EXPECT_EQ(story.looks, 1);
}

TEST(Watch, ResumesEvenWhenNoEventHadCome) {
  Story story({"", change(2, RunState::failed, {build_failed, test_skipped}) + end});
  EXPECT_EQ(story.watch().code, 1);
  EXPECT_EQ(story.resumed, (std::vector<std::string>{"", "0"}));
}

TEST(Watch, LooksAgainWhenWhatItMissedIsGone) {
  Story story({change(1, RunState::running, {build_failed}), "gone",
               change(7, RunState::failed, {test_skipped}) + end});
  EXPECT_EQ(story.watch().code, 1);
  EXPECT_EQ(story.resumed, (std::vector<std::string>{"", "1", ""}));
  EXPECT_EQ(story.looks, 2);
}

TEST(Watch, HeedsOnlyTheEventsOfItsRun) {
  Story story({change(1, RunState::failed, {test_skipped}, "01hzy3v0a0b1c2d3e4f5g6h7zz") +
               change(2, RunState::failed, {build_failed, test_skipped}) + end});
  const auto watched = story.watch();
  EXPECT_LT(watched.out.find("build failed"), watched.out.find("test skipped"));
}

TEST(Watch, LeavesTheLastFrameAndTheCursorOnATerminal) {
  Story story({change(1, RunState::failed, {build_failed, test_skipped}) + end});
  const auto watched = story.watch(true);
  EXPECT_EQ(watched.code, 1) << watched.err;
  EXPECT_TRUE(watched.out.starts_with("\x1b[?25l"));
  const auto frame = watched.out.rfind("✗ build");
  const auto shown = watched.out.find("\x1b[?25h");
  const auto verdict = watched.out.find("run " + run_id + " failed in 2.0s");
  ASSERT_NE(frame, watched.out.npos);
  EXPECT_NE(watched.out.find("✗ build  failed       #1      1.0s  exit 1", frame),
            watched.out.npos);
  EXPECT_LT(frame, shown);
  EXPECT_LT(shown, verdict);
  EXPECT_LT(verdict, watched.out.size());
}

TEST(Watch, StopsAtCtrlCAndSaysThatTheRunGoesOn) {
  Story story({interrupt});
  const auto watched = story.watch(true);
  EXPECT_EQ(watched.code, 130);
  EXPECT_EQ(watched.err, "stopped watching; run " + run_id +
                             " goes on\n  see it again:  fairlead get run " + run_id +
                             " --watch\n  stop it:       fairlead cancel " + run_id + "\n");
  EXPECT_TRUE(watched.out.ends_with("\x1b[?25h"));
}

TEST(Watch, ShowsAListUntilCtrlC) {
  const auto row = text_of(run_view(RunState::failed));
  loop::RealClock clock;
  const ApiServer server({{"GET " + runs, [&](http::Request&) {
                             ::kill(::getpid(), SIGINT);
                             return http::respond(200, "application/json",
                                                  "{\"items\":[" + row + "]}");
                           }}});
  const auto watched = call(server, {"get", "runs", "--watch"});
  EXPECT_EQ(watched.code, 130);
  EXPECT_NE(watched.out.find("failed"), watched.out.npos) << watched.err;
}

/// A clock on which every wait is over at once.
class HastyClock final : public loop::Clock {
 public:
  base::Time now() const override { return noon; }
  base::Mono mono() const override { return now_; }
  loop::Task<> wait(loop::Waiter&, base::Mono until) override {
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    if (until != loop::never) now_ = std::max(now_, until);
  }

 private:
  base::Mono now_{};
};

TEST(Watch, GivesUpAfterAMinuteWithoutAServer) {
  HastyClock clock;
  loop::Loop loop;
  Api api(clock, {{{"127.0.0.1", 1}, ""}, "", "--server"});
  Events events(api, run_id);
  int troubles = 0;
  events.on_trouble = [&](const std::string&) { ++troubles; };
  std::string why;
  const auto follow = [](Events& e) -> loop::Task<> { co_await e.follow([] { return false; }); };
  try {
    loop.run_until_done(follow(events));
  } catch (const base::Failure& failure) {
    why = failure.what();
  }
  EXPECT_TRUE(why.starts_with("no server for 60 s, gave up: ")) << why;
  EXPECT_GE(troubles, 1);
  EXPECT_GE(clock.mono().time_since_epoch(), patience);
}

}  // namespace
