#include "sim/ledger.h"

#include <fmt/format.h>

namespace sim {

std::string text(const model::AttemptKey& key) {
  return fmt::format("{}/{}#{}", key.run.text(), key.job, key.attempt);
}

std::size_t Ledger::make(Execution e, std::uint32_t capacity) {
  const auto at = all_.size();
  jobs_[{e.key.run, e.key.job}].push_back(at);
  auto& live = live_[e.cluster];
  if (++live > capacity)
    complain_(e.key.run, fmt::format("{} attempts live on {}, which takes {}; the last is {}", live,
                                     e.cluster, capacity, text(e.key)));
  all_.push_back(std::move(e));
  return at;
}

void Ledger::begin(std::size_t at, base::Mono now) {
  auto& e = all_[at];
  e.began = now;
  for (auto i : jobs_[{e.key.run, e.key.job}]) {
    const auto& other = all_[i];
    if (i == at || !other.began) continue;
    if (other.key == e.key)
      complain_(e.key.run,
                fmt::format("{} begins again, as {} after {}", text(e.key), e.uid, other.uid));
    else if (!other.ended)
      complain_(e.key.run, fmt::format("{} begins while {} runs", text(e.key), text(other.key)));
  }
  if (const auto over = closed_.find(e.key); over != closed_.end())
    complain_(e.key.run, fmt::format("{} begins {} after the server called it over", text(e.key),
                                     base::format_duration(now - over->second)));
}

void Ledger::end(std::size_t at, base::Mono now, model::Outcome outcome) {
  auto& e = all_[at];
  e.ended = now;
  e.outcome = std::move(outcome);
  --live_[e.cluster];
}

void Ledger::remove(std::size_t at) {
  auto& e = all_[at];
  e.removed = true;
  if (!closed_.contains(e.key))
    complain_(e.key.run, fmt::format("{} is removed before the server knows that it ended", e.uid));
}

void Ledger::closed(const model::AttemptKey& key, base::Mono now) {
  closed_.emplace(key, now);
  for (auto i : jobs_[{key.run, key.job}])
    if (all_[i].key == key && all_[i].began && !all_[i].ended)
      complain_(key.run, fmt::format("the server calls {} over while it runs", text(key)));
}

std::vector<const Execution*> Ledger::of(model::RunId run, std::uint32_t job) const {
  std::vector<const Execution*> found;
  if (const auto of_job = jobs_.find({run, job}); of_job != jobs_.end())
    for (auto i : of_job->second) found.push_back(&all_[i]);
  return found;
}

std::size_t Ledger::live(const std::string& cluster) const {
  const auto at = live_.find(cluster);
  return at == live_.end() ? 0 : at->second;
}

}  // namespace sim
