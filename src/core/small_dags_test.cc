#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "core/toy_run.h"
#include "model/names.h"

namespace core {
namespace {

using model::JobState;
using model::RunState;

/// A pipeline of up to four jobs as a bare matrix: `edge[to][from]`, from < to.
struct Small {
  int count = 0, finally_count = 0;
  std::optional<Condition> edge[4][4];
  bool succeeds[4] = {};  ///< What each job does if it runs.

  bool is_finally(int j) const { return j >= count - finally_count; }
};

// The model: PROTOCOL.md's sentences about a verdict, one function each, with no memory and no
// order of events. It shares nothing with the machine.

/// "An edge that can no longer hold skips its dependant."
JobState end_of(const Small& s, int job) {
  for (int from = 0; from < job; ++from) {
    if (!s.edge[job][from]) continue;
    const auto end = end_of(s, from);
    const auto on = *s.edge[job][from];
    if (on == Condition::success && end != JobState::succeeded) return JobState::skipped;
    if (on == Condition::failure && end != JobState::failed) return JobState::skipped;
  }
  return s.succeeds[job] ? JobState::succeeded : JobState::failed;
}

/// "A failure is handled iff a direct dependant with a `failure` edge succeeded, or failed and was
/// itself handled; `always` and `finally` never handle."
bool is_handled(const Small& s, int job) {
  if (end_of(s, job) != JobState::failed) return false;
  for (int to = job + 1; to < s.count; ++to) {
    if (s.edge[to][job] != Condition::failure || s.is_finally(to)) continue;
    if (end_of(s, to) == JobState::succeeded || is_handled(s, to)) return true;
  }
  return false;
}

/// "`failed` iff an unhandled failure exists (a failed `finally` included), else `succeeded`."
RunState verdict_of(const Small& s) {
  for (int j = 0; j < s.count; ++j)
    if (end_of(s, j) == JobState::failed && !is_handled(s, j)) return RunState::failed;
  return RunState::succeeded;
}

std::shared_ptr<const Plan> plan_of(const Small& s) {
  auto spec = numbered_jobs(std::size_t(s.count), std::size_t(s.finally_count));
  for (int to = 0; to < s.count; ++to)
    for (int from = 0; from < to; ++from)
      if (s.edge[to][from]) add_edge(spec, std::size_t(from), std::size_t(to), *s.edge[to][from]);
  return core::plan_of(std::move(spec));
}

std::string text_of(const Small& s) {
  std::string text = std::to_string(s.finally_count) + " finally;";
  for (int to = 0; to < s.count; ++to) {
    text += s.succeeds[to] ? " +j" : " -j";
    text += std::to_string(to);
    for (int from = 0; from < to; ++from)
      if (s.edge[to][from]) text += "<-" + std::to_string(from) + "sfa"[int(*s.edge[to][from])];
  }
  return text;
}

/// Says how the machine's final state differs from the model's; empty when it does not.
std::string difference(const Small& s, const ToyRun& toy) {
  for (int j = 0; j < s.count; ++j) {
    const auto& job = toy.jobs[std::size_t(j)];
    if (job.state != end_of(s, j) || job.handled != is_handled(s, j))
      return text_of(s) + ": j" + std::to_string(j) + " is " + std::string(model::word(job.state));
  }
  if (toy.run.state == verdict_of(s)) return {};
  return text_of(s) + ": the run is " + std::string(model::word(toy.run.state));
}

void finish(ToyRun& toy, const Small& s, std::uint32_t job) {
  model::Outcome outcome{.class_ = model::Class::exit};
  if (s.succeeds[job]) outcome = {.state = model::AttemptState::succeeded};
  toy.feed({Assigned{job, 1}, Created{job, 1}, Started{job, 1}, Ended{job, 1, outcome}}, noon);
}

/// Plays every order in which the jobs that run can end.
void play_all_orders(const ToyRun& toy, const Small& s, int& played) {
  bool over = true;
  for (std::uint32_t j = 0; j < toy.jobs.size(); ++j) {
    if (toy.jobs[j].state != JobState::queued) continue;
    over = false;
    auto next = toy;
    finish(next, s, j);
    play_all_orders(next, s, played);
  }
  if (!over) return;
  ++played;
  const auto wrong = difference(s, toy);
  if (!wrong.empty()) ADD_FAILURE() << wrong;
}

void play_one_order(ToyRun toy, const Small& s, base::Rng& rng) {
  for (;;) {
    std::vector<std::uint32_t> queued;
    for (const auto& job : toy.jobs)
      if (job.state == JobState::queued) queued.push_back(job.index);
    if (queued.empty()) break;
    finish(toy, s, queued[rng.below(queued.size())]);
  }
  const auto wrong = difference(s, toy);
  if (!wrong.empty()) ADD_FAILURE() << wrong;
}

/// The graph number `code`, two bits for each pair. False if an edge crosses into finally.
bool decode(unsigned code, Small& s) {
  for (int to = 1; to < s.count; ++to)
    for (int from = 0; from < to; ++from, code >>= 2) {
      s.edge[to][from].reset();
      if ((code & 3) == 0) continue;
      s.edge[to][from] = Condition((code & 3) - 1);
      if (s.is_finally(from) != s.is_finally(to)) return false;
    }
  return true;
}

/// Calls `play(toy, small)` for every outcome of every graph of `count` jobs.
template <class F>
void for_each_small(int count, const F& play) {
  const unsigned graphs = 1u << (count * (count - 1));
  for (int finally_count = 0; finally_count < count; ++finally_count)
    for (unsigned code = 0; code < graphs; ++code) {
      Small s{.count = count, .finally_count = finally_count};
      if (!decode(code, s)) continue;
      ToyRun toy(plan_of(s));
      toy.feed({Submitted{}}, noon);
      for (unsigned outcomes = 0; outcomes < 1u << count; ++outcomes) {
        for (int j = 0; j < count; ++j) s.succeeds[j] = (outcomes >> j) & 1;
        play(toy, s);
      }
    }
}

TEST(SmallDags, UpToThreeJobsAgreeWithTheRulesInEveryOrder) {
  int played = 0;
  for (int count = 1; count <= 3; ++count)
    for_each_small(count,
                   [&](const ToyRun& toy, const Small& s) { play_all_orders(toy, s, played); });
  EXPECT_GT(played, 800);
}

TEST(SmallDags, FourJobsAgreeWithTheRulesInSampledOrders) {
  base::Rng rng(4);
  for_each_small(4, [&](const ToyRun& toy, const Small& s) {
    if (rng.chance(0.15)) play_one_order(toy, s, rng);
  });
}

}  // namespace
}  // namespace core
