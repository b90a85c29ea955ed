#include "sim/hands.h"

#include <fmt/format.h>

#include "model/names.h"

namespace sim {

using agent::Created;
using namespace std::chrono_literals;

Hands::Hands(Timeline& timeline, FakeCluster& cluster, Process& process, const Weather& weather,
             base::Rng& rng, Trace& trace, std::set<std::string>& known)
    : timeline_(timeline),
      cluster_(cluster),
      process_(process),
      weather_(weather),
      rng_(rng),
      trace_(trace),
      known_(known),
      watches_(rng.chance(0.5)),
      went_told_(cluster.went().size()) {
  cluster_.watchers().push_back(&bell_);
}

Hands::~Hands() { cluster_.watchers().remove(&bell_); }

loop::Task<> Hands::travel(bool may_fail) {
  co_await process_.gate();
  const bool slow = rng_.chance(weather_.api_fails);
  co_await process_.clock.sleep(slow ? between(rng_, 10ms, 3s) : between(rng_, 100us, 10ms));
  co_await process_.gate();
  if (may_fail && rng_.chance(weather_.api_fails))
    throw base::Failure("simulated: the cluster's API failed");
}

loop::Task<agent::Sightings> Hands::look(bool whole) {
  co_await travel(true);
  const auto objects = cluster_.list();
  const auto went = cluster_.went().size();
  agent::Sightings seen{.whole = whole || !watches_, .objects = objects};
  if (!seen.whole) {
    std::erase_if(seen.objects, [&](const auto& o) {
      const auto at = told_.find(o.name);
      return at != told_.end() && at->second.uid == o.uid && at->second.running == o.running &&
             at->second.outcome == o.outcome;
    });
    seen.gone.assign(cluster_.went().begin() + std::ptrdiff_t(went_told_), cluster_.went().end());
  }
  co_await travel(true);
  told_.clear();
  for (const auto& o : objects) told_[o.name] = o;
  went_told_ = went;
  if (weather_.vanish_early)
    for (const auto& o : objects) known_.insert(o.uid);
  co_return seen;
}

loop::Task<Created> Hands::create(model::Assignment sent, base::Mono until) {
  co_await process_.gate();
  if (rng_.chance(weather_.create_wait))
    co_return Created{.kind = Created::Kind::wait, .message = "exceeded quota"};
  auto made = co_await post(sent, until);
  if (trace_.on())
    trace_.say(fmt::format("{} is told of create {}: {} {}", cluster_.name(), text(sent.key),
                           int(made.kind), made.uid));
  if (weather_.vanish_early && !made.uid.empty()) known_.insert(made.uid);
  co_return made;
}

loop::Task<Created> Hands::post(const model::Assignment& sent, base::Mono until) {
  struct Answer {
    std::optional<Created> made;
    loop::Bell bell;
  };
  const auto answer = std::make_shared<Answer>();
  if (process_.clock.mono() >= until)
    co_return Created{.kind = Created::Kind::wait, .message = "too late"};
  const bool slow = rng_.chance(weather_.create_slow);
  const auto lands = timeline_.now() + (slow ? between(rng_, 10ms, 40s) : between(rng_, 1ms, 20ms));
  const auto limit = process_.clock.real(until);
  // The request is on its way: no kill takes it back, only its own deadline does.
  if (lands < limit)
    cluster_.post(lands, sent, [&trace = trace_, &cluster = cluster_, sent, answer](Created made) {
      if (trace.on())
        trace.say(fmt::format("{} takes create {}: {} {}", cluster.name(), text(sent.key),
                              int(made.kind), made.uid));
      answer->made = std::move(made);
      answer->bell.ring();
    });
  const bool deaf = rng_.chance(weather_.create_unknown);
  const auto patience =
      std::min(until, process_.clock.mono() + (deaf ? between(rng_, 1ms, 3s) : 15s));
  while (!answer->made && process_.clock.mono() < patience)
    co_await answer->bell.wait(process_.clock, answer->bell.rings(), patience);
  co_await travel(false);
  if (answer->made && !deaf) co_return *answer->made;
  if (rng_.chance(0.5)) throw base::Failure("simulated: no answer to a create");
  co_return Created{.kind = Created::Kind::unknown, .message = "no answer"};
}

loop::Task<> Hands::stop(std::string name, std::string uid) {
  co_await travel(true);
  cluster_.stop(name, uid);
  co_await travel(true);
}

loop::Task<bool> Hands::remove(std::string name, std::string uid) {
  co_await travel(true);
  const bool removed = cluster_.remove(name, uid);
  co_await travel(true);
  co_return removed;
}

loop::Task<agent::LogPiece> Hands::read_log(agent::LogName name, agent::LogFrom from,
                                            std::size_t max) {
  co_await travel(true);
  auto piece = cluster_.read_log(name.object, name.stream, from.offset, max);
  co_await travel(false);
  piece.again = true;
  co_return piece;
}

}  // namespace sim
