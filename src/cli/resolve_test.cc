#include "cli/resolve.h"

#include "cli/testing.h"

namespace {

using namespace cli;
using namespace cli::testing;

std::string match(std::string_view text, const std::vector<std::string>& ids) {
  const auto found = match_run(text, ids);
  return found ? *found : found.error().message;
}

TEST(Resolve, TakesTheStartOfOneRun) {
  const std::vector<std::string> ids = {"01hc", "01hb", "01ga"};
  EXPECT_EQ(match("01hb", ids), "01hb");
  EXPECT_EQ(match("01G", ids), "01ga");
  EXPECT_EQ(match("@latest", ids), "01hc");
}

TEST(Resolve, NamesTheCandidatesOfAnAmbiguousStart) {
  EXPECT_EQ(match("01h", {"01hc", "01hb", "01ga"}),
            "2 runs begin with '01h': 01hc, 01hb; write more of it");
  EXPECT_EQ(match("0", {"01", "02", "03", "04", "05", "06", "07"}),
            "7 runs begin with '0': 01, 02, 03, 04, 05 and 2 more; write more of it");
}

TEST(Resolve, SaysWhenThereIsNoSuchRun) {
  EXPECT_EQ(match("@latest", {}), "there is no run yet");
  EXPECT_EQ(match("x", {"01"}),
            "no run begins with 'x' among the newest 500; `fairlead get runs` lists them");
  EXPECT_EQ(match_run("", {"01"}).error().code, "unknown_run");
}

TEST(Resolve, AsksOnlyForWhatItNeeds) {
  const auto run = text_of(run_view(model::RunState::canceled));
  const auto list = says(R"({"items":[)" + run + "]}");
  const ApiServer server({{"GET /api/v1/projects/default/runs", list},
                          {"POST /api/v1/projects/default/runs/" + run_id + "/cancel", says(run)}});
  EXPECT_EQ(call(server, {"cancel", run_id}).out, "run/" + run_id + " canceled\n");
  EXPECT_EQ(server.asked().size(), 1u) << "a whole id is not looked up";
  EXPECT_EQ(call(server, {"cancel", "@latest"}).code, 0);
  EXPECT_EQ(server.asked()[1], "GET /api/v1/projects/default/runs?limit=1");
  EXPECT_EQ(call(server, {"cancel", "01HZY"}).code, 0);
  EXPECT_EQ(server.asked()[3], "GET /api/v1/projects/default/runs?limit=500");
  EXPECT_EQ(call(server, {"cancel", "02"}).code, 1);
}

}  // namespace
