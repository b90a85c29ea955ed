#include "local/attempt.h"
#include "local/create.h"
#include "local/files.h"
#include "local/spawn.h"
#include "local/test_world.h"

namespace local {
namespace {

using Kind = agent::Created::Kind;
using State = model::AttemptState;

constexpr auto one_line = "echo begin >> $LEDGER";

/// An agent that dies, without any cleaning up, right after this step of its create.
void create_and_die_after(World& world, const model::Assignment& a, Step last) {
  const auto pid = ::fork();
  if (pid == 0) {
    make_attempt(world.root(), a, loop::never, [last](Step step) {
      if (step == last) ::_exit(0);
    });
    ::_exit(1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_EQ(status, 0) << "the create did not come to that step";
}

TEST(Crash, ACreateThatDiedBeforeItPublishedIsNotThereAndIsFinishedByTheNext) {
  for (const auto step : {Step::folder, Step::payload, Step::draft}) {
    World world;
    auto a = world.assignment("half", one_line);
    a.work.edit().payload = base::Blob{"bytes"};
    create_and_die_after(world, a, step);
    EXPECT_TRUE(world.list().objects.empty());
    EXPECT_EQ(world.run(a).state, State::succeeded);
    EXPECT_EQ(count_lines(world.ledger()), 1u);
  }
}

TEST(Crash, ACreateThatDiedAfterItPublishedIsStartedByTheNextList) {
  for (const auto step : {Step::published, Step::synced}) {
    for (const bool repeat : {false, true}) {
      World world;
      const auto a = world.assignment("whole", one_line);
      create_and_die_after(world, a, step);
      const auto snapshot = world.list();
      ASSERT_EQ(snapshot.objects.size(), 1u);
      EXPECT_EQ(snapshot.objects[0].key, a.key);
      if (repeat) {
        EXPECT_EQ(world.create(a).uid, snapshot.objects[0].uid);
      }
      EXPECT_EQ(world.until_ended("whole").state, State::succeeded);
      EXPECT_EQ(count_lines(world.ledger()), 1u);
    }
  }
}

TEST(Crash, ACreatePastItsTimeLeavesNothingThatExists) {
  World world;
  const auto a = world.assignment("late", one_line);
  EXPECT_EQ(make_attempt(world.root(), a, base::Mono(0us)).kind, Kind::wait);
  EXPECT_TRUE(world.list().objects.empty());
}

TEST(Crash, WhatACreateLeftHalfMadeGoesAfterAnHour) {
  World world;
  for (const auto* name : {"old", "fresh"}) {
    std::filesystem::create_directory(world.folder(name));
    write_file(world.folder(name) / "spec.json.0123", "{");
  }
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(world.folder("old"), now - 2h);
  EXPECT_TRUE(world.list().objects.empty());
  EXPECT_FALSE(is_there(world.folder("old")));
  EXPECT_TRUE(is_there(world.folder("fresh")));
}

TEST(Crash, TwoCreatorsAgreeOnOneUid) {
  World world;
  const auto a = world.assignment("both", one_line);
  std::string other;
  const auto late = make_attempt(world.root(), a, loop::never, [&](Step step) {
    if (step == Step::draft) other = make_attempt(world.root(), a, loop::never).uid;
  });
  EXPECT_EQ(late.kind, Kind::created);
  EXPECT_EQ(late.uid, other);
  EXPECT_EQ(world.until_ended("both").state, State::succeeded);
}

TEST(Crash, ManySupervisorsOfOneFolderStartItsJobOnce) {
  World world;
  make_attempt(world.root(), world.assignment("race", one_line), loop::never);
  for (int i = 0; i < 8; ++i) spawn_supervisor(World::program(), world.folder("race"));
  EXPECT_EQ(world.until_ended("race").state, State::succeeded);
  spawn_supervisor(World::program(), world.folder("race"));
  EXPECT_EQ(count_lines(world.ledger()), 1u);
}

TEST(Crash, ALaterAgentAdoptsWhatRuns) {
  World world;
  const auto a =
      world.assignment("old", "echo begin >> $LEDGER; trap 'exit 5' TERM; sleep 1000 & wait");
  const auto created = world.create(a);
  world.until_running("old");
  ASSERT_TRUE(eventually([&] { return count_lines(world.ledger()) == 1; }));
  world.restart_agent();
  EXPECT_EQ(world.until_running("old").uid, created.uid);
  EXPECT_EQ(world.create(a).uid, created.uid);
  world.stop("old", created.uid);
  EXPECT_EQ(world.until_ended("old").exit_code, 5);
  EXPECT_EQ(count_lines(world.ledger()), 1u);
}

/// What the descriptors of a process are open on.
std::vector<std::string> open_files(pid_t pid) {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
    files.push_back(std::filesystem::read_symlink(entry.path()));
  return files;
}

TEST(Crash, ASupervisorOutlivesAKilledAgentAndHoldsNothingOfIt) {
  World world;
  make_attempt(world.root(), world.assignment("free", "echo x >> $LEDGER; exec sleep 1000"),
               loop::never);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);  // inherited by whoever does not close it
  const auto agent = ::fork();
  if (agent == 0) {
    ::setpgid(0, 0);
    spawn_supervisor(World::program(), world.folder("free"));
    ::kill(0, SIGKILL);
  }
  ASSERT_EQ(::waitpid(agent, nullptr, 0), agent);
  const auto uid = world.until_running("free").uid;
  ASSERT_TRUE(eventually([&] { return count_lines(world.ledger()) == 1; }));
  const auto started = read_started(world.folder("free")).value();
  EXPECT_EQ(started.session, started.pid);
  const auto leaked = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(ends[0]));
  for (const auto pid : {started.pid, started.pgid})
    for (const auto& file : open_files(pid)) EXPECT_NE(file, leaked);
  world.stop("free", uid);
  EXPECT_EQ(world.until_ended("free").state, State::canceled);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Crash, ADamagedStartIsAStartAndEndsLost) {
  World world;
  make_attempt(world.root(), world.assignment("damaged", one_line), loop::never);
  write_file(world.folder("damaged") / "started", "{");
  EXPECT_EQ(world.until_ended("damaged").class_, model::Class::lost);
  EXPECT_EQ(count_lines(world.ledger()), 0u);
}

TEST(Crash, AJobEndsWhileNoAgentLooks) {
  World world;
  world.create(world.assignment("alone", "echo begin >> $LEDGER; exit 4"));
  world.end_agent();
  ASSERT_TRUE(eventually([&] { return is_there(world.folder("alone") / "exit.json"); }));
  world.restart_agent();
  EXPECT_EQ(world.until_ended("alone").exit_code, 4);
}

TEST(Crash, AKilledSupervisorTakesItsJobAlongAndTheAttemptIsLost) {
  World world;
  world.create(world.assignment("orphan", R"(
    setsid sh -c 'echo $$ >> $LEDGER; exec sleep 1000' &
    sh -c 'echo $$ >> $LEDGER; exec sleep 1000' &
    echo $$ >> $LEDGER; wait)"));
  world.until_running("orphan");
  ASSERT_TRUE(eventually([&] { return count_lines(world.ledger()) == 3; }));
  ASSERT_TRUE(signal_supervisor(read_started(world.folder("orphan")).value(), SIGKILL));
  const auto outcome = world.until_ended("orphan");
  EXPECT_EQ(outcome.class_, model::Class::lost);
  EXPECT_EQ(outcome.message, "its supervisor died; nobody saw how it ended");
  std::istringstream pids(read_text(world.ledger()));
  for (pid_t pid; pids >> pid;) {
    const auto process = find_process(pid);
    EXPECT_TRUE(!process || process->dead) << pid;
  }
  world.restart_agent();
  EXPECT_EQ(world.until_ended("orphan"), outcome);
}

TEST(Crash, ARestartOfTheMachineIsALostNode) {
  World world;
  const auto a = world.assignment("reboot", one_line);
  make_attempt(world.root(), a, loop::never);
  // The numbers of a process that is well and alive: of another boot they mean nothing.
  const auto self = find_process(::getpid()).value();
  const Started before{self.pid, self.start_time, "another-boot", self.session, self.group};
  write_file(world.folder("reboot") / "started", text_of(before));
  const auto outcome = world.until_ended("reboot");
  EXPECT_EQ(outcome.class_, model::Class::node_lost);
  EXPECT_EQ(count_lines(world.ledger()), 0u);
}

TEST(Crash, NumbersThatWereUsedAgainAreLeftAlone) {
  const auto self = find_process(::getpid()).value();
  const auto bystander = ::fork();
  if (bystander == 0) {
    ::pause();
    ::_exit(0);
  }
  // A dead supervisor whose pid is ours by now, and with it our group and session.
  const Started dead{self.pid, self.start_time - 1, boot_id(), self.session, self.group};
  EXPECT_FALSE(is_alive(dead));
  EXPECT_FALSE(signal_supervisor(dead, SIGKILL));
  EXPECT_TRUE(kill_remains(dead, "no such uid", 1s));
  EXPECT_EQ(::waitpid(bystander, nullptr, WNOHANG), 0);
  ::kill(bystander, SIGKILL);
  ::waitpid(bystander, nullptr, 0);
}

}  // namespace
}  // namespace local
