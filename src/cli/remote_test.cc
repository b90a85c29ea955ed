#include "cli/remote.h"

#include <fmt/format.h>

#include "cli/testing.h"

namespace {

using namespace cli;
using namespace cli::testing;

std::string find(const RemoteFlags& flags, const Environment& environment,
                 const std::filesystem::path& here) {
  const auto remote = find_remote(flags, environment, here);
  if (!remote) return remote.error().code;
  return fmt::format("{} {} by {}", net::to_string(remote->url.server), remote->token,
                     remote->where.substr(remote->where.rfind("/.") + 1));
}

/// A folder where `dev` runs, and one below it.
struct Project {
  Project() {
    folder.write(".fairlead/server", "http://127.0.0.1:7000\n");
    folder.write(".fairlead/token", "left\n");
    folder.write("a/b/file", "");
  }
  Folder folder;
  std::filesystem::path below = folder.path() / "a" / "b";
};

TEST(Remote, PrefersFlagsToVariablesToWhatDevLeft) {
  const Project project;
  const Environment set = {{"FAIRLEAD_SERVER", "http://h:2"}, {"FAIRLEAD_TOKEN", "env"}};
  EXPECT_EQ(find({"http://f:1", "flag"}, set, project.below), "f:1 flag by --server");
  EXPECT_EQ(find({"", "flag"}, set, project.below), "h:2 flag by FAIRLEAD_SERVER");
  EXPECT_EQ(find({}, set, project.below), "h:2 env by FAIRLEAD_SERVER");
  EXPECT_EQ(find({}, {}, project.below), "127.0.0.1:7000 left by .fairlead/server");
}

TEST(Remote, GivesATokenOnlyToTheServerItBelongsTo) {
  const Project project;
  EXPECT_EQ(find({"http://elsewhere:1", ""}, {}, project.below), "elsewhere:1  by --server");
  EXPECT_EQ(find({"http://127.0.0.1:7000", ""}, {}, project.below),
            "127.0.0.1:7000 left by --server");
  EXPECT_EQ(find({}, {{"FAIRLEAD_TOKEN", "production"}}, project.below),
            "127.0.0.1:7000 left by .fairlead/server");
}

TEST(Remote, SaysWhatToDoWithoutAServer) {
  const Folder folder;
  EXPECT_EQ(find({}, {}, folder.path()), "no_server");
  EXPECT_EQ(find({"ftp://x", ""}, {}, folder.path()), "bad_url");
  EXPECT_EQ(find({"https://x", ""}, {}, folder.path()), "x:443  by --server");
  const auto none = call({"get", "runs"}, {}, {}, folder.path());
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "error: no server: set FAIRLEAD_SERVER, or start one with `fairlead dev`\n");
}

TEST(Remote, IsNamedWhenItCannotBeReached) {
  // Port 1 of this machine: nobody listens there.
  const auto gone = call({"get", "runs", "--server", "http://127.0.0.1:1", "--token", "hush"});
  EXPECT_EQ(gone.code, 1);
  EXPECT_EQ(gone.err,
            "error: cannot reach http://127.0.0.1:1: connection refused; is the server running?\n"
            "  its address is from --server; `fairlead dev` starts a server on this machine\n");
}

}  // namespace
