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

}  // namespace
}  // namespace core
