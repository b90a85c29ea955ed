#include "cli/settings.h"

#include "cli/testing.h"

namespace {

using namespace cli;
using namespace cli::testing;

/// The faults, a line each; or `data` and `store`.
std::string load(const Given& given, Role role = Role::server) {
  const auto loaded = load_server_settings(given, role);
  if (loaded) return loaded->values.data + " " + loaded->values.store;
  std::string text;
  for (const auto& fault : loaded.error().faults) text += fault.message + "\n";
  return text.empty() ? loaded.error().message : text;
}

TEST(Settings, HaveAHelpTextEach) {
  const auto same = [](const auto& settings, auto texts) {
    ASSERT_EQ(settings.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(settings[i].key, texts[i].key);
  };
  same(config::load<ServerSettings>({})->settings, server_setting_texts());
  same(config::load<AgentSettings>({})->settings, agent_setting_texts());
}

TEST(Settings, HaveDefaultsThatPassTheirOwnChecks) {
  EXPECT_EQ(load({}), "/var/lib/fairlead sqlite:/var/lib/fairlead/fairlead.db");
  EXPECT_EQ(load({}, Role::dev), "./.fairlead sqlite:./.fairlead/fairlead.db");
}

TEST(Settings, FollowTheDataFolderUnlessTheStoreIsSaid) {
  EXPECT_EQ(load({.flags = {{"data", "/d"}}}), "/d sqlite:/d/fairlead.db");
  EXPECT_EQ(load({.flags = {{"data", "/d"}, {"store", "sqlite:/e"}}}, Role::dev), "/d sqlite:/e");
}

TEST(Settings, NameEverythingThatIsOutOfBoundsAtOnce) {
  EXPECT_EQ(load({.flags = {{"listen", "here"},
                            {"store", "mysql:x"},
                            {"capacity", "0"},
                            {"lease", "1s"},
                            {"run-timeout", "800h"}}}),
            "listen is 'here'; write it as ADDR:PORT, such as 127.0.0.1:8080\n"
            "store is 'mysql:x'; write it as sqlite:PATH\n"
            "run-timeout is 800h, which is more than run-timeout-max, 720h\n"
            "lease is 1s; it must be from 2s to 10m\n"
            "capacity is 0; it must be from 1 to 10000\n");
}

TEST(Settings, KeepPlainHttpOnLoopbackUnlessTold) {
  const Given open{.flags = {{"listen", "0.0.0.0:80"}}};
  EXPECT_NE(load(open).find("--insecure-http"), std::string::npos);
  auto told = open;
  told.flags["insecure-http"] = "true";
  EXPECT_TRUE(load(told).starts_with("/var"));
  EXPECT_NE(load(told, Role::dev).find("loopback only"), std::string::npos);
}

TEST(Settings, ReadTheFileThatIsNamed) {
  const Folder folder;
  const auto path = folder.write("f.yaml", "data: /from-file\n");
  EXPECT_EQ(load({.file = path}), "/from-file sqlite:/from-file/fairlead.db");
  EXPECT_EQ(load({.environment = {{"FAIRLEAD_CONFIG", path}}}),
            "/from-file sqlite:/from-file/fairlead.db");
  EXPECT_NE(load({.file = "/nowhere"}).find("/nowhere: No such file"), std::string::npos);
}

TEST(Settings, DoNotMindTheVariablesOfTheOtherProgram) {
  const Environment both = {{"FAIRLEAD_KEY", "k"},
                            {"FAIRLEAD_SERVER", "http://127.0.0.1:1"},
                            {"HOME", "/home/me"},
                            {"FAIRLEAD_LISTEN", "127.0.0.1:2"}};
  EXPECT_TRUE(load({.environment = both}).starts_with("/var"));
  const auto agent = load_agent_settings({.environment = both});
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_EQ(agent->values.key, "k");
  EXPECT_NE(load({.environment = {{"FAIRLEAD_LISTNE", "x"}}}).find("did you mean"),
            std::string::npos);
}

TEST(Settings, TellAnAgentEverythingThatItLacks) {
  const auto loaded = load_agent_settings({.flags = {{"executor", "cloud"}}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().faults.size(), 3u);
}

TEST(ConfigCommand, PrintsValuesAndWhereTheyComeFrom) {
  const auto all = call({"config", "--lease", "45s"}, {}, {{"FAIRLEAD_LISTEN", "127.0.0.1:9"}});
  EXPECT_EQ(all.code, 0);
  EXPECT_NE(all.out.find("listen                127.0.0.1:9                           environment "
                         "FAIRLEAD_LISTEN\n"),
            all.out.npos)
      << all.out;
  EXPECT_NE(all.out.find("45s                                   flag --lease\n"), all.out.npos);
  const auto tree = call({"config", "--dev", "-o", "json"});
  EXPECT_NE(tree.out.find("\"value\": \"./.fairlead\""), tree.out.npos) << tree.out;
}

TEST(ConfigCommand, RefusesWithTwoAndEveryFault) {
  const auto wrong = call({"config", "--capacity", "0", "--lease", "1s"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.out, "");
  EXPECT_NE(wrong.err.find("2 settings are wrong"), wrong.err.npos);
  EXPECT_NE(wrong.err.find("\n  capacity is 0"), wrong.err.npos) << wrong.err;
}

}  // namespace
