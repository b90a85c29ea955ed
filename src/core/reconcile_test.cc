#include "core/reconcile.h"

#include <gtest/gtest.h>

namespace core {
namespace {

/// A cluster with an orphan, an attempt that is to be gone, and one that ended and was reported.
struct Scene {
  std::map<model::AttemptKey, Held> held;
  std::map<std::string, SeenObject> objects;
  AgentView view{.epoch = 3, .complete = true, .may_create = true, .may_end = true, .list = 1};

  Scene() {
    auto& unwanted = add("unwanted", 0);
    unwanted.assignment.wanted = model::Wanted::gone;
    auto& over = add("over", 1);
    over.assignment.state = model::AssignmentState::ended;
    over.said = model::Sight::ended;
    over.logs_safe = true;
    objects["over"].outcome.emplace();
    objects["orphan"] = {key(2), "orphan", "uid", true, {}};
    view.held = &held;
    view.objects = &objects;
  }

  static model::AttemptKey key(std::uint32_t job) { return {model::RunId{}, job, 1}; }
  Held& add(const std::string& name, std::uint32_t job) {
    auto& h = held[key(job)];
    h.assignment.key = key(job);
    h.assignment.name = name;
    h.assignment.uid = "uid";
    h.assignment.epoch = 3;
    h.assignment.state = model::AssignmentState::created;
    objects[name] = {key(job), name, "uid", true, {}};
    return h;
  }
};

using Names = std::vector<std::string>;

TEST(Reconcile, EndsWhatIsNotWantedAndRemovesWhatIsOver) {
  const Scene scene;
  const auto actions = reconcile(scene.view);
  EXPECT_EQ(actions.stop, Names{"unwanted"});
  EXPECT_EQ(actions.remove, Names{"over"});
  EXPECT_EQ(actions.orphans, Names{"orphan"});
}

TEST(Reconcile, TouchesNothingOutsideItsLeaseButStillReports) {
  Scene scene;
  scene.view.may_end = scene.view.may_create = false;
  const auto actions = reconcile(scene.view);
  EXPECT_TRUE(actions.stop.empty());
  EXPECT_TRUE(actions.remove.empty());
  EXPECT_TRUE(actions.orphans.empty());
  EXPECT_TRUE(actions.create.empty());
  ASSERT_EQ(actions.report.size(), 1u);
  EXPECT_EQ(actions.report[0].sight, model::Sight::running);
}

// Where to stop is to delete, the create that is on its way would run it again.
TEST(Reconcile, StopsNothingWhileACreateMayStillTakeEffect) {
  Scene scene;
  scene.held[Scene::key(0)].in_doubt = true;
  EXPECT_TRUE(reconcile(scene.view).stop.empty());
}

TEST(Reconcile, BelievesOnlyAListThatBeganAfterTheLastCreate) {
  Scene scene;
  auto& h = scene.held[Scene::key(0)];
  scene.objects.erase("unwanted");
  h.settled = 1;
  auto actions = reconcile(scene.view);
  EXPECT_TRUE(actions.report.empty()) << "the list may be older than what was made";
  EXPECT_TRUE(actions.list);
  scene.view.list = 2;
  actions = reconcile(scene.view);
  ASSERT_EQ(actions.report.size(), 1u);
  EXPECT_EQ(actions.report[0].sight, model::Sight::absent);
  EXPECT_FALSE(actions.list);
}

TEST(Reconcile, SaysThatItExistsBeforeItStopsIt) {
  Scene scene;
  scene.held[Scene::key(0)].assignment.state = model::AssignmentState::offered;
  const auto actions = reconcile(scene.view);
  EXPECT_TRUE(actions.stop.empty());
  ASSERT_EQ(actions.report.size(), 1u);
  EXPECT_EQ(actions.report[0].uid, "uid");
}

TEST(Reconcile, LooksOnlyAtWhatItIsAskedAbout) {
  const Scene scene;
  const auto actions = reconcile(scene.view, {.whole = false, .keys = {Scene::key(1)}});
  EXPECT_TRUE(actions.stop.empty());
  EXPECT_EQ(actions.remove, Names{"over"});
  EXPECT_TRUE(actions.orphans.empty());
}

TEST(Reconcile, TakesWhatWasSeenToGoForGone) {
  Scene scene;
  scene.objects["unwanted"].removed = true;
  auto actions = reconcile(scene.view);
  EXPECT_TRUE(actions.stop.empty()) << "there is nothing to stop";
  ASSERT_EQ(actions.report.size(), 1u);
  EXPECT_EQ(actions.report[0].sight, model::Sight::absent);
  EXPECT_EQ(actions.report[0].uid, "uid");
  // How it ended at last is what became of it, and its output has to be safe before it is `gone`.
  scene.objects["unwanted"].outcome = model::Outcome{.state = model::AttemptState::succeeded};
  EXPECT_EQ(reconcile(scene.view).report.at(0).sight, model::Sight::ended);
  scene.held[Scene::key(0)].assignment.state = model::AssignmentState::ended;
  EXPECT_TRUE(reconcile(scene.view).report.empty());
  scene.held[Scene::key(0)].logs_safe = true;
  EXPECT_EQ(reconcile(scene.view).report.at(0).sight, model::Sight::gone);
}

// A backup was put back: what it does not know may be somebody's work of an hour.
TEST(Reconcile, LeavesOrphansAloneWhenAnObjectIsNewerThanTheServer) {
  Scene scene;
  scene.view.revision = 7;
  scene.objects["over"].revision = 7;
  EXPECT_EQ(reconcile(scene.view).orphans, Names{"orphan"});
  EXPECT_EQ(reconcile(scene.view).held, 0u);
  scene.objects["unwanted"].revision = 8;
  const auto actions = reconcile(scene.view);
  EXPECT_TRUE(actions.orphans.empty());
  EXPECT_EQ(actions.held, 1u);
  scene.view.prune = model::Prune::confirmed;
  EXPECT_EQ(reconcile(scene.view).orphans, Names{"orphan"});
}

TEST(Reconcile, LeavesOrphansAloneUntilSomebodyConfirms) {
  Scene scene;
  scene.view.prune = model::Prune::held;
  EXPECT_TRUE(reconcile(scene.view).orphans.empty());
  EXPECT_EQ(reconcile(scene.view).held, 1u);
  EXPECT_EQ(reconcile(scene.view, {.whole = false}).held, std::nullopt) << "nobody looked";
  scene.view.prune = model::Prune::usual;
  for (int i = 0; i < 20; ++i)
    scene.objects["x" + std::to_string(i)] = {Scene::key(9), "x", "uid", true, {}};
  EXPECT_EQ(reconcile(scene.view).held, 21u) << "too many of too few";
}

TEST(Reconcile, WithoutTheServerStopsOnlyWhatWantsThat) {
  using namespace std::chrono_literals;
  Scene scene;
  scene.view.may_end = scene.view.may_create = false;
  scene.view.grace = 30s;
  scene.add("goes-on", 3);
  scene.add("goes", 4);
  scene.objects["goes"].stop_unseen = 5min;
  scene.view.silent = 4min;
  EXPECT_TRUE(reconcile(scene.view).stop.empty());
  scene.view.silent = 4min + 30s;
  EXPECT_EQ(reconcile(scene.view).stop, Names{"goes"});
  scene.held[Scene::key(4)].assignment.state = model::AssignmentState::offered;
  EXPECT_TRUE(reconcile(scene.view).stop.empty()) << "nobody would know that it was there";
  scene.held[Scene::key(4)].assignment.state = model::AssignmentState::created;
  scene.held[Scene::key(4)].stopping = true;
  EXPECT_TRUE(reconcile(scene.view).stop.empty());
}

TEST(Reconcile, SaysThatNobodyCanTellHowItIs) {
  Scene scene;
  scene.held[Scene::key(0)].assignment.wanted = model::Wanted::present;
  scene.objects["unwanted"].unreachable = true;
  scene.objects["unwanted"].waiting = "its node does not answer";
  const auto actions = reconcile(scene.view);
  ASSERT_EQ(actions.report.size(), 1u);
  EXPECT_EQ(actions.report[0].sight, model::Sight::unreachable);
  EXPECT_EQ(actions.report[0].message, "its node does not answer");
}

}  // namespace
}  // namespace core
