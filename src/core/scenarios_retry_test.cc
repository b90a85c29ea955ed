#include <gtest/gtest.h>

#include "core/play.h"

namespace core {
namespace {

TEST(Retry, WaitsTwiceAsLongEachTimeAndThenGivesUp) {
  constexpr auto script = R"(
    a attempts 4
    submit         | a queued #1
    failed a#1     | a backing_off 2s, run running
    after 2s       | a queued #2
    failed a#2 oom | a backing_off 4s oom
    after 4s       | a queued #3
    failed a#3     | a backing_off 8s
    after 7s       |
    after 1s       | a queued #4
    failed a#4     | a failed, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, HappensOnlyForTheClassesItNames) {
  constexpr auto script = R"(
    a attempts 5 on exit,oom
    submit           | a queued #1
    failed a#1 exit  | a backing_off 2s, run running
    after 2s         | a queued #2
    failed a#2 oom   | a backing_off 4s oom
    after 4s         | a queued #3
    failed a#3 image | a failed image, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, ConfigIsNotTriedAgainUnlessNamed) {
  constexpr auto script = R"(
    a attempts 5
    b attempts 5 on config
    submit            | a queued #1, b queued #1
    failed a#1 config | a failed config, run running
    failed b#1 config | b backing_off 2s config
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, AQueueTimeoutIsTriedAgainOnlyWhereNamed) {
  constexpr auto script = R"(
    a attempts 5 queue 1m
    b attempts 2 queue 1m on queue_timeout
    submit   | a queued #1, b queued #1
    after 1m | a failed queue_timeout, b backing_off 2s queue_timeout
    after 2s | b queued #2
    after 1m | b failed queue_timeout, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, FiveEndsByTheInfrastructureAreFreeAndTheSixthCounts) {
  constexpr auto script = R"(
    a
    submit               | a queued #1
    failed a#1 evicted   | a backing_off 2s evicted, run running
    after 2s             | a queued #2
    failed a#2 node_lost | a backing_off 4s node_lost
    after 4s             | a queued #3
    failed a#3 preempted | a backing_off 8s preempted
    after 8s             | a queued #4
    failed a#4 evicted   | a backing_off 16s evicted
    after 16s            | a queued #5
    failed a#5 evicted   | a backing_off 32s evicted
    after 32s            | a queued #6
    failed a#6 node_lost | a failed node_lost, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, ThreeDeletionsAreFreeAndTheFourthCounts) {
  constexpr auto script = R"(
    a attempts 2
    submit             | a queued #1
    failed a#1 deleted | a backing_off 2s deleted, run running
    after 2s           | a queued #2
    failed a#2 deleted | a backing_off 4s deleted
    after 4s           | a queued #3
    started a#3        | a running
    stopped a#3        | a backing_off 8s deleted
    after 8s           | a queued #4
    failed a#4 deleted | a backing_off 16s deleted
    after 16s          | a queued #5
    failed a#5 deleted | a failed deleted, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, FreeEndsLeaveTheAttemptsOfTheUserWhole) {
  constexpr auto script = R"(
    a attempts 2 on exit
    submit             | a queued #1
    failed a#1 evicted | a backing_off 2s evicted, run running
    after 2s           | a queued #2
    failed a#2 exit    | a backing_off 4s
    after 4s           | a queued #3
    failed a#3 deleted | a backing_off 8s deleted
    after 8s           | a queued #4
    failed a#4 exit    | a failed, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, AnAttemptThatNeverStartedQueuesAgainAndCostsNothing) {
  constexpr auto script = R"(
    a
    submit       | a queued #1
    assigned a#1 | a starting, run running
    never a#1    | a queued #2
    never a#1    |
    failed a#2   | a failed, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Retry, AnAttemptThatWasSeenAndIsNotThereWasDeleted) {
  constexpr auto script = R"(
    a
    submit       | a queued #1
    assigned a#1 | a starting, run running
    created a#1  |
    never a#1    | a backing_off 2s deleted
    after 2s     | a queued #2
    started a#2  | a running
    never a#2    | a backing_off 4s deleted
)";
  EXPECT_EQ(play(script), script);
}

TEST(LateFacts, RepeatedOnesChangeNothing) {
  constexpr auto script = R"(
    a attempts 2
    b needs a
    submit        | a queued #1
    again         |
    assigned a#1  | a starting, run running
    again         |
    created a#1   |
    again         |
    started a#1   | a running
    again         |
    failed a#1    | a backing_off 2s
    again         | late a#1
    after 2s      | a queued #2
    succeeded a#2 | a succeeded, b queued #1
    again         | late a#2
    failed a#2    | late a#2
    started a#2   |
    succeeded b#1 | b succeeded, run succeeded
    again         | late b#1
    submit        |
    cancel        |
)";
  EXPECT_EQ(play(script), script);
}

TEST(LateFacts, AboutAnOlderAttemptAreKeptAsEvidenceOnly) {
  constexpr auto script = R"(
    a attempts 2
    submit          | a queued #1
    failed a#1      | a backing_off 2s, run running
    succeeded a#1   | late a#1
    after 2s        | a queued #2
    succeeded a#1   | late a#1
    started a#2     | a running
    started a#1     |
    never a#1       |
    unreachable a#1 |
    stopped a#1     | late a#1
    succeeded a#2   | a succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(LateFacts, AboutAttemptsThatDoNotExistYetAreIgnored) {
  constexpr auto script = R"(
    a
    b needs a
    submit        | a queued #1
    succeeded a#2 |
    assigned b#0  |
    succeeded b#0 |
    succeeded b#1 |
    started a#7   |
    succeeded a#1 | a succeeded, b queued #1, run running
)";
  EXPECT_EQ(play(script), script);
}

TEST(LateFacts, ASubmitRepeatedWhileFinallyWaitsChangesNothing) {
  constexpr auto script = R"(
    timeout 3h
    a queue 1h
    tidy finally
    submit           | a queued #1
    after 1h         | a failed queue_timeout, tidy queued #1
    submit           |
    after 5h         |
    succeeded tidy#1 | tidy succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace core
