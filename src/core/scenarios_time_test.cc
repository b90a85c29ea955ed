#include <gtest/gtest.h>

#include "core/play.h"

namespace core {
namespace {

TEST(QueueTimeout, FailsAJobThatNobodyTook) {
  constexpr auto script = R"(
    a queue 1m
    b needs a:failure
    submit |
    after 59s |
    after 1s |
    succeeded b#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(QueueTimeout, StopsAnAttemptThatWasTakenButNeverCreated) {
  constexpr auto script = R"(
    a queue 1m
    submit |
    after 30s |
    assigned a#1 |
    after 30s |
    never a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(StartTimeout, StopsAnAttemptThatDoesNotStart) {
  constexpr auto script = R"(
    a start 1m attempts 2
    submit |
    assigned a#1 |
    created a#1 |
    after 1m |
    stopped a#1 |
    after 2s |
    succeeded a#2 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(StartTimeout, ASuccessThatWasSeenStaysASuccess) {
  constexpr auto script = R"(
    a start 1m
    b needs a
    submit |
    assigned a#1 |
    created a#1 |
    after 1m |
    started a#1 |
    succeeded a#1 |
    succeeded b#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeoutOfAJob, IsKeptByTheExecutorAndByTheServerOneMinuteLater) {
  constexpr auto script = R"(
    a run 1h
    submit |
    started a#1 |
    after 1h |
    after 59s |
    after 1s |
    failed a#1 exit |
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeoutOfAJob, ReportedByTheExecutorIsItsClass) {
  constexpr auto script = R"(
    a run 1h attempts 2 on run_timeout
    submit |
    started a#1 |
    after 1h |
    failed a#1 run_timeout |
)";
  EXPECT_EQ(play(script), script);
}

TEST(RunTimeoutOfAJob, ASuccessThatBeatTheStopIsASuccess) {
  constexpr auto script = R"(
    a run 1h
    submit |
    started a#1 |
    after 61m |
    succeeded a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AttemptsAreLostOnlyAfterTheirHardDeadline) {
  constexpr auto script = R"(
    a run 1h attempts 2
    submit |
    started a#1 |
    unreachable a#1 |
    after 1h |
    after 59s |
    after 1s |
    after 2s |
    succeeded a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, ThoseThatCanBeSeenAreStoppedAndNeverCalledLost) {
  constexpr auto script = R"(
    a run 1h
    submit |
    started a#1 |
    after 61m |
    after 1m |
    unreachable a#1 |
    after 1m |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AndBackGoesOnAsIfNothingHadBeen) {
  constexpr auto script = R"(
    a run 1h
    submit |
    started a#1 |
    unreachable a#1 |
    again |
    after 30m |
    reachable a#1 |
    again |
    after 29m |
    succeeded a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AndBackWhileStartingStillMeetsItsStartTimeout) {
  constexpr auto script = R"(
    a start 10m run 1h
    submit |
    assigned a#1 |
    created a#1 |
    unreachable a#1 |
    after 5m |
    reachable a#1 |
    after 5m |
    stopped a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, WhileStartingIsLostWhenItCouldNoLongerRun) {
  constexpr auto script = R"(
    a start 10m run 1h
    submit |
    assigned a#1 |
    created a#1 |
    unreachable a#1 |
    after 10m |
    after 60m |
    after 59s |
    after 1s |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AfterACancelEndsCanceledAtTheHardDeadline) {
  constexpr auto script = R"(
    a run 1h
    tidy finally
    submit |
    started a#1 |
    unreachable a#1 |
    cancel |
    after 1m |
    after 1h |
    succeeded tidy#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Unreachable, AttemptThatEndsWhileNobodyLooksIsJudgedByWhatIsFound) {
  constexpr auto script = R"(
    a
    submit |
    started a#1 |
    unreachable a#1 |
    succeeded a#1 |
    reachable a#1 |
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace core
