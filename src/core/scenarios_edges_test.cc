#include <gtest/gtest.h>

#include "core/play.h"

namespace core {
namespace {

TEST(Scenario, ChainrsReadmePipelineTakesTheSuccessBranch) {
  constexpr auto script = R"(
    first
    second
    success needs first
    error   needs first:failure
    submit              | first queued #1, second queued #1
    started first#1     | first running, run running
    succeeded first#1   | first succeeded, success queued #1, error skipped
    succeeded second#1  | second succeeded
    succeeded success#1 | success succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, ChainrsReadmePipelineTakesTheErrorBranch) {
  constexpr auto script = R"(
    first
    second
    success needs first
    error   needs first:failure
    submit             | first queued #1, second queued #1
    failed first#1     | first failed, success skipped, error queued #1, run running
    succeeded second#1 | second succeeded
    succeeded error#1  | first handled, error succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, TheFailureEdgeIsTakenOnlyAfterTheLastAttempt) {
  constexpr auto script = R"(
    build  attempts 2
    deploy needs build
    report needs build:failure
    submit             | build queued #1
    started build#1    | build running, run running
    failed build#1     | build backing_off 2s
    after 1s           |
    after 1s           | build queued #2
    failed build#2     | build failed, deploy skipped, report queued #1
    succeeded report#1 | build handled, report succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, ASkipCascadesAtOnceAndDoesNotFailTheRun) {
  constexpr auto script = R"(
    a
    b needs a:failure
    c needs b
    d needs c b
    e needs d:failure
    submit        | a queued #1
    succeeded a#1 | a succeeded, b skipped, c skipped, d skipped, e skipped, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, AnEdgeThatCannotHoldSkipsWithoutWaitingForTheOtherEdges) {
  constexpr auto script = R"(
    slow
    quick
    both needs slow quick
    after needs both:always
    submit            | slow queued #1, quick queued #1
    failed quick#1    | quick failed, both skipped, after queued #1, run running
    succeeded slow#1  | slow succeeded
    succeeded after#1 | after succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, AnAlwaysEdgeHoldsAfterAnyEndSkippedToo) {
  constexpr auto script = R"(
    good
    bad
    never   needs good:failure
    tidy    needs never:always bad:always good:always
    submit           | good queued #1, bad queued #1
    succeeded good#1 | good succeeded, never skipped, run running
    failed bad#1     | bad failed, tidy queued #1
    succeeded tidy#1 | tidy succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, AJobWaitsForItsLastDependency) {
  constexpr auto script = R"(
    a
    b
    c needs a b:failure
    submit        | a queued #1, b queued #1
    succeeded a#1 | a succeeded, run running
    failed b#1    | b failed, c queued #1
    succeeded c#1 | b handled, c succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AFailureIsHandledByADependantOnItsFailureEdgeThatSucceeds) {
  constexpr auto script = R"(
    a
    fix1 needs a:failure
    fix2 needs a:failure
    submit           | a queued #1
    failed a#1       | a failed, fix1 queued #1, fix2 queued #1, run running
    failed fix1#1    | fix1 failed
    succeeded fix2#1 | a handled, fix2 succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AFailedHandlerThatIsHandledItselfHandles) {
  constexpr auto script = R"(
    a
    b needs a:failure
    c needs b:failure
    d needs c:failure
    submit        | a queued #1
    failed a#1    | a failed, b queued #1, run running
    failed b#1    | b failed, c queued #1
    failed c#1    | c failed, d queued #1
    succeeded d#1 | a handled, b handled, c handled, d succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AHandlerThatFailsUnhandledHandlesNothing) {
  constexpr auto script = R"(
    a
    b needs a:failure
    submit     | a queued #1
    failed a#1 | a failed, b queued #1, run running
    failed b#1 | b failed, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AHandlerThatIsSkippedHandlesNothing) {
  constexpr auto script = R"(
    a
    other
    fix needs a:failure other:failure
    submit            | a queued #1, other queued #1
    failed a#1        | a failed, run running
    succeeded other#1 | other succeeded, fix skipped, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, OneHandlerHandlesAllTheFailuresItWaitedFor) {
  constexpr auto script = R"(
    a
    b
    fix needs a:failure b:failure
    submit          | a queued #1, b queued #1
    failed a#1      | a failed, run running
    failed b#1      | b failed, fix queued #1
    succeeded fix#1 | a handled, b handled, fix succeeded, run succeeded
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AnAlwaysEdgeNeverHandles) {
  constexpr auto script = R"(
    a
    tidy needs a:always
    submit           | a queued #1
    failed a#1       | a failed, tidy queued #1, run running
    succeeded tidy#1 | tidy succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, FinallyNeverHandlesAndItsOwnFailureFailsTheRun) {
  constexpr auto script = R"(
    a
    fix  needs a:failure
    tidy finally
    sweep finally needs tidy:failure
    submit            | a queued #1
    failed a#1        | a failed, fix queued #1, run running
    succeeded fix#1   | a handled, fix succeeded, tidy queued #1
    failed tidy#1     | tidy failed, sweep queued #1
    succeeded sweep#1 | sweep succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, FinallyJobsRunInTheirOwnOrderWhenAllElseHasEnded) {
  constexpr auto script = R"(
    a
    b
    tidy finally
    tell finally needs tidy
    submit           | a queued #1, b queued #1
    succeeded a#1    | a succeeded, run running
    failed b#1       | b failed, tidy queued #1
    succeeded tidy#1 | tidy succeeded, tell queued #1
    succeeded tell#1 | tell succeeded, run failed
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace core
