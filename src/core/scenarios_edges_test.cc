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
    submit |
    started first#1 |
    succeeded first#1 |
    succeeded second#1 |
    succeeded success#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, ChainrsReadmePipelineTakesTheErrorBranch) {
  constexpr auto script = R"(
    first
    second
    success needs first
    error   needs first:failure
    submit |
    failed first#1 |
    succeeded second#1 |
    succeeded error#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, TheFailureEdgeIsTakenOnlyAfterTheLastAttempt) {
  constexpr auto script = R"(
    build  attempts 2
    deploy needs build
    report needs build:failure
    submit |
    started build#1 |
    failed build#1 |
    after 1s |
    after 1s |
    failed build#2 |
    succeeded report#1 |
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
    submit |
    succeeded a#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, AnEdgeThatCannotHoldSkipsWithoutWaitingForTheOtherEdges) {
  constexpr auto script = R"(
    slow
    quick
    both needs slow quick
    after needs both:always
    submit |
    failed quick#1 |
    succeeded slow#1 |
    succeeded after#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, AnAlwaysEdgeHoldsAfterAnyEndSkippedToo) {
  constexpr auto script = R"(
    good
    bad
    never   needs good:failure
    tidy    needs never:always bad:always good:always
    submit |
    succeeded good#1 |
    failed bad#1 |
    succeeded tidy#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Scenario, AJobWaitsForItsLastDependency) {
  constexpr auto script = R"(
    a
    b
    c needs a b:failure
    submit |
    succeeded a#1 |
    failed b#1 |
    succeeded c#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AFailureIsHandledByADependantOnItsFailureEdgeThatSucceeds) {
  constexpr auto script = R"(
    a
    fix1 needs a:failure
    fix2 needs a:failure
    submit |
    failed a#1 |
    failed fix1#1 |
    succeeded fix2#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AFailedHandlerThatIsHandledItselfHandles) {
  constexpr auto script = R"(
    a
    b needs a:failure
    c needs b:failure
    d needs c:failure
    submit |
    failed a#1 |
    failed b#1 |
    failed c#1 |
    succeeded d#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AHandlerThatFailsUnhandledHandlesNothing) {
  constexpr auto script = R"(
    a
    b needs a:failure
    submit |
    failed a#1 |
    failed b#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AHandlerThatIsSkippedHandlesNothing) {
  constexpr auto script = R"(
    a
    other
    fix needs a:failure other:failure
    submit |
    failed a#1 |
    succeeded other#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, OneHandlerHandlesAllTheFailuresItWaitedFor) {
  constexpr auto script = R"(
    a
    b
    fix needs a:failure b:failure
    submit |
    failed a#1 |
    failed b#1 |
    succeeded fix#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, AnAlwaysEdgeNeverHandles) {
  constexpr auto script = R"(
    a
    tidy needs a:always
    submit |
    failed a#1 |
    succeeded tidy#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, FinallyNeverHandlesAndItsOwnFailureFailsTheRun) {
  constexpr auto script = R"(
    a
    fix  needs a:failure
    tidy finally
    sweep finally needs tidy:failure
    submit |
    failed a#1 |
    succeeded fix#1 |
    failed tidy#1 |
    succeeded sweep#1 |
)";
  EXPECT_EQ(play(script), script);
}

TEST(Verdict, FinallyJobsRunInTheirOwnOrderWhenAllElseHasEnded) {
  constexpr auto script = R"(
    a
    b
    tidy finally
    tell finally needs tidy
    submit |
    succeeded a#1 |
    failed b#1 |
    succeeded tidy#1 |
    succeeded tell#1 |
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace core
