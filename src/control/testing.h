#pragma once

#include <memory>

#include "control/link.h"
#include "control/loops.h"
#include "control/submit.h"
#include "json/parse.h"
#include "store/breaking.h"
#include "store/clusters.h"

/// What the tests of this room share.
namespace control::testing {

using namespace std::chrono_literals;

/// The control room of a server on a database in memory, and an agent's words to it.
class Room : public store::World {
 public:
  explicit Room(Limits limits = {}) : Room(std::make_unique<store::BreakingEngine>(), limits) {
    write([](store::Tx& tx) { store::insert_cluster(tx, "east", "hand"); });
    clock.advance(scene.limits.lease);  // what an earlier server leased is over
  }

  /// Submits a pipeline of its own, in JSON.
  base::Result<Submitted> submit(std::string_view spec, SubmitRequest request = {}) {
    request.id = next_id();
    request.project = "default";
    request.spec = json::parse(spec).value();
    return await(control::submit(scene, std::move(request)));
  }
  base::Result<model::Session> open(std::string instance = "hand-1", std::uint32_t capacity = 16) {
    return await(link.open("east", {.version = "1",
                                    .instance = std::move(instance),
                                    .executor = "fake",
                                    .capacity = capacity}));
  }
  std::vector<model::Assignment> pull(std::uint64_t epoch, std::uint64_t after = 0) {
    auto batch = await(link.pull("east", epoch, after, clock.mono()));
    return batch ? batch->assignments : std::vector<model::Assignment>{};
  }
  /// One report; nothing when the session is over.
  std::optional<model::Answer> report(std::uint64_t epoch, const model::Report& r) {
    auto answers = await(link.report("east", epoch, {r}));
    if (!answers) return {};
    return answers->at(0);
  }
  /// How many bytes of its log are stored once this piece came; -1: no more is wanted.
  std::int64_t upload(std::uint64_t epoch, const model::AttemptKey& key, std::uint64_t offset,
                      std::string bytes) {
    return upload(epoch, {.key = key, .offset = offset, .bytes = {bytes}});
  }
  std::int64_t upload(std::uint64_t epoch, const model::LogChunk& chunk) {
    return await(link.upload("east", epoch, {chunk}))->at(0).bytes;
  }
  /// A run of this pipeline whose first job runs, and who said so.
  struct Live {
    std::uint64_t epoch = 0;
    model::RunId id;
    model::Assignment a;
  };
  Live live(std::string_view spec);
  model::JobState state(model::RunId run, std::uint32_t index = 0) { return job(run, index).state; }
  model::RunState run_state(model::RunId id) { return run(id)->run.state; }
  /// After how many statements the database breaks, once; below 0: never.
  std::int64_t& breaks_after() {
    return static_cast<store::BreakingEngine&>(*engine).database->left;
  }

  loop::Pool pool{0};
  Scene scene;
  Link link{scene};

 private:
  Room(std::unique_ptr<store::Engine> e, Limits limits)
      : World(std::move(e)), scene(*store, clock, pool, {}, limits) {}
};

inline model::Report saw(const model::Assignment& a, model::Sight sight, std::string uid = "u1") {
  return {.key = a.key, .revision = a.revision, .sight = sight, .uid = std::move(uid)};
}
inline model::Report saw_end(const model::Assignment& a, model::Outcome outcome,
                             std::string uid = "u1") {
  auto r = saw(a, model::Sight::ended, std::move(uid));
  r.outcome = std::move(outcome);
  return r;
}
inline Room::Live Room::live(std::string_view spec) {
  Live live{.epoch = open()->epoch, .id = submit(spec)->id};
  live.a = pull(live.epoch).at(0);
  report(live.epoch, saw(live.a, model::Sight::running));
  return live;
}
inline const model::Outcome good{.state = model::AttemptState::succeeded, .exit_code = 0};
inline const model::Outcome bad{.class_ = model::Class::exit, .exit_code = 1};

inline constexpr std::string_view one_job =
    R"({"kind": "Pipeline", "jobs": {"work": {"image": "i", "run": "true"}}})";
inline constexpr std::string_view two_jobs =
    R"({"kind": "Pipeline", "jobs": {"first": {"image": "i", "run": "true"},
        "second": {"image": "i", "run": "true", "dependsOn": [{"job": "first"}]}}})";

}  // namespace control::testing
