#include "local/create.h"
#include "local/outcome.h"
#include "local/spawn.h"
#include "local/test_world.h"

namespace local {
namespace {

using State = model::AttemptState;

/// Ignores SIGTERM, also in what it starts.
constexpr auto stubborn = "trap '' TERM; echo begin >> $LEDGER; while :; do sleep 1000; done";

bool runs(pid_t pid) {
  const auto process = find_process(pid);
  return process && !process->dead;
}

TEST(Stop, AJobMayEndItselfInTheGrace) {
  World world;
  const auto created = world.create(
      world.assignment("nice", "trap 'exit 7' TERM; echo x >> $LEDGER; sleep 1000 & wait"));
  ASSERT_TRUE(eventually([&] { return count_lines(world.ledger()) == 1; }));
  world.stop("nice", created.uid);
  const auto outcome = world.until_ended("nice");
  EXPECT_EQ(outcome.state, State::canceled);
  EXPECT_EQ(outcome.class_, std::nullopt);
  EXPECT_EQ(outcome.exit_code, 7);
}

TEST(Stop, ASuccessThatIsSeenStaysASuccess) {
  World world;
  const auto created = world.create(
      world.assignment("done", "trap 'exit 0' TERM; echo x >> $LEDGER; sleep 1000 & wait"));
  ASSERT_TRUE(eventually([&] { return count_lines(world.ledger()) == 1; }));
  world.stop("done", created.uid);
  EXPECT_EQ(world.until_ended("done").state, State::succeeded);
}

TEST(Stop, KillsAJobThatIgnoresItAfterTheGrace) {
  World world;
  auto a = world.assignment("deaf", stubborn);
  a.work.edit().grace = 100ms;
  const auto created = world.create(a);
  ASSERT_TRUE(eventually([&] { return count_lines(world.ledger()) == 1; }));
  world.stop("deaf", created.uid);
  const auto outcome = world.until_ended("deaf");
  EXPECT_EQ(outcome.state, State::canceled);
  EXPECT_EQ(outcome.signal, SIGKILL);
}

TEST(Stop, AnAttemptThatNeverStartedNeverWill) {
  World world;
  const auto a = world.assignment("early", "echo begin >> $LEDGER");
  const auto made = make_attempt(world.root(), a, loop::never);
  world.stop("early", made.uid);
  const auto outcome = world.until_ended("early");
  EXPECT_EQ(outcome, stopped_before_start());
  EXPECT_EQ(world.create(a).uid, made.uid);
  spawn_supervisor(World::program(), world.folder("early"));
  EXPECT_EQ(count_lines(world.ledger()), 0u);
}

TEST(Stop, AWordLeftByADeadAgentIsHeardByTheSupervisor) {
  World world;
  make_attempt(world.root(), world.assignment("word", "echo begin >> $LEDGER"), loop::never);
  std::ofstream(world.folder("word") / "stop").flush();
  EXPECT_EQ(world.until_ended("word"), stopped_before_start());
  EXPECT_EQ(count_lines(world.ledger()), 0u);
}

TEST(RunTimeout, KillsAJobThatIgnoresTheRequest) {
  World world;
  auto a = world.assignment("slow", stubborn);
  a.work.edit().run_timeout = 500ms;
  a.work.edit().grace = 100ms;
  const auto outcome = world.run(a);
  EXPECT_EQ(outcome.state, State::failed);
  EXPECT_EQ(outcome.class_, model::Class::run_timeout);
  EXPECT_EQ(outcome.message, "ran longer than 500ms");
  // On a very slow machine the request may come before the job could make itself deaf to it.
  if (count_lines(world.ledger()) == 1) {
    EXPECT_EQ(outcome.signal, SIGKILL);
  }
}

TEST(RunTimeout, TheEndOfTheMainProcessDecidesNotTheRequest) {
  struct Row {
    MainEnd end;
    Ending ending;
    State state;
    std::optional<model::Class> class_;
  };
  const MainEnd good{0, {}}, bad{1, {}}, killed{{}, SIGTERM};
  for (const auto& row :
       {Row{good, Ending::none, State::succeeded, {}},
        Row{good, Ending::stop, State::succeeded, {}},
        Row{good, Ending::run_timeout, State::succeeded, {}},
        Row{bad, Ending::none, State::failed, model::Class::exit},
        Row{bad, Ending::stop, State::canceled, {}},
        Row{bad, Ending::run_timeout, State::failed, model::Class::run_timeout},
        Row{killed, Ending::none, State::failed, model::Class::exit},
        Row{killed, Ending::stop, State::canceled, {}},
        Row{killed, Ending::run_timeout, State::failed, model::Class::run_timeout}}) {
    const auto outcome = judge(row.end, row.ending, 1s);
    EXPECT_EQ(outcome.state, row.state);
    EXPECT_EQ(outcome.class_, row.class_);
    EXPECT_EQ(outcome.exit_code, row.end.exit_code);
    EXPECT_EQ(outcome.signal, row.end.signal);
  }
}

TEST(End, NothingOfTheJobOutlivesItsMainProcess) {
  World world;
  const auto outcome = world.run(world.assignment("brood", R"(
    setsid sh -c 'echo $$ >> $LEDGER; exec sleep 1000' &
    (sh -c 'trap "" TERM HUP; echo $$ >> $LEDGER; exec sleep 1000' &)
    while [ $(cat $LEDGER | wc -l) -lt 2 ]; do sleep 0.01; done)"));
  EXPECT_EQ(outcome.state, State::succeeded);
  std::istringstream pids(read_text(world.ledger()));
  int count = 0;
  for (pid_t pid; pids >> pid; ++count) EXPECT_FALSE(runs(pid)) << pid;
  EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace local
