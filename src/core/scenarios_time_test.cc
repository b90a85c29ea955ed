#include <gtest/gtest.h>

#include "core/play.h"

namespace core {
namespace {

TEST(QueueTimeout, FailsAJobThatNobodyTook) {
  constexpr auto script = R"(
    a queue 1m
    b needs a:failure
    submit        | a queued #1
    after 59s     |
    after 1s      | a failed queue_timeout, b queued #1
    succeeded b#1 | a handled, b succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(QueueTimeout, StopsAnAttemptThatWasTakenButNeverCreated) {
  constexpr auto script = R"(
    a queue 1m
    submit       | a queued #1
    after 30s    |
    assigned a#1 | a starting, run running
    after 30s    | a stopping, stop a#1
    never a#1    | a failed queue_timeout, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(StartTimeout, StopsAnAttemptThatDoesNotStart) {
  constexpr auto script = R"(
    a start 1m attempts 2
    submit        | a queued #1
    assigned a#1  | a starting, run running
    created a#1   |
    after 1m      | a stopping, stop a#1
    stopped a#1   | a backing_off 2s start_timeout
    after 2s      | a queued #2
    succeeded a#2 | a succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(StartTimeout, ASuccessThatWasSeenStaysASuccess) {
  constexpr auto script = R"(
    a start 1m
    b needs a
    submit        | a queued #1
    assigned a#1  | a starting, run running
    created a#1   |
    after 1m      | a stopping, stop a#1
    started a#1   |
    succeeded a#1 | a succeeded, b queued #1
    succeeded b#1 | b succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeoutOfAJob, IsKeptByTheExecutorAndByTheServerOneMinuteLater) {
  constexpr auto script = R"(
    a run 1h
    submit          | a queued #1
    started a#1     | a running, run running
    after 1h        |
    after 59s       |
    after 1s        | a stopping, stop a#1
    failed a#1 exit | a failed run_timeout, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeoutOfAJob, ReportedByTheExecutorIsItsClass) {
  constexpr auto script = R"(
    a run 1h attempts 2 on run_timeout
    submit                 | a queued #1
    started a#1            | a running, run running
    after 1h               |
    failed a#1 run_timeout | a backing_off 2s run_timeout
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeoutOfAJob, ASuccessThatBeatTheStopIsASuccess) {
  constexpr auto script = R"(
    a run 1h
    submit        | a queued #1
    started a#1   | a running, run running
    after 61m     | a stopping, stop a#1
    succeeded a#1 | a succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AttemptsAreLostOnlyAfterTheirHardDeadline) {
  constexpr auto script = R"(
    a run 1h attempts 2
    submit          | a queued #1
    started a#1     | a running, run running
    unreachable a#1 | a unreachable
    after 1h        |
    after 59s       |
    after 1s        | a backing_off 2s lost
    after 2s        | a queued #2
    succeeded a#1   | late a#1
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, ThoseThatCanBeSeenAreStoppedAndNeverCalledLost) {
  constexpr auto script = R"(
    a run 1h
    submit          | a queued #1
    started a#1     | a running, run running
    after 61m       | a stopping, stop a#1
    after 1m        | stop a#1
    unreachable a#1 | a unreachable
    after 1m        | a failed run_timeout, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AndBackGoesOnAsIfNothingHadBeen) {
  constexpr auto script = R"(
    a run 1h
    submit          | a queued #1
    started a#1     | a running, run running
    unreachable a#1 | a unreachable
    again           |
    after 30m       |
    reachable a#1   | a reachable
    again           |
    after 29m       |
    succeeded a#1   | a succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AndBackWhileStartingStillMeetsItsStartTimeout) {
  constexpr auto script = R"(
    a start 10m run 1h
    submit          | a queued #1
    assigned a#1    | a starting, run running
    created a#1     |
    unreachable a#1 | a unreachable
    after 5m        |
    reachable a#1   | a reachable
    after 5m        | a stopping, stop a#1
    stopped a#1     | a failed start_timeout, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, WhileStartingIsLostWhenItCouldNoLongerRun) {
  constexpr auto script = R"(
    a start 10m run 1h
    submit          | a queued #1
    assigned a#1    | a starting, run running
    created a#1     |
    unreachable a#1 | a unreachable
    after 10m       | a stopping, stop a#1
    after 60m       |
    after 59s       |
    after 1s        | a failed start_timeout, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, BeforeItExistsIsLostLongBeforeItsQueueTimeout) {
  constexpr auto script = R"(
    a queue 24h start 10m run 1h
    submit          | a queued #1
    assigned a#1    | a starting, run running
    unreachable a#1 | a unreachable
    after 71m       | a failed lost, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AfterACancelEndsCanceledAtTheHardDeadline) {
  constexpr auto script = R"(
    a run 1h
    tidy finally
    submit           | a queued #1
    started a#1      | a running, run running
    unreachable a#1  | a unreachable
    cancel           | a stopping, stop a#1, run stopping
    after 1m         | stop a#1
    after 1h         | a canceled, tidy queued #1, a#1 failed
    succeeded tidy#1 | tidy succeeded, run canceled
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, IsGivenUpAndTriedAgainWhereItsPipelineSaysSo) {
  constexpr auto script = R"(
    a run 1h unseen 5m:retry
    submit          | a queued #1
    started a#1     | a running, run running
    unreachable a#1 | a unreachable
    after 299s      |
    after 1s        | a backing_off 2s lost
    after 2s        | a queued #2
    failed a#1 exit | late a#1
    succeeded a#2   | a succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, IsGivenUpForGoodWhereItsPipelineSaysSo) {
  constexpr auto script = R"(
    a attempts 3 unseen 5m:fail
    b needs a:failure
    submit          | a queued #1
    assigned a#1    | a starting, run running
    unreachable a#1 | a unreachable
    after 5m        | a failed lost, b queued #1
    created a#1     |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AndBackIsNotGivenUpAnyMore) {
  constexpr auto script = R"(
    a run 1h unseen 5m:retry
    submit          | a queued #1
    started a#1     | a running, run running
    unreachable a#1 | a unreachable
    after 4m        |
    reachable a#1   | a reachable
    after 50m       |
    unreachable a#1 | a unreachable
    after 4m        |
    after 1m        | a backing_off 2s lost
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AndBackWhileStartingIsNotStoppedByThePolicysTime) {
  constexpr auto script = R"(
    a start 30m run 1h unseen 5m:retry
    submit          | a queued #1
    assigned a#1    | a starting, run running
    created a#1     |
    unreachable a#1 | a unreachable
    after 4m        |
    reachable a#1   | a reachable
    after 29m       |
    after 1m        | a stopping, stop a#1
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, IsCanceledByThePolicysTimeAfterACancel) {
  constexpr auto script = R"(
    a run 1h unseen 5m:retry
    submit          | a queued #1
    started a#1     | a running, run running
    unreachable a#1 | a unreachable
    cancel          | a stopping, stop a#1, run stopping
    after 5m        | a canceled, run canceled, a#1 failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AttemptThatEndsWhileNobodyLooksIsJudgedByWhatIsFound) {
  constexpr auto script = R"(
    a
    submit          | a queued #1
    started a#1     | a running, run running
    unreachable a#1 | a unreachable
    succeeded a#1   | a succeeded, run succeeded
    reachable a#1   |
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace core
