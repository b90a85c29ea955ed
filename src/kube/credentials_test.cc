#include "kube/credentials.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>

#include "kube/testing_folder.h"
#include "loop/group.h"
#include "loop/loop.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::Not;

/// A clock that a test sets forward; what waits does so in real time.
class SetClock final : public loop::Clock {
 public:
  base::Time now() const override { return real_.now() + ahead; }
  base::Mono mono() const override { return real_.mono() + ahead; }
  loop::Task<> wait(loop::Waiter& waiter, base::Mono until) override {
    return real_.wait(waiter, until == loop::never ? until : until - ahead);
  }
  base::Micros ahead{0};

 private:
  loop::RealClock real_;
};

struct World {
  explicit World(Login login) : credentials(clock, std::move(login)) {}
  Pass pass() {
    Pass out;
    loop.run_until_done(get(&out));
    return out;
  }
  loop::Task<> get(Pass* out) { *out = co_await credentials.pass(clock.mono() + patience); }
  std::string complaint() {
    try {
      pass();
      return "";
    } catch (const base::Failure& e) {
      return e.what();
    }
  }
  base::Micros patience = 20s;
  loop::Loop loop;
  SetClock clock;
  Credentials credentials;
};

/// A plugin that is this shell script.
Login plugin_of(const Folder& folder, std::string_view script) {
  const auto file = folder.write_program("plugin", fmt::format("#!/bin/sh\n{}\n", script));
  return {.exec = ExecPlugin{.api_version = "client.authentication.k8s.io/v1",
                             .command = file.string(),
                             .arguments = {"a b", "$HOME"},
                             .environment = {{"REGION", "north"}},
                             .info = R"({"kind":"ExecCredential"})"}};
}

/// The answer of a plugin with this status.
std::string answer(std::string_view status) {
  return fmt::format(
      R"({{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{}}})",
      status);
}

TEST(Credentials, TokensAndUsersStayAsTheyAre) {
  World token({.token = "sesame"}), user({.user = "me", .password = "p:w"}), nobody({});
  EXPECT_EQ(token.pass().authorization, "Bearer sesame");
  EXPECT_EQ(user.pass().authorization, "Basic bWU6cDp3");
  EXPECT_EQ(nobody.pass().authorization, "");
  const auto first = token.pass();
  token.credentials.refused(first);
  EXPECT_EQ(token.pass().number, first.number);
}

TEST(Credentials, ATokenFileIsReadAgainAfterAMinuteOrARefusal) {
  const Folder folder;
  World w({.token_file = folder.write("token", "one\n")});
  const auto first = w.pass();
  EXPECT_EQ(first.authorization, "Bearer one");
  folder.write("token", "two\n");
  EXPECT_EQ(w.pass().authorization, "Bearer one");
  w.clock.ahead = 61s;
  const auto second = w.pass();
  EXPECT_EQ(second.authorization, "Bearer two");
  EXPECT_NE(second.number, first.number);
  folder.write("token", "three\n");
  w.credentials.refused(first);  // an old story
  EXPECT_EQ(w.pass().authorization, "Bearer two");
  w.credentials.refused(second);
  EXPECT_EQ(w.pass().authorization, "Bearer three");
}

TEST(Credentials, ATokenThatCannotBeReadAgainIsKept) {
  const Folder folder;
  World w({.token_file = folder.write("token", "one")});
  EXPECT_EQ(w.pass().authorization, "Bearer one");
  std::filesystem::remove(folder.path() / "token");
  w.clock.ahead = 61s;
  EXPECT_EQ(w.pass().authorization, "Bearer one");
  folder.write("token", "two");
  w.clock.ahead = 67s;
  EXPECT_EQ(w.pass().authorization, "Bearer two");
  World none({.token_file = folder.path() / "nothing"});
  EXPECT_THAT(none.complaint(), HasSubstr("there is no token in"));
}

TEST(Credentials, APluginRunsWithoutAShellAndFindsWhatItNeeds) {
  const Folder folder;
  ::setenv("FAIRLEAD_TOKEN", "ours", 1);
  World w(plugin_of(folder, R"(
[ "$1" = "a b" ] && [ "$2" = '$HOME' ] && [ "$REGION" = north ] && [ -z "$FAIRLEAD_TOKEN" ] &&
  [ "$KUBERNETES_EXEC_INFO" = '{"kind":"ExecCredential"}' ] && ! read -r line || exit 3
cat <<'E'
)" + answer(R"({"token":"sesame"})") +
                                "\nE\n"));
  EXPECT_EQ(w.pass().authorization, "Bearer sesame");
  ::unsetenv("FAIRLEAD_TOKEN");
}

TEST(Credentials, APluginRunsAgainWhenItsAnswerExpiresOrIsRefused) {
  const Folder folder;
  const auto expires = base::format_time(loop::RealClock().now() + 1h);
  World w(plugin_of(folder, "echo >>" + (folder.path() / "runs").string() + "; cat " +
                                (folder.path() / "answer").string()));
  const auto runs = [&] { return std::filesystem::file_size(folder.path() / "runs"); };
  folder.write("answer",
               answer(fmt::format(R"({{"token":"a","expirationTimestamp":"{}"}})", expires)));
  const auto first = w.pass();
  w.pass();
  EXPECT_EQ(runs(), 1u);
  w.clock.ahead = 59min + 55s;
  w.pass();
  EXPECT_EQ(runs(), 2u);
  folder.write("answer", answer(R"({"token":"b"})"));
  w.credentials.refused(first);
  EXPECT_EQ(w.pass().authorization, "Bearer b");
  EXPECT_EQ(runs(), 3u);
  w.clock.ahead = 100h;
  w.pass();
  EXPECT_EQ(runs(), 3u) << "without an expiry it is good until it is refused";
}

TEST(Credentials, APluginMayGiveACertificate) {
  const Folder folder;
  World w(plugin_of(
      folder, "echo '" + answer(R"({"clientCertificateData":"C","clientKeyData":"K"})") + "'"));
  const auto pass = w.pass();
  EXPECT_EQ(pass.authorization, "");
  EXPECT_EQ(pass.cert_pem, "C");
  EXPECT_EQ(pass.key_pem, "K");
}

TEST(Credentials, ManyWhoAskRunOnePlugin) {
  const Folder folder;
  World w(plugin_of(folder, "echo >>" + (folder.path() / "runs").string() + "; echo '" +
                                answer(R"({"token":"a"})") + "'"));
  Pass passes[5];
  const auto ask = [](World* world, Pass* out) -> loop::Task<> {
    loop::Group group(world->loop.executor());
    for (int i = 0; i < 5; ++i) group.spawn("ask", world->get(out + i));
    co_await group.join();
  };
  w.loop.run_until_done(ask(&w, passes));
  for (const auto& pass : passes) EXPECT_EQ(pass.authorization, "Bearer a");
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "runs"), 1u);
}

TEST(Credentials, APluginThatFailsIsNamedAndItsAnswerIsNot) {
  const struct {
    std::string script;
    std::string complaint;
  } cases[] = {
      {"echo secret; exit 7", "ended with exit code 7"},
      {"kill -9 $$", "was ended by signal 9"},
      {"echo secret", "its answer is no JSON object"},
      {"echo '" + answer("{}") + "'", "has neither a token nor a certificate"},
      {"echo '" + answer(R"({"token":"secret","clientKeyData":"x"})") + "'", "has only one of"},
      {"echo '" + answer(R"({"token":"secret","expirationTimestamp":"x"})") + "'", "not RFC 3339"},
      {R"(echo '{"kind":"ExecCredential","apiVersion":"v2","status":{"token":"secret"}}')",
       "is not of apiVersion client.authentication.k8s.io/v1"},
      {R"(echo '{"kind":"Pod"}')", "is not of kind ExecCredential"},
      {"yes secret", "wrote over 1 MiB"},
  };
  for (const auto& c : cases) {
    const Folder folder;
    World w(plugin_of(folder, c.script));
    const auto name = (folder.path() / "plugin").string();
    EXPECT_THAT(w.complaint(), AllOf(HasSubstr("credential plugin " + name), HasSubstr(c.complaint),
                                     Not(HasSubstr("secret"))));
  }
}

TEST(Credentials, AFailedPluginIsNotAskedAgainForAMoment) {
  const Folder folder;
  World w(plugin_of(folder, "exit 1"));
  EXPECT_THAT(w.complaint(), HasSubstr("exit code 1"));
  folder.write("plugin", "#!/bin/sh\necho '" + answer(R"({"token":"a"})") + "'\n");
  EXPECT_THAT(w.complaint(), HasSubstr("exit code 1"));
  w.clock.ahead = 6s;
  EXPECT_EQ(w.pass().authorization, "Bearer a");
}

TEST(Credentials, APluginThatHangsIsKilledWithWhatItStarted) {
  const Folder folder;
  World w(
      plugin_of(folder, "sleep 1000 & echo $! >" + (folder.path() / "child").string() + "; wait"));
  w.patience = 300ms;
  EXPECT_THAT(w.complaint(), HasSubstr("did not end in time"));
  std::string child;
  std::ifstream(folder.path() / "child") >> child;
  ASSERT_FALSE(child.empty());
  // Killed at once; who reaps it (the init of this machine) may take a moment.
  std::string state;
  std::ifstream stat("/proc/" + child + "/stat");
  stat >> state >> state >> state;
  EXPECT_THAT(state, ::testing::AnyOf("", "Z", "X"));
}

TEST(Credentials, APluginThatIsNotThereComesWithItsHint) {
  World w(
      {.exec = ExecPlugin{.command = "no-such-plugin", .install_hint = "Get it at the store."}});
  EXPECT_EQ(w.complaint(),
            "the credential plugin no-such-plugin is not installed: Get it at the store.");
  World bare({.exec = ExecPlugin{.command = "/no/such"}});
  EXPECT_THAT(bare.complaint(), HasSubstr("cannot be started: No such file"));
}

}  // namespace
}  // namespace kube
