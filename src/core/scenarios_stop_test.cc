#include <gtest/gtest.h>

#include "core/play.h"

namespace core {
namespace {

TEST(Cancel, EndsWhatIsNotAliveAndStopsWhatIs) {
  constexpr auto script = R"(
    waiting needs queued
    queued
    assigned
    starting
    running
    backing attempts 2
    done
    failed
    submit |
    assigned assigned#1 |
    assigned starting#1 |
    created starting#1 |
    started running#1 |
    failed backing#1 |
    succeeded done#1 |
    failed failed#1 |
    cancel |
    never assigned#1 |
    stopped starting#1 |
    failed running#1 |
    after 1h |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, OfARunThatNobodySubmittedYetEndsIt) {
  constexpr auto script = R"(
    a
    tidy finally
    cancel |
    submit |
    succeeded tidy#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, KeepsASuccessObservedLaterOnTheAttemptOnly) {
  constexpr auto script = R"(
    a
    b needs a
    submit |
    started a#1 |
    cancel |
    succeeded a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, LetsFinallyRunAndTheirFailureDoesNotChangeTheVerdict) {
  constexpr auto script = R"(
    a
    tidy finally
    tell finally needs tidy:failure
    submit |
    started a#1 |
    cancel |
    stopped a#1 |
    failed tidy#1 |
    succeeded tell#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, WhileFinallyRunsLetsItRunAndCancelsTheRun) {
  constexpr auto script = R"(
    a
    tidy finally attempts 2
    submit |
    succeeded a#1 |
    started tidy#1 |
    cancel |
    failed tidy#1 |
    after 2s |
    succeeded tidy#2 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, TwiceIsOnce) {
  constexpr auto script = R"(
    a
    submit |
    started a#1 |
    cancel |
    cancel |
    stopped a#1 |
    cancel |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, WhileBackingOffLeavesNoTimerBehind) {
  constexpr auto script = R"(
    a attempts 3
    submit |
    failed a#1 |
    cancel |
    after 1h |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, IsAskedAgainUntilTheEndIsSeen) {
  constexpr auto script = R"(
    a
    submit |
    started a#1 |
    cancel |
    after 59s |
    after 1s |
    after 1m |
    stopped a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, OutranksATimeoutThatIsBeingCarriedOut) {
  constexpr auto script = R"(
    a start 1m attempts 3
    submit |
    assigned a#1 |
    created a#1 |
    after 1m |
    cancel |
    failed a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Cancel, ThatMeetsAJobAssignedMeanwhileStopsItBeforeItExists) {
  constexpr auto script = R"(
    a
    submit |
    assigned a#1 |
    cancel |
    created a#1 |
    started a#1 |
    never a#1 |
    stopped a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeout, StopsTheJobsRunsFinallyAndFailsTheRun) {
  constexpr auto script = R"(
    timeout 1h
    a
    b needs a
    tidy finally run 3h
    submit |
    started a#1 |
    after 59m |
    after 1m |
    stopped a#1 |
    started tidy#1 |
    after 2h |
    succeeded tidy#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeout, FailsARunWhoseLastJobSucceedsTooLate) {
  constexpr auto script = R"(
    timeout 1h
    a
    submit |
    started a#1 |
    after 1h |
    succeeded a#1 |
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace core
