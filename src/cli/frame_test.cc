#include "cli/frame.h"

#include <fmt/format.h>

#include "cli/testing.h"
#include "cli/text.h"

namespace {

using namespace cli;
using namespace cli::testing;
using model::Class;
using model::JobState;
using model::RunState;

Progress fallback() {
  Progress progress;
  auto run = run_view(RunState::running);
  run.version = 2;
  progress.set_run(run);
  auto failed = job(1, "second", JobState::backing_off, 1);
  failed.class_ = Class::exit;
  progress.set_jobs({job(0, "first", JobState::running, 1), failed,
                     job(2, "success", JobState::waiting), job(3, "error", JobState::waiting)});
  return progress;
}

Stage stage(std::size_t width = 70, std::size_t height = 24) {
  return {.width = width, .height = height, .now = noon + 2300ms, .look = {}, .note = ""};
}

TEST(Frame, ShowsEveryJobOfASmallRun) {
  auto progress = fallback();
  progress.apply({run_id,
                  "default",
                  "fallback",
                  RunState::running,
                  {{0, "first", JobState::succeeded, 1, {}, false, false},
                   {2, "success", JobState::running, 1, {}, true, false}}},
                 noon + 1500ms);
  EXPECT_EQ(render_frame(progress, stage()),
            "run 01hzy3v0a0b1c2d3e4f5g6h7j8  fallback v2  running  2.3s\n"
            "[█████░░░░░░░░░░░░░░░░░░] 1/4  1 running, 1 waiting, 1 backing_off, 1…\n"
            "  ✓ first    succeeded    #1      1.5s\n"
            "  ↻ second   backing_off  #1      2.3s  exit\n"
            "  ⠸ success  running      #1      0.8s  unreachable\n"
            "  ○ error    waiting\n");
}

TEST(Frame, IsPlainAsciiWhereTheLocaleIs) {
  auto at = stage(40);
  at.look.unicode = false;
  EXPECT_EQ(render_frame(fallback(), at),
            "run 01hzy3v0a0b1c2d3e4f5g6h7j8  fallbac~\n"
            "[.............] 0/4  1 running, 2 waiti~\n"
            "  > first    running      #1      2.3s\n"
            "  ~ second   backing_off  #1      2.3s ~\n"
            "  . success  waiting\n"
            "  . error    waiting\n");
}

TEST(Frame, NeverGetsWiderOrHigherThanItsStage) {
  Progress progress;
  progress.set_run(run_view(RunState::running, "a-pipeline-with-a-rather-long-name"));
  std::vector<model::JobView> jobs;
  for (int i = 0; i < 60; ++i)
    jobs.push_back(job(i, fmt::format("job-with-a-long-name-世界-{}", i), JobState(i % 10), 1));
  progress.set_jobs(jobs);
  for (std::size_t width = 1; width < 100; width += 7)
    for (std::size_t height = 1; height < 70; height += 3)
      for (const auto* note : {"", "trying again: cannot reach http://127.0.0.1:8080"}) {
        auto at = stage(width, height);
        at.note = note;
        const auto frame = render_frame(progress, at);
        std::size_t lines = 0;
        for (std::size_t start = 0; start < frame.size(); ++lines) {
          const auto end = frame.find('\n', start);
          ASSERT_LE(columns_of(frame.substr(start, end - start)), width);
          start = end + 1;
        }
        ASSERT_LE(lines, std::max<std::size_t>(height - 1, 1)) << width << "x" << height;
      }
}

TEST(Frame, ShowsOfABigRunWhatIsAtWorkAndWhatFailedLast) {
  Progress progress;
  progress.set_run(run_view(RunState::running));
  std::vector<model::JobView> jobs;
  for (int i = 0; i < 1000; ++i) jobs.push_back(job(i, fmt::format("j{}", i), JobState::waiting));
  for (const int i : {10, 11}) jobs[std::size_t(i)].state = JobState::running;
  progress.set_jobs(jobs);
  for (const int i : {500, 400, 300, 200})
    progress.apply({run_id,
                    "",
                    "",
                    RunState::running,
                    {{i, fmt::format("j{}", i), JobState::failed, 1, Class::oom, false, false}}},
                   noon + 1ms * i);
  auto at = stage(70, 9);
  at.look.unicode = false;
  EXPECT_EQ(render_frame(progress, at),
            "run 01hzy3v0a0b1c2d3e4f5g6h7j8  fallback  running  2.3s\n"
            "[.......................] 4/1000  2 running, 994 waiting, 4 failed\n"
            "  > j10   running\n"
            "  > j11   running\n"
            "  x j500  failed       #1            oom\n"
            "  x j400  failed       #1            oom\n"
            "  x j300  failed       #1            oom\n"
            "  ... 995 more\n");
}

TEST(Frame, ColoursStatesAndNothingElseCounts) {
  auto at = stage(70);
  at.look.colour = true;
  const auto frame = render_frame(fallback(), at);
  EXPECT_NE(frame.find("\x1b[36m⠸\x1b[0m first"), frame.npos);
  EXPECT_NE(frame.find("\x1b[33mbacking_off\x1b[0m"), frame.npos);
  std::string bare;
  for (std::size_t i = 0; i < frame.size(); ++i)
    if (frame[i] == '\x1b')
      i = frame.find('m', i);
    else
      bare += frame[i];
  EXPECT_EQ(bare, render_frame(fallback(), stage(70)));
}

TEST(Frame, LetsNothingThatTheServerSaysSteerTheTerminal) {
  auto progress = fallback();
  auto run = progress.run();
  run.reason = "\x1b]0;owned\x07";
  run.pipeline = "a\nb";
  progress.set_run(run);
  const auto frame = render_frame(progress, stage());
  EXPECT_EQ(frame.find('\x1b'), frame.npos);
  EXPECT_EQ(std::count(frame.begin(), frame.end(), '\n'), 6);
}

TEST(Frame, WritesALineForEachChange) {
  auto progress = fallback();
  EXPECT_EQ(render_change(progress, 1, noon + 1500ms), "    1.5s second backing_off #1 exit\n");
  EXPECT_EQ(render_change(progress, 2, noon + 75s), "   1m15s success waiting\n");
  EXPECT_EQ(render_run_change(progress, noon), "    0.0s run running\n");
}

TEST(Progress, TakesNoLateOrRepeatedChange) {
  auto progress = fallback();
  const model::RunChange done{
      run_id, "", "", RunState::running, {{0, "first", JobState::succeeded, 2, {}, false, false}}};
  EXPECT_EQ(progress.apply(done, noon), std::vector<std::size_t>{0});
  EXPECT_TRUE(progress.apply(done, noon).empty());
  EXPECT_TRUE(progress
                  .apply({run_id,
                          "",
                          "",
                          RunState::running,
                          {{0, "first", JobState::running, 2, {}, false, false},
                           {1, "second", JobState::failed, 0, {}, false, false}}},
                         noon)
                  .empty());
  EXPECT_EQ(progress.count(JobState::succeeded), 1);
  EXPECT_EQ(progress.count(JobState::backing_off), 1);
  EXPECT_EQ(progress.done(), 1);
}

TEST(Progress, LearnsOfAFailureThatIsHandledLater) {
  auto progress = fallback();
  model::JobChange failed{1, "second", JobState::failed, 1, Class::exit, false, false};
  progress.apply({run_id, "", "", RunState::running, {failed}}, noon);
  EXPECT_EQ(progress.failed().size(), 1u);
  failed.handled = true;
  progress.apply({run_id, "", "", RunState::running, {failed}}, noon);
  EXPECT_TRUE(progress.failed().empty());
}

Progress ended(RunState state, const std::vector<model::JobView>& jobs) {
  Progress progress;
  auto run = run_view(state);
  run.finished = noon + 12'300ms;
  progress.set_run(run);
  progress.set_jobs(jobs);
  return progress;
}

TEST(Verdict, NamesTheJobsThatFailedAndHow) {
  auto progress =
      ended(RunState::failed,
            {job(0, "build", JobState::failed, 1), job(1, "test", JobState::skipped),
             job(2, "lint", JobState::succeeded, 1), job(3, "docs", JobState::succeeded, 1)});
  model::AttemptView attempt;
  attempt.state = model::AttemptState::failed;
  attempt.class_ = Class::exit;
  attempt.exit_code = 1;
  progress.set_attempt(0, attempt);
  EXPECT_EQ(render_verdict(progress, noon),
            "run 01hzy3v0a0b1c2d3e4f5g6h7j8 failed in 12.3s: 1 of 4 jobs failed (build: exit 1)\n");
}

TEST(Verdict, CountsWhatASuccessCameTo) {
  auto handled = job(0, "try", JobState::failed, 1);
  handled.handled = true;
  const auto progress =
      ended(RunState::succeeded,
            {handled, job(1, "catch", JobState::succeeded, 1), job(2, "else", JobState::skipped)});
  EXPECT_EQ(render_verdict(progress, noon),
            "run 01hzy3v0a0b1c2d3e4f5g6h7j8 succeeded in 12.3s: 1 of 3 jobs succeeded, 1 failed "
            "(handled), 1 skipped\n");
}

TEST(Verdict, SaysHowAnAttemptFailed) {
  model::AttemptView attempt;
  attempt.class_ = Class::exit;
  attempt.exit_code = 3;
  EXPECT_EQ(failure_text(attempt), "exit 3");
  attempt.signal = 9;
  EXPECT_EQ(failure_text(attempt), "signal 9");
  attempt = {};
  attempt.class_ = Class::image;
  attempt.message = "no such\ntag";
  EXPECT_EQ(failure_text(attempt), "image: no such tag");
  EXPECT_EQ(failure_text({}), "failed");
}

TEST(Verdict, IsTheExitCode) {
  EXPECT_EQ(exit_code_of(RunState::succeeded), 0);
  EXPECT_EQ(exit_code_of(RunState::failed), 1);
  EXPECT_EQ(exit_code_of(RunState::canceled), 3);
}

}  // namespace
