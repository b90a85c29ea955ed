#include "sim/cluster.h"

#include <fmt/format.h>

#include "sim/weather.h"

namespace sim {
namespace {

using agent::Created;
using model::AttemptState;
using model::Class;
using namespace std::chrono_literals;

std::string script_of(const model::Assignment& a) {
  const auto& command = a.work->command;
  return command.size() == 3 ? command.back() : std::string();
}

model::Outcome failure(Class c, std::string message = {}) {
  return {.state = AttemptState::failed, .class_ = c, .message = std::move(message)};
}

/// How the script ends by itself.
model::Outcome outcome_of(const std::string& script, base::Rng& rng) {
  if (script == "infra" && rng.chance(0.5)) {
    constexpr Class classes[] = {Class::evicted, Class::node_lost, Class::preempted};
    return failure(classes[rng.below(3)]);
  }
  if (script == "fail" || (script == "flaky" && rng.chance(0.5))) {
    auto out = failure(rng.chance(0.2) ? Class::oom : Class::exit);
    out.exit_code = 1 + std::int32_t(rng.below(9));
    return out;
  }
  model::Outcome out{.state = AttemptState::succeeded};
  out.exit_code = 0;
  return out;
}

std::vector<std::string> streams_of(const Execution& e) {
  if (!e.began) return {};
  return e.side.empty() ? std::vector<std::string>{""} : std::vector<std::string>{"", "side"};
}

}  // namespace

FakeCluster::FakeCluster(Timeline& timeline, Ledger& ledger, std::string name,
                         std::uint32_t capacity, std::uint64_t seed)
    : timeline_(timeline),
      ledger_(ledger),
      name_(std::move(name)),
      capacity_(capacity),
      seed_(seed),
      stop_removes_(base::Rng(seed).chance(0.5)) {}

FakeCluster::~FakeCluster() {
  for (auto& [name, pod] : pods_) drop_plans(pod);
}

base::Rng FakeCluster::rng_of(const model::AttemptKey& key) const {
  std::uint64_t h = seed_;
  for (unsigned char c : key.run.text()) h = (h ^ c) * 1099511628211u;
  return base::Rng(h ^ (std::uint64_t(key.job) << 32) ^ key.attempt);
}

agent::Object FakeCluster::object_of(const Pod& pod) const {
  const auto& e = of(pod);
  return {.key = e.key,
          .name = e.name,
          .uid = e.uid,
          .running = e.began.has_value(),
          .outcome = e.outcome,
          .streams = streams_of(e)};
}

std::vector<agent::Object> FakeCluster::list() const {
  std::vector<agent::Object> out;
  for (const auto& [name, pod] : pods_) out.push_back(object_of(pod));
  return out;
}

void FakeCluster::erase(const std::string& name) {
  const auto at = pods_.find(name);
  went_.push_back(object_of(at->second));
  drop_plans(at->second);
  pods_.erase(at);
  changed();
}

void FakeCluster::plan(Pod& pod, const std::string& name, base::Micros d,
                       void (FakeCluster::*what)(Pod&)) {
  pod.plans.push_back(timeline_.after(d, [this, name, what] { (this->*what)(pods_.at(name)); }));
}

Created FakeCluster::create(const model::Assignment& a) {
  if (const auto found = pods_.find(a.name); found != pods_.end()) {
    const auto& e = of(found->second);
    if (e.key != a.key) return {.kind = Created::Kind::refused, .message = "name taken"};
    return {.kind = Created::Kind::created, .uid = e.uid};
  }
  auto rng = rng_of(a.key);
  const auto script = script_of(a);
  if (script == "refused" && rng.chance(0.5))
    return {.kind = Created::Kind::refused, .class_ = Class::config, .message = "forbidden"};
  const auto uid = fmt::format("{}-{}", name_, ++uids_);
  Pod pod{.script = script, .run_timeout = a.work->run_timeout, .grace = a.work->grace};
  pod.entry = ledger_.make(
      {.key = a.key, .cluster = name_, .name = a.name, .uid = uid, .made = timeline_.now()},
      capacity_);
  entries_[a.name] = pod.entry;
  auto& kept = pods_[a.name] = std::move(pod);
  const bool starts = script != "image" && !(script == "stuck" && rng.chance(0.5));
  if (starts) plan(kept, a.name, between(rng, 1ms, 3s), &FakeCluster::begin);
  // Every object has its own deadlines, whoever watches.
  plan(kept, a.name, a.work->start_timeout, &FakeCluster::time_out_start);
  changed();
  return {.kind = Created::Kind::created, .uid = uid};
}

void FakeCluster::post(base::Mono arrives, model::Assignment a,
                       std::function<void(Created)> answer) {
  ++on_their_way_[a.name];
  timeline_.at(arrives, [this, a = std::move(a), answer = std::move(answer)] {
    --on_their_way_[a.name];
    answer(create(a));
  });
}

void FakeCluster::begin(Pod& pod) {
  const auto& e = of(pod);
  const auto name = e.name;
  drop_plans(pod);
  ledger_.begin(pod.entry, timeline_.now());
  ledger_.write(pod.entry, fmt::format("{} begins\n", e.uid));
  auto rng = rng_of(e.key);
  if (rng.next() % 4 == 0) ledger_.write_aside(pod.entry, fmt::format("{} aside\n", e.uid));
  const auto takes = pod.script == "slow" ? between(rng, 3s, 15s) : between(rng, 5ms, 4s);
  if (pod.script != "hang") plan(pod, name, takes, &FakeCluster::end_by_script);
  plan(pod, name, pod.run_timeout, &FakeCluster::time_out_run);
  changed();
}

void FakeCluster::end_by_script(Pod& pod) {
  auto rng = rng_of(of(pod).key);
  rng.next(), rng.next();
  end(pod, outcome_of(pod.script, rng));
}

void FakeCluster::time_out_start(Pod& pod) {
  end(pod, failure(pod.script == "image" ? Class::image : Class::start_timeout, "never started"));
}

void FakeCluster::time_out_run(Pod& pod) { end(pod, failure(Class::run_timeout)); }

void FakeCluster::end(Pod& pod, model::Outcome outcome) {
  drop_plans(pod);
  const auto& e = of(pod);
  if (e.began) ledger_.write(pod.entry, fmt::format("{} ends\n", e.uid));
  if (!e.side.empty()) ledger_.write_aside(pod.entry, fmt::format("{} ends aside\n", e.uid));
  if (pod.stopping && outcome.state != AttemptState::succeeded)
    outcome = {.state = AttemptState::canceled, .signal = 15};
  ledger_.end(pod.entry, timeline_.now(), std::move(outcome));
  if (pod.stopping && stop_removes_) return erase(std::string(e.name));
  changed();
}

void FakeCluster::stop(const std::string& name, const std::string& uid) {
  const auto at = pods_.find(name);
  if (at == pods_.end() || of(at->second).uid != uid) return;
  auto& pod = at->second;
  const auto& e = of(pod);
  if (e.outcome || std::exchange(pod.stopping, true)) return;
  if (!e.began) return end(pod, {.state = AttemptState::canceled, .message = "never started"});
  auto rng = rng_of(e.key);
  plan(pod, name, between(rng, 1ms, pod.grace), &FakeCluster::time_out_run);
}

bool FakeCluster::remove(const std::string& name, const std::string& uid) {
  const auto at = pods_.find(name);
  if (at == pods_.end() || of(at->second).uid != uid) return true;
  if (!of(at->second).outcome) return false;
  ledger_.remove(at->second.entry);
  erase(name);
  return true;
}

agent::LogPiece FakeCluster::read_log(const std::string& name, const std::string& stream,
                                      std::uint64_t offset, std::size_t max) const {
  const auto entry = entries_.find(name);
  const auto at = pods_.find(name);
  if (entry == entries_.end() || (at != pods_.end() && at->second.script == "mute"))
    throw base::Failure("the output of " + name + " cannot be read");
  // A follower has read what was written, even where nothing is left of it.
  const auto& e = ledger_.at(entry->second);
  const auto& output = stream.empty() ? e.output : e.side;
  agent::LogPiece piece;
  if (offset < output.size()) {
    piece.bytes = output.substr(offset, max);
    piece.times.push_back({offset, base::from_micros(std::int64_t(offset))});
  }
  piece.end = e.outcome && offset + piece.bytes.size() >= output.size();
  return piece;
}

void FakeCluster::vanish(base::Rng& rng, const std::function<bool(const std::string&)>& may) {
  std::vector<std::string> names;
  for (const auto& [name, pod] : pods_)
    if (may(of(pod).uid) && on_their_way_[name] == 0) names.push_back(name);
  if (names.empty()) return;
  const auto name = names[rng.below(names.size())];
  auto& pod = pods_.at(name);
  if (!of(pod).outcome) end(pod, failure(Class::deleted, "somebody deleted it"));
  // Unless it was stopping, and is gone already.
  if (pods_.contains(name)) erase(name);
}

void FakeCluster::drop_plans(Pod& pod) {
  for (const auto& key : pod.plans) timeline_.cancel(key);
  pod.plans.clear();
}

void FakeCluster::changed() {
  timeline_.after(5ms, [this] {
    for (auto* bell : watchers_) bell->ring();
  });
}

}  // namespace sim
