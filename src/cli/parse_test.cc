#include "cli/parse.h"

#include "cli/testing.h"

namespace {

using namespace cli;
using namespace cli::testing;

template <class T>
T read(std::vector<std::string> arguments) {
  auto parsed = parse(std::move(arguments));
  const auto* usage = std::get_if<Usage>(&parsed);
  EXPECT_FALSE(usage) << (usage ? usage->text : "");
  return usage ? T{} : std::get<T>(std::get<Command>(parsed).what);
}

std::string refused(std::vector<std::string> arguments) {
  const auto outcome = call(std::move(arguments));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  return outcome.err;
}

TEST(CommandLine, HelpsWhenAsked) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{}, {"--help"}, {"help"}}) {
    const auto outcome = call(arguments);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find("Examples:"), outcome.out.npos);
    EXPECT_EQ(outcome.err, "");
  }
  const auto inner = call({"create", "agent", "--help"});
  EXPECT_EQ(inner.code, 0);
  EXPECT_NE(inner.out.find("Usage: fairlead create agent"), inner.out.npos) << inner.out;
  EXPECT_EQ(call({"help", "run"}).out, call({"run", "--help"}).out);
  EXPECT_EQ(call({"--help"}).out.find("supervise"), std::string::npos);
}

TEST(CommandLine, RefusesBadUseWithAHint) {
  EXPECT_EQ(refused({"aply"}),
            "error: unknown command 'aply'; did you mean 'apply'?\n`fairlead --help` lists them\n");
  EXPECT_EQ(refused({"run", "x", "--wach"}),
            "error: unexpected: --wach; did you mean --watch?\n"
            "usage: fairlead run [NAME] [OPTIONS]\n`fairlead run --help` says more\n");
  EXPECT_EQ(refused({"cancel"}),
            "error: RUN is required\n"
            "usage: fairlead cancel RUN [OPTIONS]\n`fairlead cancel --help` says more\n");
  EXPECT_TRUE(refused({"run"}).starts_with("error: give the name of a pipeline, or a file"));
  EXPECT_TRUE(refused({"run", "x", "-f", "y"}).starts_with("error: give the name of a pipeline"));
  EXPECT_TRUE(refused({"get", "foo"}).starts_with("error: 'foo' is nothing to get"));
  EXPECT_TRUE(refused({"get", "jobs"}).starts_with("error: say of which run"));
  EXPECT_TRUE(refused({"get", "runs", "-o", "xml"}).starts_with("error: --output: xml not in"));
  EXPECT_TRUE(refused({"get", "runs", "-w", "-o", "json"}).starts_with("error: --watch and -o"));
  EXPECT_TRUE(refused({"logs", "x", "--attempt", "2"}).starts_with("error: --attempt needs a JOB"));
  EXPECT_TRUE(refused({"server", "--lsten", "x"}).find("did you mean --listen?") !=
              std::string::npos);
}

TEST(CommandLine, ReadsRepeatedAndOddValues) {
  const auto run = read<RunOptions>({"run", "--param", "a=1", "--param", "b=-x y", "deploy",
                                     "--label", "t=d", "-w", "--payload", "-"});
  EXPECT_EQ(run.name, "deploy");
  EXPECT_EQ(run.params, (std::vector<std::string>{"a=1", "b=-x y"}));
  EXPECT_EQ(run.labels, std::vector<std::string>{"t=d"});
  EXPECT_EQ(run.payload, "-");
  EXPECT_TRUE(run.watch);
  const auto apply = read<ApplyOptions>({"apply", "-f", "a", "b", "-f", "-"});
  EXPECT_EQ(apply.files, (std::vector<std::string>{"a", "b", "-"}));
  const auto logs = read<LogsOptions>({"logs", "-f", "@latest", "build"});
  EXPECT_TRUE(logs.follow);
  EXPECT_EQ(logs.job, "build");
  EXPECT_EQ(read<GetOptions>({"get", "runs", "-o", "wide"}).output, Output::wide);
}

TEST(CommandLine, StartsProgramsWithTheirSettings) {
  std::string started;
  Programs programs;
  programs.server = [&](const ServerSettings& s) { return started = "server " + s.listen, 0; };
  programs.dev = [&](const ServerSettings& s) { return started = "dev " + s.data, 7; };
  programs.agent = [&](const AgentSettings& s) { return started = "agent " + s.key, 0; };
  programs.supervise = [&](const std::filesystem::path& p) { return started = p.string(), 0; };
  programs.rbac = [&](const std::string& name, const std::string& name_space) {
    return started = name + "@" + name_space, 0;
  };
  programs.openapi = [&] { return started = "openapi", 0; };
  call({"server", "--listen", "0.0.0.0:1", "--insecure-http"}, programs);
  EXPECT_EQ(started, "server 0.0.0.0:1");
  EXPECT_EQ(call({"dev", "--data", "/d"}, programs).code, 7);
  EXPECT_EQ(started, "dev /d");
  call({"agent", "--server", "http://x:1", "--kubeconfig", "k"}, programs,
       {{"FAIRLEAD_KEY", "secret"}});
  EXPECT_EQ(started, "agent secret");
  call({"supervise", "/folder"}, programs);
  EXPECT_EQ(started, "/folder");
  call({"agent", "rbac", "--namespace", "work"}, programs);
  EXPECT_EQ(started, "fairlead-agent@work");
  call({"openapi"}, programs);
  EXPECT_EQ(started, "openapi");
  EXPECT_EQ(call({"version"}, programs).out, "fairlead 0.1.0\n");
}

TEST(CommandLine, TurnsWhatAProgramThrowsIntoAnError) {
  Programs programs;
  programs.server = [](const ServerSettings&) -> int { throw base::Failure("the disk is full"); };
  const auto outcome = call({"server"}, programs);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "error: the disk is full\n");
}

}  // namespace
