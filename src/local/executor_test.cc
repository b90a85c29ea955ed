#include "local/executor.h"

#include <sys/prctl.h>

#include "local/supervise.h"
#include "local/test_world.h"

/// The test program is its own supervisor: `local_test supervise FOLDER`.
int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "supervise") return local::supervise(argv[2]);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

namespace local {
namespace {

using Kind = agent::Created::Kind;
using State = model::AttemptState;

std::string whole_log(World& world, const std::string& name, std::size_t piece_max) {
  std::string log;
  for (;;) {
    const auto piece = world.read_log(name, log.size(), piece_max);
    EXPECT_LE(piece.bytes.size(), piece_max);
    log += piece.bytes;
    if (piece.end) return log;
    if (piece.bytes.empty()) return log + "<no end>";
  }
}

TEST(LocalExecutor, RunsAJobOnceAndSeesItSucceed) {
  World world;
  const auto a = world.assignment("one", "echo begin >> $LEDGER");
  const auto created = world.create(a);
  EXPECT_EQ(created.kind, Kind::created);
  EXPECT_EQ(created.uid.size(), 32u);
  const auto outcome = world.until_ended("one");
  EXPECT_EQ(outcome.state, State::succeeded);
  EXPECT_EQ(outcome.exit_code, 0);
  const auto snapshot = world.list();
  ASSERT_EQ(snapshot.objects.size(), 1u);
  EXPECT_EQ(snapshot.objects[0].key, a.key);
  EXPECT_EQ(snapshot.objects[0].uid, created.uid);
  EXPECT_TRUE(snapshot.objects[0].running);
  EXPECT_EQ(count_lines(world.ledger()), 1u);
}

TEST(LocalExecutor, TellsHowAJobFailed) {
  struct Row {
    std::string name, script, message;
    std::optional<int> exit_code, signal;
  };
  World world;
  for (const auto& row : {Row{"code", "exit 3", "exited with code 3", 3, {}},
                          Row{"signal", "kill -9 $$", "killed by signal 9 (SIGKILL)", {}, 9}}) {
    const auto outcome = world.run(world.assignment(row.name, row.script));
    EXPECT_EQ(outcome.state, State::failed);
    EXPECT_EQ(outcome.class_, model::Class::exit);
    EXPECT_EQ(outcome.exit_code, row.exit_code);
    EXPECT_EQ(outcome.signal, row.signal);
    EXPECT_EQ(outcome.message, row.message);
  }
}

TEST(LocalExecutor, AJobThatCannotStartIsAMistakeInItsConfig) {
  World world;
  auto none = world.assignment("none", "");
  none.work.edit().command.clear();
  auto outcome = world.run(none);
  EXPECT_EQ(outcome.class_, model::Class::config);
  EXPECT_TRUE(
      outcome.message.starts_with("the local executor cannot run an image's own entrypoint"));
  auto missing = world.assignment("missing", "");
  missing.work.edit().command = {"no-such-program"};
  missing.work.edit().env.emplace_back("PATH", "/usr/bin:/bin");
  outcome = world.run(missing);
  EXPECT_EQ(outcome.class_, model::Class::config);
  EXPECT_EQ(outcome.message, "cannot run 'no-such-program': No such file or directory");
  auto forbidden = world.assignment("forbidden", "");
  forbidden.work.edit().command = {"/etc/passwd"};
  EXPECT_EQ(world.run(forbidden).message, "cannot run '/etc/passwd': Permission denied");
}

TEST(LocalExecutor, GivesAJobTheAllowedEnvironmentAndNoMore) {
  ::setenv("FAIRLEAD_TOKEN", "secret", 1);
  ::setenv("FAIRLEAD_UID", "not yours", 1);
  World world;
  auto a = world.assignment("env", "env; pwd");
  a.work.edit().env.emplace_back("COLOR", "blue");
  const auto created = world.create(a);
  world.until_ended("env");
  ::unsetenv("FAIRLEAD_TOKEN");
  ::unsetenv("FAIRLEAD_UID");
  std::set<std::string> names;
  std::istringstream lines(whole_log(world, "env", 4096));
  std::map<std::string, std::string> seen;
  for (std::string line; std::getline(lines, line);)
    if (const auto equals = line.find('='); equals != std::string::npos)
      seen[line.substr(0, equals)] = line.substr(equals + 1);
  for (const auto* shell_made : {"PWD", "OLDPWD", "SHLVL", "_"}) seen.erase(shell_made);
  for (const auto* host : {"HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"}) seen.erase(host);
  EXPECT_EQ(seen.erase("PATH"), 1u);
  const std::map<std::string, std::string> expected = {{"COLOR", "blue"},
                                                       {"FAIRLEAD_ATTEMPT", "2"},
                                                       {"FAIRLEAD_JOB", "build"},
                                                       {"FAIRLEAD_RUN", a.key.run.str()},
                                                       {"FAIRLEAD_UID", created.uid},
                                                       {"LEDGER", world.ledger().string()}};
  EXPECT_EQ(seen, expected);
}

TEST(LocalExecutor, RefusesAJobWhoseProgramWouldMissSomething) {
  World world;
  const auto refused = [&](auto change) {
    auto a = world.assignment("x", "true");
    change(a.work.edit());
    const auto created = world.create(a);
    EXPECT_EQ(created.kind, Kind::refused);
    EXPECT_EQ(created.class_, model::Class::config);
    return created.message;
  };
  EXPECT_EQ(refused([](auto& work) { work.pod.edit().working_dir = "/src"; }),
            "the local executor has no workingDir; run this job on Kubernetes");
  const model::EnvSource secret{.secret_key_ref = model::KeyRef{"s", "k"}};
  EXPECT_EQ(refused([&](auto& work) { work.env.push_back({"S", {}, secret}); }),
            "the local executor has no env from a Secret, ConfigMap or field; run this job on "
            "Kubernetes");
  EXPECT_NE(refused([](auto& work) { work.pod.edit().workload = model::Workload::job; }), "");
  EXPECT_NE(refused([](auto& work) { work.pod.edit().volume_mounts.emplace_back(); }), "");
  EXPECT_NE(refused([](auto& work) { work.pod.edit().env_from.emplace_back(); }), "");
  auto a = world.assignment("y", "test \"$P\" = 7");
  a.work.edit().env.push_back({"P", "7", model::EnvSource{"p"}});
  a.work.edit().pod.edit().node_selector = {{"disk", "ssd"}};
  EXPECT_EQ(world.run(a).state, State::succeeded) << "where it would run matters not here";
}

TEST(LocalExecutor, ReadsTheEndThatAnOlderSupervisorWrote) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("fairlead-older-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "exit.json")
      << R"({"state":"failed","class_":"exit","exit_code":3,"signal":null,"message":"m"})";
  const auto outcome = read_exit(folder);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_code, 3);
  EXPECT_EQ(outcome->message, "m");
}

TEST(LocalExecutor, HandsOverAPayloadOfAnyBytes) {
  World world;
  auto a = world.assignment("payload", "cat \"$FAIRLEAD_PAYLOAD\"");
  a.work.edit().payload = base::Blob{std::string("\0\xff\n{}", 5)};
  EXPECT_EQ(world.run(a).state, State::succeeded);
  EXPECT_EQ(whole_log(world, "payload", 100), a.work->payload->bytes);
}

TEST(LocalExecutor, AJobReadsNothingAndWritesIntoItsOwnFolder) {
  World world;
  EXPECT_EQ(world.run(world.assignment("io", "cat; touch here")).state, State::succeeded);
  EXPECT_TRUE(std::filesystem::exists(world.folder("io") / "work" / "here"));
}

TEST(LocalExecutor, KeepsOutputAndErrorsInOneOrder) {
  World world;
  world.run(world.assignment("order", "echo a; echo b >&2; echo c; echo d >&2"));
  EXPECT_EQ(whole_log(world, "order", 3), "a\nb\nc\nd\n");
}

TEST(LocalExecutor, KeepsAHugeOutputWhole) {
  World world;
  world.run(world.assignment("huge", "head -c 20000000 /dev/zero | tr '\\0' x"));
  const auto log = whole_log(world, "huge", 256 << 10);
  EXPECT_EQ(log.size(), 20'000'000u);
  EXPECT_EQ(log.find_first_not_of('x'), log.npos);
}

TEST(LocalExecutor, ALogHasNoEndWhileTheJobLives) {
  World world;
  const auto created = world.create(world.assignment("live", "echo hello; sleep 1000"));
  ASSERT_TRUE(eventually([&] { return world.read_log("live", 0, 100).bytes == "hello\n"; }));
  EXPECT_FALSE(world.read_log("live", 6, 100).end);
  world.stop("live", created.uid);
  world.until_ended("live");
  EXPECT_TRUE(world.read_log("live", 6, 100).end);
  EXPECT_FALSE(world.read_log("live", 0, 2).end);
}

TEST(LocalExecutor, RepeatingACreateFindsTheSameAttempt) {
  World world;
  const auto a = world.assignment("same", "echo begin >> $LEDGER");
  const auto first = world.create(a);
  const auto second = world.create(a);
  EXPECT_EQ(second.kind, Kind::created);
  EXPECT_EQ(second.uid, first.uid);
  world.until_ended("same");
  EXPECT_EQ(world.create(a).uid, first.uid);
  EXPECT_EQ(count_lines(world.ledger()), 1u);
}

TEST(LocalExecutor, RefusesANameThatIsTaken) {
  World world;
  world.run(world.assignment("taken", "true"));
  const auto other = world.create(world.assignment("taken", "true"));
  EXPECT_EQ(other.kind, Kind::refused);
  EXPECT_EQ(other.class_, model::Class::config);
  EXPECT_TRUE(other.message.starts_with("name taken")) << other.message;

  std::filesystem::create_directory(world.folder("foreign"));
  std::ofstream(world.folder("foreign") / "notes") << "mine";
  EXPECT_EQ(world.create(world.assignment("foreign", "true")).kind, Kind::refused);
  std::ofstream(world.folder("file")) << "mine";
  EXPECT_EQ(world.create(world.assignment("file", "true")).kind, Kind::refused);
  EXPECT_EQ(world.create(world.assignment("../up", "true")).kind, Kind::refused);
  EXPECT_EQ(world.list().objects.size(), 1u);
  EXPECT_EQ(read_text(world.folder("foreign") / "notes"), "mine");
}

TEST(LocalExecutor, RemovesOnlyAnEndedAttemptOfThisUid) {
  World world;
  const auto created =
      world.create(world.assignment("kept", "mkdir -p a/b; chmod 0 a/b; sleep 1000"));
  world.until_running("kept");
  EXPECT_FALSE(world.remove("kept", created.uid));
  world.stop("kept", "another uid");
  EXPECT_FALSE(world.list().objects[0].outcome);
  world.stop("kept", created.uid);
  world.until_ended("kept");
  EXPECT_FALSE(world.remove("kept", "another uid"));
  EXPECT_TRUE(eventually([&] { return world.remove("kept", created.uid); }));
  EXPECT_TRUE(world.list().objects.empty());
  EXPECT_TRUE(std::filesystem::is_empty(world.root()));
  EXPECT_TRUE(world.remove("kept", created.uid));
}

TEST(LocalExecutor, DeletesWhatAnInterruptedRemovalLeft) {
  World world;
  std::filesystem::create_directories(world.root() / ".trash-old" / "work");
  EXPECT_TRUE(world.list().objects.empty());
  EXPECT_TRUE(std::filesystem::is_empty(world.root()));
}

}  // namespace
}  // namespace local
