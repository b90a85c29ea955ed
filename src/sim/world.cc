#include "sim/world.h"

#include <fmt/format.h>

#include "sql/sqlite.h"
#include "store/clusters.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

/// Clocks are wrong by up to two seconds at their start, and as fast as cheap crystals are.
Skew skew(base::Rng& rng) {
  return {base::Micros(std::int64_t(rng.below(4'000'000)) - 2'000'000),
          std::int64_t(rng.below(100)) - 50};
}

control::Limits limits_of(base::Rng& rng, bool fan_out) {
  control::Limits l;
  l.lease = 10s;
  l.offers_max = 1 + std::uint32_t(rng.below(16));
  l.dispatch_batch = 1 + rng.below(40);
  l.machine.grace = 3s;
  l.machine.margin = 5s;
  // Small chunks make every pipeline one that takes several transactions.
  if (fan_out || rng.chance(0.5))
    l.machine.chunk = (fan_out ? 8 : 1) + std::uint32_t(rng.below(fan_out ? 40 : 3));
  if (l.machine.chunk < 100) l.machine.touched_max = 3 * l.machine.chunk;
  return l;
}

}  // namespace

AgentProcess::AgentProcess(World& w, FakeCluster& c, agent::Settings settings)
    : process(w.timeline, w.loop.executor(), skew(w.rng)),
      link(w.network, process, w.trace, c.name(), w.known),
      hands(w.timeline, c, process, w.weather, w.rng, w.trace, w.known),
      agent(process.clock, link, hands, std::move(settings)) {}

World::World(std::uint64_t s, bool traced)
    : seed(s),
      rng(s * 2654435761u + 1),
      trace(timeline, traced),
      ledger([this](model::RunId run, std::string what) { complain(run, std::move(what)); }),
      history(timeline, ledger, trace,
              [this](model::RunId run, std::string what) { complain(run, std::move(what)); }),
      weather(Weather::make(rng)),
      database(sql::open_sqlite({})),
      network(timeline, weather, rng),
      outside(std::make_unique<Process>(timeline, loop.executor(), Skew{})) {
  work.runs = 2 + std::uint32_t(rng.below(6));
  work.fan_out = rng.chance(0.04);
  limits = limits_of(rng, work.fan_out);
  make_sites();
  start_server();
  for (auto& site : sites) start_agent(site);
}

World::~World() { end(); }

void World::make_sites() {
  const auto count = 1 + rng.below(3);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto name = fmt::format("c{}", i);
    const auto capacity = work.fan_out ? 40 : 1 + std::uint32_t(rng.below(6));
    sites.push_back(
        {.cluster = std::make_unique<FakeCluster>(timeline, ledger, name, capacity, rng.next())});
  }
  std::exception_ptr error;
  database->write({[&](sql::Connection& c) {
                     store::Tx tx(c, outside->clock.now());
                     for (const auto& site : sites)
                       store::insert_cluster(tx, site.cluster->name(), "agent");
                   },
                   [&](std::exception_ptr e) { error = e; }});
  if (error) std::rethrow_exception(error);
}

void World::complain(model::RunId run, std::string what) {
  trace.say(fmt::format("VIOLATION {} {}", run.text(), what));
  violations.push_back({run, std::move(what)});
}

void World::start_server() {
  trace.say("the server starts");
  server = std::make_shared<Server>(timeline, loop.executor(), *database, pool, weather, rng,
                                    skew(rng), limits, [this] { committed(); });
  server->start();
  network.connect(server);
}

void World::kill_server() {
  if (!server) return;
  trace.say("the server is killed");
  server->process.kill();
  network.connect(nullptr);
  dead_servers_.push_back(std::move(server));
}

void World::start_agent(Site& site) {
  agent::Settings settings{.version = "sim",
                           .instance = fmt::format("i{}", ++starts),
                           .capacity = site.cluster->capacity(),
                           .creates_max = 1 + rng.below(16)};
  settings.log_period = 500ms;
  trace.say(fmt::format("agent {} starts on {}", settings.instance, site.cluster->name()));
  site.agent = std::make_unique<AgentProcess>(*this, *site.cluster, std::move(settings));
  site.agent->process.tasks.spawn("agent", site.agent->agent.run());
}

void World::kill(std::unique_ptr<AgentProcess> agent) {
  if (!agent) return;
  agent->process.kill();
  dead_agents_.push_back(std::move(agent));
}

void World::bury() {
  std::erase_if(dead_servers_, [](const auto& s) { return s->process.tasks.running() == 0; });
  std::erase_if(dead_agents_, [](const auto& a) { return a->process.tasks.running() == 0; });
}

bool World::step(base::Mono until) {
  while (loop.poll() > 0) {
  }
  bury();
  return timeline.step(until);
}

void World::end() {
  kill_server();
  for (auto& site : sites) {
    kill(std::move(site.agent));
    for (auto& zombie : site.zombies) kill(std::move(zombie));
    site.zombies.clear();
  }
  outside->kill();
  while (!dead_servers_.empty() || !dead_agents_.empty() || outside->tasks.running() > 0)
    step(timeline.now() + 1s);
}

void World::look(const std::function<void(store::Tx&)>& fn) {
  std::exception_ptr error;
  database->read({[&](sql::Connection& c) {
                    store::Tx tx(c, outside->clock.now());
                    fn(tx);
                  },
                  [&](std::exception_ptr e) { error = e; }});
  if (error) std::rethrow_exception(error);
}

void World::committed() {
  look([this](store::Tx& tx) {
    for (const auto& row : store::read_feed(tx, history.last(), "", 10'000)) history.take(row);
  });
}

}  // namespace sim
