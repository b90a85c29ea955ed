#include <gtest/gtest.h>

#include "core/play.h"

namespace core {
namespace {

TEST(Cancel, EndsAtOnceWhatIsNotAlive) {
  constexpr auto script = R"(
    waiting needs queued
    queued
    backing attempts 2
    done
    bad
    submit           | queued queued #1, backing queued #1, done queued #1, bad queued #1
    failed backing#1 | backing backing_off 2s, run running
    succeeded done#1 | done succeeded
    failed bad#1     | bad failed
    cancel           | waiting canceled, queued canceled, backing canceled, run canceled
    after 1h         |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, StopsWhatIsAliveAndWaitsUntilItIsGone) {
  constexpr auto script = R"(
    a
    b
    c
    submit       | a queued #1, b queued #1, c queued #1
    assigned a#1 | a starting, run running
    assigned b#1 | b starting
    created b#1  |
    started c#1  | c running
    cancel       | a stopping, b stopping, c stopping, stop a#1, stop b#1, stop c#1, run stopping
    never a#1    | a canceled
    stopped b#1  | b canceled
    failed c#1   | c canceled, c#1 failed, run canceled
    after 1h     |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, OfARunThatNobodySubmittedYetEndsIt) {
  constexpr auto script = R"(
    a
    tidy finally
    cancel           | a canceled, tidy queued #1, run stopping
    submit           |
    succeeded tidy#1 | tidy succeeded, run canceled
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, KeepsASuccessObservedLaterOnTheAttemptOnly) {
  constexpr auto script = R"(
    a
    b needs a
    submit        | a queued #1
    started a#1   | a running, run running
    cancel        | a stopping, b canceled, stop a#1, run stopping
    succeeded a#1 | a canceled, a#1 succeeded, run canceled
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, LetsFinallyRunAndTheirFailureDoesNotChangeTheVerdict) {
  constexpr auto script = R"(
    a
    tidy finally
    tell finally needs tidy:failure
    submit           | a queued #1
    started a#1      | a running, run running
    cancel           | a stopping, stop a#1, run stopping
    stopped a#1      | a canceled, tidy queued #1
    failed tidy#1    | tidy failed, tell queued #1
    succeeded tell#1 | tell succeeded, run canceled
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, WhileFinallyRunsLetsItRunAndCancelsTheRun) {
  constexpr auto script = R"(
    a
    tidy finally attempts 2
    submit           | a queued #1
    succeeded a#1    | a succeeded, tidy queued #1, run running
    started tidy#1   | tidy running
    cancel           | run stopping
    failed tidy#1    | tidy backing_off 2s
    after 2s         | tidy queued #2
    succeeded tidy#2 | tidy succeeded, run canceled
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, TwiceIsOnce) {
  constexpr auto script = R"(
    a
    submit      | a queued #1
    started a#1 | a running, run running
    cancel      | a stopping, stop a#1, run stopping
    cancel      |
    stopped a#1 | a canceled, run canceled
    cancel      |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, WhileBackingOffLeavesNoTimerBehind) {
  constexpr auto script = R"(
    a attempts 3
    submit     | a queued #1
    failed a#1 | a backing_off 2s, run running
    cancel     | a canceled, run canceled
    after 1h   |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, IsAskedAgainUntilTheEndIsSeen) {
  constexpr auto script = R"(
    a
    submit      | a queued #1
    started a#1 | a running, run running
    cancel      | a stopping, stop a#1, run stopping
    after 59s   |
    after 1s    | stop a#1
    after 1m    | stop a#1
    stopped a#1 | a canceled, run canceled
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, ADeletionAfterItWasOurs) {
  constexpr auto script = R"(
    a
    b
    c
    submit             | a queued #1, b queued #1, c queued #1
    started a#1        | a running, run running
    started b#1        | b running
    started c#1        | c running
    failed c#1 deleted | c backing_off 2s deleted
    cancel             | a stopping, b stopping, c canceled, stop a#1, stop b#1, run stopping
    failed a#1 deleted | a canceled
    failed b#1 exit    | b canceled, b#1 failed, run canceled
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, OutranksATimeoutThatIsBeingCarriedOut) {
  constexpr auto script = R"(
    a start 1m attempts 3
    submit       | a queued #1
    assigned a#1 | a starting, run running
    created a#1  |
    after 1m     | a stopping, stop a#1
    cancel       | stop a#1, run stopping
    failed a#1   | a canceled, a#1 failed, run canceled
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, ThatMeetsAJobAssignedMeanwhileStopsItBeforeItExists) {
  constexpr auto script = R"(
    a
    submit       | a queued #1
    assigned a#1 | a starting, run running
    cancel       | a stopping, stop a#1, run stopping
    created a#1  |
    started a#1  |
    never a#1    | a canceled, run canceled
    stopped a#1  | late a#1
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeout, StopsTheJobsRunsFinallyAndFailsTheRun) {
  constexpr auto script = R"(
    timeout 1h
    a
    b needs a
    tidy finally run 3h
    submit           | a queued #1
    started a#1      | a running, run running
    after 59m        |
    after 1m         | a stopping, b canceled, stop a#1, run stopping
    stopped a#1      | a canceled, tidy queued #1
    started tidy#1   | tidy running
    after 2h         |
    succeeded tidy#1 | tidy succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeout, FailsARunWhoseLastJobSucceedsTooLate) {
  constexpr auto script = R"(
    timeout 1h
    a
    submit        | a queued #1
    started a#1   | a running, run running
    after 1h      | a stopping, stop a#1, run stopping
    succeeded a#1 | a canceled, a#1 succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace core
