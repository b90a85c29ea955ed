#include "sim/faults.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

/// Starts what is down and whose time has come.
void restart(World& w) {
  const auto now = w.timeline.now();
  if (!w.server && now >= w.server_start) w.start_server();
  for (auto& site : w.sites)
    if (!site.agent && now >= site.next_start) w.start_agent(site);
}

/// An agent that is asked to end releases its cluster on its way out.
loop::Task<> end_cleanly(World& w, std::unique_ptr<AgentProcess> agent) {
  w.trace.say("an agent is asked to end");
  co_await agent->process.tasks.stop();
  co_await agent->agent.release();
  w.kill(std::move(agent));
}

/// It stands still; perhaps another one is started in its place and it comes back as a zombie.
void freeze(World& w, Site& site) {
  const auto until = w.timeline.now() + between(w.rng, 1s, 40s);
  w.trace.say("the agent of " + site.cluster->name() + " stands still");
  site.agent->process.freeze(until);
  if (w.rng.chance(0.5)) return;
  site.zombies.push_back(std::move(site.agent));
  site.next_start = w.timeline.now() + between(w.rng, 10ms, 10s);
}

void trouble_site(World& w, Site& site) {
  const auto& weather = w.weather;
  const auto now = w.timeline.now();
  if (site.agent && w.rng.chance(weather.agent_killed)) {
    w.trace.say("the agent of " + site.cluster->name() + " is killed");
    w.kill(std::move(site.agent));
    site.next_start = now + between(w.rng, 10ms, 20s);
  }
  if (site.agent && w.rng.chance(weather.agent_stopped)) {
    w.outside->tasks.spawn("clean end", end_cleanly(w, std::move(site.agent)));
    site.next_start = now + between(w.rng, 10ms, 5s);
  }
  if (site.agent && w.rng.chance(weather.agent_frozen)) freeze(w, site);
  if (site.agent && w.rng.chance(weather.clock_jumps))
    site.agent->process.clock.jump(between(w.rng, -300s, 300s));
  if (!site.zombies.empty() && w.rng.chance(0.05)) {
    w.kill(std::move(site.zombies.back()));
    site.zombies.pop_back();
  }
  if (w.rng.chance(weather.cut_off)) {
    w.trace.say(site.cluster->name() + " is cut off");
    w.network.cut(site.cluster->name(), now + between(w.rng, 1s, 40s));
  }
  if (w.rng.chance(weather.vanishes))
    site.cluster->vanish(w.rng, [&](const std::string& uid) { return w.known.contains(uid); });
}

}  // namespace

loop::Task<> bring_trouble(World& w, base::Mono until) {
  while (w.timeline.now() < until) {
    co_await w.outside->clock.sleep(between(w.rng, 100ms, 1900ms));
    for (auto& site : w.sites) trouble_site(w, site);
    if (w.server && w.rng.chance(w.weather.server_killed)) {
      w.kill_server();
      w.server_start = w.timeline.now() + between(w.rng, 1ms, 10s);
    }
    if (w.server && w.rng.chance(w.weather.clock_jumps)) {
      const auto by = between(w.rng, 0s, 300s) * (w.rng.chance(0.5) ? 1 : -1);
      w.trace.say("the server's clock jumps by " + std::to_string(by.count()));
      w.server->process.clock.jump(by);
    }
    restart(w);
  }
  heal(w);
}

void heal(World& w) {
  w.trace.say("everything heals");
  w.weather = {};
  w.network.mend();
  w.server_start = w.timeline.now();
  for (auto& site : w.sites) {
    for (auto& zombie : site.zombies) w.kill(std::move(zombie));
    site.zombies.clear();
    if (site.agent) site.agent->process.freeze(w.timeline.now());
    site.next_start = w.timeline.now();
  }
  restart(w);
}

}  // namespace sim
