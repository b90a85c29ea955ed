#include "control/loops.h"
#include "store/assignments.h"
#include "store/feed.h"
#include "store/jobs.h"
#include "store/runs.h"

namespace control {
namespace {

constexpr std::size_t runs_batch = 20, feed_batch = 500;
constexpr std::int64_t keys_batch = 500;
constexpr std::uint32_t jobs_chunk = 500;

/// Deletes one run in steps, so that no transaction is long. A run that still has something on a
/// cluster stays.
loop::Task<> delete_run(Scene& scene, model::RunId id) {
  std::uint32_t jobs = 0;
  const bool free = co_await scene.store.read(
      [&](store::Tx& tx) { return store::count_assignments(tx, id) == 0; });
  if (!free) co_return;
  jobs = co_await scene.store.read([&](store::Tx& tx) { return store::job_rows(tx, id); });
  for (std::uint32_t below = jobs_chunk; below - jobs_chunk < jobs; below += jobs_chunk)
    co_await scene.store.transact([&](store::Tx& tx) { store::delete_job_rows(tx, id, below); });
  co_await scene.store.transact([&](store::Tx& tx) { store::delete_run(tx, id); });
}

}  // namespace

loop::Task<bool> janitor_once(Scene& scene, const Keeping& keeping) {
  struct Found {
    std::vector<model::RunId> runs;
    bool old_feed = false;
  };
  const auto found = co_await scene.store.read([&](store::Tx& tx) {
    Found out;
    out.runs = store::old_runs(tx, tx.now() - keeping.runs, runs_batch);
    for (const auto& id : store::invisible_runs(tx, tx.now() - keeping.unfinished, runs_batch))
      out.runs.push_back(id);
    const auto oldest = store::read_feed(tx, 0, "", 1);
    out.old_feed = !oldest.empty() && oldest.front().at < tx.now() - keeping.feed;
    return out;
  });
  for (const auto& id : found.runs) co_await delete_run(scene, id);
  if (found.old_feed)
    co_await scene.store.transact(
        [&](store::Tx& tx) { store::trim_feed(tx, tx.now() - keeping.feed, feed_batch); });
  const auto keys = co_await scene.store.transact([&](store::Tx& tx) {
    return store::trim_idempotency(tx, tx.now() - keeping.keys, keys_batch);
  });
  co_return found.runs.size() >= runs_batch || found.old_feed || keys == keys_batch;
}

}  // namespace control
