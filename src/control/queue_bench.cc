#include <benchmark/benchmark.h>

#include "base/log.h"
#include "control/link.h"
#include "control/loops.h"
#include "control/submit.h"
#include "core/toy_run.h"
#include "json/encode.h"
#include "loop/group.h"
#include "loop/loop.h"
#include "store/clusters.h"
#include "store/testing.h"

namespace control {
namespace {

using namespace std::chrono_literals;

/// A server's store and control room on a file, without HTTP, and one agent's words to it.
struct Bench {
  Bench()
      : store(engine.open(), clock, rng),
        scene(store, clock, pool, {}, {.offers_max = 1'000'000, .dispatch_batch = 256}) {}

  store::FileSqlite engine;
  loop::Loop loop;
  loop::RealClock clock;
  loop::Pool pool{1};
  base::Rng rng{1};
  store::Store store;
  Scene scene;
  Link link{scene};
};

/// One of those that submit at once.
loop::Task<> submit_some(Bench& b, std::uint32_t runs, const base::Value& spec) {
  for (std::uint32_t i = 0; i < runs; ++i) {
    auto accepted = co_await submit(
        b.scene,
        {.id = model::RunId::make(b.clock.now(), b.rng), .project = "default", .spec = spec});
    if (!accepted) throw base::Failure(accepted.error().message);
  }
}

/// Runs of some independent jobs come in; every job is claimed, and completes.
loop::Task<> life(Bench& b, std::uint32_t runs, const base::Value& spec) {
  const auto clients = std::min<std::uint32_t>(runs, 64);
  loop::Group group(b.loop.executor());
  for (std::uint32_t i = 0; i < clients; ++i)
    group.spawn("submit", submit_some(b, runs / clients + (i < runs % clients), spec));
  co_await group.join();
  auto session = co_await b.link.open("bench", {.instance = "one", .capacity = 1'000'000});
  while (co_await dispatch_once(b.scene)) {
  }
  std::uint64_t after = 0;
  for (;;) {
    auto batch = co_await b.link.pull("bench", session->epoch, after, b.clock.mono());
    if (batch->assignments.empty()) break;
    std::vector<model::Report> reports;
    for (const auto& a : batch->assignments)
      reports.push_back({.key = a.key,
                         .revision = a.revision,
                         .sight = model::Sight::ended,
                         .uid = a.name,
                         .outcome = model::Outcome{.state = model::AttemptState::succeeded}});
    after = batch->revision;
    auto answers = co_await b.link.report("bench", session->epoch, reports);
    for (auto& r : reports) r.sight = model::Sight::gone, r.outcome.reset();
    answers = co_await b.link.report("bench", session->epoch, reports);
  }
  co_await b.link.close("bench", session->epoch);
}

/// enqueue → claim → complete, durable, in batches: runs of `batch` jobs.
void queue(benchmark::State& state) {
  base::log::configure(base::log::Level::error, base::log::Format::plain);
  const auto batch = std::uint32_t(state.range(0));
  constexpr std::uint32_t jobs = 20'000;
  const auto spec = json::encode(core::numbered_jobs(batch));
  std::int64_t done = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto bench = std::make_unique<Bench>();
    bench->loop.run_until_done(
        bench->store.transact([](store::Tx& tx) { store::insert_cluster(tx, "bench", "bench"); }));
    state.ResumeTiming();
    bench->loop.run_until_done(life(*bench, jobs / batch, spec));
    done += jobs / batch * batch;
    state.PauseTiming();
    bench.reset();
    state.ResumeTiming();
  }
  state.counters["jobs/s"] = benchmark::Counter(double(done), benchmark::Counter::kIsRate);
}
BENCHMARK(queue)->Arg(1)->Arg(100)->Arg(500)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace control
