#include "core/place.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace core {
namespace {

using Clusters = std::vector<PlaceCluster>;

const model::Placement east{{"east"}, {}}, europe{{}, {{"zone", "eu"}}},
    gpu{{}, {{"gpu", "yes"}, {"zone", "eu"}}}, west_in_europe{{"west", "far"}, {{"zone", "eu"}}},
    nowhere{{"north", "south"}, {}};

Clusters clusters() {
  return {{"east", true, true, 0, 4, {{"zone", "eu"}}},
          {"west", true, true, 0, 2, {{"zone", "us"}}},
          {"eu2", true, true, 0, 2, {{"zone", "eu"}, {"gpu", "yes"}}}};
}

/// Names of the chosen clusters, or why there is none.
std::vector<std::string> placed(const std::vector<const model::Placement*>& wishes,
                                const Clusters& all = clusters()) {
  std::vector<PlaceHead> heads;
  for (const auto* where : wishes) heads.push_back({where});
  std::vector<std::string> out;
  for (const auto& p : place(heads, all)) out.push_back(p.cluster ? all[*p.cluster].name : p.why);
  return out;
}

using Lines = std::vector<std::string>;

TEST(Place, FillsTheLargestFreeShareFirst) {
  EXPECT_EQ(placed(std::vector<const model::Placement*>(9)),
            (Lines{"east", "west", "eu2", "east", "east", "west", "eu2", "east",
                   "no cluster takes it: east is full (4 of 4), west is full (2 of 2), eu2 is full "
                   "(2 of 2)"}));
}

TEST(Place, KeepsToNamesAndLabels) {
  EXPECT_EQ(placed({&east, &east, &europe, &gpu, &gpu, &europe, nullptr}),
            (Lines{"east", "east", "eu2", "eu2", "cluster eu2 is full (2 of 2)", "east", "west"}));
}

TEST(Place, AHeadThatGoesNowhereHoldsUpNobody) {
  EXPECT_EQ(placed({&nowhere, &east, &west_in_europe, &nowhere, &west_in_europe, nullptr}),
            (Lines{"there is no cluster named north or south", "east",
                   "no cluster named west or far has label zone=eu",
                   "there is no cluster named north or south",
                   "no cluster named west or far has label zone=eu", "west"}));
}

TEST(Place, SaysWhyThereIsNoPlace) {
  auto all = clusters();
  const auto why = [&](const model::Placement* where) { return why_not_placed({where}, all); };
  EXPECT_EQ(why(nullptr), "");
  const model::Placement both{{}, {{"gpu", "no"}, {"zone", "eu"}}};
  EXPECT_EQ(why(&both), "no cluster has labels gpu=no, zone=eu");
  all[0].open = false;
  EXPECT_EQ(why(&east), "cluster east has no agent connected");
  EXPECT_EQ(why(&europe), "");
  all[2].live = 2;
  EXPECT_EQ(why(&europe),
            "no matching cluster takes it: east has no agent connected, eu2 is full (2 of 2)");
  all[2].well = false;
  EXPECT_EQ(why(&europe),
            "no matching cluster takes it: east has no agent connected, eu2 is in trouble");
  EXPECT_EQ(why_not_placed({}, {}), "there is no cluster");
  EXPECT_EQ(why_not_placed({&east}, {}), "there is no cluster named east");
  const Clusters many(30, {.name = "c", .open = true, .live = 1, .capacity = 1});
  EXPECT_TRUE(why_not_placed({}, many).ends_with("c is full (1 of 1), …"));
}

TEST(Place, NeverOverfillsAndLeavesNoRoomUnused) {
  base::Rng rng(3);
  const model::Placement* wishes[] = {nullptr, &east, &europe, &gpu, &nowhere};
  for (int round = 0; round < 2000; ++round) {
    Clusters all;
    for (auto n = rng.below(6); n > 0; --n) {
      all.push_back({rng.chance(0.5) ? "east" : "west", rng.chance(0.8), rng.chance(0.9),
                     std::uint32_t(rng.below(5)), std::uint32_t(rng.below(5))});
      if (rng.chance(0.5)) all.back().labels["zone"] = "eu";
      if (rng.chance(0.3)) all.back().labels["gpu"] = "yes";
    }
    std::vector<PlaceHead> heads;
    for (auto n = rng.below(12); n > 0; --n) heads.push_back({wishes[rng.below(5)]});
    auto filled = all;
    const auto out = place(heads, all);
    ASSERT_EQ(out.size(), heads.size());
    for (std::size_t i = 0; i < heads.size(); ++i) {
      const auto why = why_not_placed(heads[i], filled);
      EXPECT_EQ(out[i].why, why);
      ASSERT_EQ(out[i].cluster.has_value(), why.empty());
      if (!out[i].cluster) continue;
      auto& chosen = filled[*out[i].cluster];
      EXPECT_TRUE(why_not_placed(heads[i], {&chosen, 1}).empty()) << "it may go there";
      ++chosen.live;
    }
  }
}

}  // namespace
}  // namespace core
