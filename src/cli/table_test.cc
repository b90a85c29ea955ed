#include "cli/table.h"

#include "cli/testing.h"

namespace {

using namespace cli;
using namespace cli::testing;

TEST(Table, AlignsColumnsWhateverTheirCharacters) {
  Table table({"A", "LONGER", "C"});
  table.add({"世界", "", "x"});
  table.add({"abc", "y\n", ""});
  EXPECT_EQ(table.str(),
            "A     LONGER  C\n"
            "世界  -       x\n"
            "abc   y       -\n");
}

TEST(Table, ShowsRunsWithTheirProgressAndAge) {
  auto run = run_view(model::RunState::failed);
  run.jobs = {{"failed", 1}, {"succeeded", 2}, {"waiting", 1}};
  run.jobs_total = 4;
  run.finished = noon + 12s;
  run.labels = {{"team", "docs"}};
  run.origin = "api";
  run.version = 2;
  EXPECT_EQ(runs_table({run}, {.now = noon + 5min}),
            "RUN                         PIPELINE  STATE   JOBS           TOOK   AGE\n"
            "01hzy3v0a0b1c2d3e4f5g6h7j8  fallback  failed  3/4, 1 failed  12.0s  5m\n");
  EXPECT_EQ(runs_table({run}, {.now = noon, .wide = true, .ages = false}),
            "RUN                         PIPELINE  STATE   JOBS           TOOK   AGE              "
            "     VERSION  ORIGIN  LABELS     REASON\n"
            "01hzy3v0a0b1c2d3e4f5g6h7j8  fallback  failed  3/4, 1 failed  12.0s  "
            "2026-11-21T12:00:00Z  2        api     team=docs  -\n");
}

TEST(Table, ShowsJobsWithWhyTheyFailed) {
  auto failed = job(0, "build", model::JobState::failed, 2);
  failed.class_ = model::Class::oom;
  failed.handled = true;
  failed.image = "busybox";
  failed.depends_on = {{"fetch", {}}, {"check", {.failure = true}}};
  EXPECT_EQ(jobs_table({failed, job(1, "test", model::JobState::waiting)},
                       {.now = noon + 3s, .wide = true}),
            "JOB    STATE    ATTEMPT  SINCE  REMARK        IMAGE    DEPENDS-ON           DUE\n"
            "build  failed   2        3s     oom, handled  busybox  fetch,check:failure  -\n"
            "test   waiting  -        3s     -             -        -                    -\n");
}

TEST(Table, SaysNothingOfAFailureThatALaterAttemptMadeGood) {
  auto retried = job(0, "build", model::JobState::succeeded, 3);
  retried.class_ = model::Class::exit;
  EXPECT_EQ(jobs_table({retried}, {.now = noon + 3s}),
            "JOB    STATE      ATTEMPT  SINCE  REMARK\n"
            "build  succeeded  3        3s     -\n");
}

}  // namespace
