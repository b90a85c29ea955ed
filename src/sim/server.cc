#include "sim/server.h"

namespace sim {

Server::Server(Timeline& timeline, loop::Executor executor, sql::Database& inner, loop::Pool& pool,
               const Weather& weather, base::Rng& rng, Skew skew, const control::Limits& limits,
               std::function<void()> committed)
    : process(timeline, std::move(executor), skew) {
  auto way = std::make_unique<FaultyDatabase>(timeline, inner, process, weather, rng,
                                              std::move(committed));
  database = way.get();
  store = std::make_unique<store::Store>(std::move(way), process.clock, rng);
  database->open();
  scene =
      std::make_unique<control::Scene>(*store, process.clock, pool, core::PipelineLimits{}, limits);
  link = std::make_unique<control::Link>(*scene);
}

void Server::start() {
  // Nothing is deleted in a simulated life but what a cut-off submit left.
  control::start(
      process.tasks, *scene,
      {.unfinished = std::chrono::minutes(20), .janitor_period = std::chrono::seconds(30)});
}

}  // namespace sim
