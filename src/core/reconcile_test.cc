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

}  // namespace
}  // namespace core
