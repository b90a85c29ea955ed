#include <gtest/gtest.h>

#include "core/play.h"

namespace core {
namespace {

TEST(Retry, WaitsTwiceAsLongEachTimeAndThenGivesUp) {
  constexpr auto script = R"(
    a attempts 4
    submit |
    failed a#1 |
    after 2s |
    failed a#2 oom |
    after 4s |
    failed a#3 |
    after 7s |
    after 1s |
    failed a#4 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, HappensOnlyForTheClassesItNames) {
  constexpr auto script = R"(
    a attempts 5 on exit,oom
    submit |
    failed a#1 exit |
    after 2s |
    failed a#2 oom |
    after 4s |
    failed a#3 image |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, ConfigIsNotTriedAgainUnlessNamed) {
  constexpr auto script = R"(
    a attempts 5
    b attempts 5 on config
    submit |
    failed a#1 config |
    failed b#1 config |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, AQueueTimeoutIsTriedAgainOnlyWhereNamed) {
  constexpr auto script = R"(
    a attempts 5 queue 1m
    b attempts 2 queue 1m on queue_timeout
    submit |
    after 1m |
    after 2s |
    after 1m |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, FiveEndsByTheInfrastructureAreFreeAndTheSixthCounts) {
  constexpr auto script = R"(
    a
    submit |
    failed a#1 evicted |
    after 2s |
    failed a#2 node_lost |
    after 4s |
    failed a#3 preempted |
    after 8s |
    failed a#4 evicted |
    after 16s |
    failed a#5 evicted |
    after 32s |
    failed a#6 node_lost |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, ThreeDeletionsAreFreeAndTheFourthCounts) {
  constexpr auto script = R"(
    a attempts 2
    submit |
    failed a#1 deleted |
    after 2s |
    failed a#2 deleted |
    after 4s |
    started a#3 |
    stopped a#3 |
    after 8s |
    failed a#4 deleted |
    after 16s |
    failed a#5 deleted |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, FreeEndsLeaveTheAttemptsOfTheUserWhole) {
  constexpr auto script = R"(
    a attempts 2 on exit
    submit |
    failed a#1 evicted |
    after 2s |
    failed a#2 exit |
    after 4s |
    failed a#3 deleted |
    after 8s |
    failed a#4 exit |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, AnAttemptThatNeverStartedQueuesAgainAndCostsNothing) {
  constexpr auto script = R"(
    a
    submit |
    assigned a#1 |
    never a#1 |
    never a#1 |
    failed a#2 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, AnAttemptThatWasSeenCannotHaveNeverStarted) {
  constexpr auto script = R"(
    a
    submit |
    assigned a#1 |
    created a#1 |
    never a#1 |
    started a#1 |
    never a#1 |
    succeeded a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(LateFacts, RepeatedOnesChangeNothing) {
  constexpr auto script = R"(
    a attempts 2
    b needs a
    submit |
    again |
    assigned a#1 |
    again |
    created a#1 |
    again |
    started a#1 |
    again |
    failed a#1 |
    again |
    after 2s |
    succeeded a#2 |
    again |
    failed a#2 |
    started a#2 |
    succeeded b#1 |
    again |
    submit |
    cancel |
)";
  EXPECT_EQ(play(script), script);
}

TEST(LateFacts, AboutAnOlderAttemptAreKeptAsEvidenceOnly) {
  constexpr auto script = R"(
    a attempts 2
    submit |
    failed a#1 |
    succeeded a#1 |
    after 2s |
    succeeded a#1 |
    started a#2 |
    started a#1 |
    never a#1 |
    unreachable a#1 |
    stopped a#1 |
    succeeded a#2 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(LateFacts, AboutAttemptsThatDoNotExistYetAreIgnored) {
  constexpr auto script = R"(
    a
    b needs a
    submit |
    succeeded a#2 |
    assigned b#0 |
    succeeded b#0 |
    succeeded b#1 |
    started a#7 |
    succeeded a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(LateFacts, ASubmitRepeatedWhileFinallyWaitsChangesNothing) {
  constexpr auto script = R"(
    timeout 3h
    a queue 1h
    tidy finally
    submit |
    after 1h |
    submit |
    after 5h |
    succeeded tidy#1 |
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace core
