#include "core/run_machine.h"

#include <algorithm>

#include "core/transitions.h"

namespace core {
namespace {

using model::JobState;
using model::RunState;
using model::StopCause;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

/// The chunk of `list` that starts at `from`.
template <class T>
std::span<const T> chunk_of(std::span<const T> list, std::uint32_t from,
                            const MachineLimits& limits) {
  if (from >= list.size()) return {};
  return list.subspan(from, std::min<std::size_t>(limits.chunk, list.size() - from));
}

std::span<const std::uint32_t> roots_of(const Plan& plan, bool finally) {
  return finally ? plan.finally_roots : plan.roots;
}

std::uint32_t sweep_end(const Plan& plan, std::uint32_t from, const MachineLimits& limits) {
  return std::min(plan.main_count, from + limits.chunk);
}

void submitted(Machine& m) {
  if (m.run().state != RunState::queued || m.run().due || m.run().in_finally) return;
  m.change_run().due = m.now + m.plan().timeout;
  m.work.push_back(Roots{0, false});
}

void roots(Machine& m, const Roots& f) {
  const auto list = roots_of(m.plan(), f.finally);
  for (auto job : chunk_of(list, f.from, m.limits)) m.release(m.job(job));
  if (f.from + m.limits.chunk < list.size())
    m.work.push_back(Roots{f.from + m.limits.chunk, f.finally});
}

/// An edge holds when the job at its other end ended as the edge wants.
bool holds(Condition on, JobState end) {
  if (on == Condition::always) return true;
  return end == (on == Condition::success ? JobState::succeeded : JobState::failed);
}

void resolve(Machine& m, const Resolve& f) {
  const auto end = m.job(f.job).state;
  const auto dependants = m.plan().dependants(f.job);
  for (const auto& edge : chunk_of(dependants, f.from, m.limits)) {
    auto& dependant = m.job(edge.job);
    if (dependant.state != JobState::waiting) continue;
    if (m.stopping(dependant)) {
      m.end(dependant, JobState::canceled);
    } else if (!holds(edge.on, end)) {
      m.end(dependant, JobState::skipped);
    } else {
      auto& row = m.change(dependant);
      if (row.unmet == 0) throw Broken("a dependency ended twice");
      if (--row.unmet == 0) m.release(row);
    }
  }
  if (f.from + m.limits.chunk < dependants.size())
    m.work.push_back(Resolve{f.job, f.from + m.limits.chunk});
}

void handle(Machine& m, const Handle& f) {
  const auto dependencies = m.plan().dependencies(f.job);
  for (const auto& edge : chunk_of(dependencies, f.from, m.limits)) {
    if (edge.on != Condition::failure) continue;
    auto& failed = m.job(edge.job);
    if (failed.state != JobState::failed || failed.handled) continue;
    m.change(failed).handled = true;
    if (m.run().unhandled == 0) throw Broken("more failures handled than there were");
    --m.change_run().unhandled;
    m.work.push_back(Handle{edge.job, 0});
  }
  if (f.from + m.limits.chunk < dependencies.size())
    m.work.push_back(Handle{f.job, f.from + m.limits.chunk});
}

void sweep(Machine& m, const Sweep& f) {
  const auto end = sweep_end(m.plan(), f.from, m.limits);
  for (auto i = f.from; i < end; ++i) {
    auto& job = m.job(i);
    if (is_live(job.state))
      m.stop(job, StopCause::cancel);
    else if (!is_final(job.state))
      m.end(job, JobState::canceled);
  }
  if (end < m.plan().main_count) m.work.push_back(Sweep{end});
}

void stop_run(Machine& m, StopCause cause) {
  if (is_final(m.run().state) || m.run().stop != StopCause::none) return;
  auto& run = m.change_run();
  run.stop = cause;
  run.state = RunState::stopping;
  run.due.reset();
  if (run.open > 0) m.work.push_back(Sweep{0});
}

void run_timer(Machine& m) {
  const auto& run = m.run();
  if (run.in_finally || !run.due || *run.due > m.now) return;
  stop_run(m, StopCause::run_timed_out);
}

/// Ends the run once every job has ended and nothing follows any more. True if more work appeared.
bool conclude(Machine& m) {
  if (is_final(m.run().state) || m.run().pending > 0 || m.run().open > 0) return false;
  if (!m.run().in_finally) {
    auto& run = m.change_run();
    run.in_finally = true;
    run.due.reset();
    if (run.open_finally > 0) {
      m.work.push_back(Roots{0, true});
      return true;
    }
  }
  if (m.run().open_finally > 0) return false;
  auto& run = m.change_run();
  const bool failed = run.stop == StopCause::run_timed_out || run.unhandled > 0;
  run.state = run.stop == StopCause::cancel ? RunState::canceled
              : failed                      ? RunState::failed
                                            : RunState::succeeded;
  run.finished = m.now;
  return false;
}

/// Applies the facts in the queue. Those from outside come first in it and are never left over;
/// what follows from them may be.
void work_through(Machine& m, const Loader& load) {
  auto& loaded = m.slice.jobs;
  std::vector<std::uint32_t> need;
  while (!m.work.empty() &&
         (loaded.size() + m.limits.chunk < m.limits.touched_max || !is_follow_up(m.work.front()))) {
    const auto fact = std::move(m.work.front());
    m.work.pop_front();
    need.clear();
    touched(m.plan(), fact, m.limits, need);
    std::erase_if(need, [&](auto job) { return loaded.contains(job); });
    if (!need.empty()) load(m.slice, need);
    apply(m.slice, fact, m.now, m.limits, m.out, m.work);
  }
}

/// Several facts may ask for one stop, and another may end what was to stop.
void tidy_stops(const Slice& slice, std::vector<std::uint32_t>& stops, std::size_t from) {
  const auto begin = stops.begin() + std::ptrdiff_t(from);
  std::sort(begin, stops.end());
  const auto over = [&](auto job) { return slice.jobs.at(job).job.state != JobState::stopping; };
  stops.erase(std::remove_if(begin, std::unique(begin, stops.end()), over), stops.end());
}

}  // namespace

void touched(const Plan& plan, const Fact& fact, const MachineLimits& limits,
             std::vector<std::uint32_t>& jobs) {
  std::visit(Overloaded{[&](const Roots& f) {
                          const auto list = chunk_of(roots_of(plan, f.finally), f.from, limits);
                          jobs.insert(jobs.end(), list.begin(), list.end());
                        },
                        [&](const Resolve& f) {
                          jobs.push_back(f.job);
                          const auto list = plan.dependants(f.job);
                          for (const auto& edge : chunk_of(list, f.from, limits))
                            jobs.push_back(edge.job);
                        },
                        [&](const Handle& f) {
                          const auto list = plan.dependencies(f.job);
                          for (const auto& edge : chunk_of(list, f.from, limits))
                            if (edge.on == Condition::failure) jobs.push_back(edge.job);
                        },
                        [&](const Sweep& f) {
                          for (auto i = f.from; i < sweep_end(plan, f.from, limits); ++i)
                            jobs.push_back(i);
                        },
                        [&](const auto& f) {
                          if constexpr (requires { f.job; })
                            if (f.job < plan.jobs.size()) jobs.push_back(f.job);
                        }},
             fact);
}

void apply(Slice& slice, const Fact& fact, base::Time now, const MachineLimits& limits,
           Effects& out, std::deque<Fact>& work) {
  Machine m{slice, now, limits, out, work};
  std::visit(
      Overloaded{[&](const Submitted&) { submitted(m); }, [&](const Roots& f) { roots(m, f); },
                 [&](const Resolve& f) { resolve(m, f); }, [&](const Handle& f) { handle(m, f); },
                 [&](const Sweep& f) { sweep(m, f); }, [&](const RunTimer&) { run_timer(m); },
                 [&](const Cancel&) { stop_run(m, StopCause::cancel); },
                 [&](const auto& f) {
                   if (f.job < m.plan().jobs.size()) on_job(m, m.job(f.job), f);
                 }},
      fact);
}

void settle(Slice& slice, std::deque<Fact> work, base::Time now, const MachineLimits& limits,
            const Loader& load, Effects& out) {
  Machine m{slice, now, limits, out, work};
  const auto stops = out.stop.size();
  do {
    work_through(m, load);
    m.out.rest.insert(m.out.rest.end(), work.begin(), work.end());
    if (!work.empty()) m.change_run().pending += std::uint32_t(work.size());
  } while (work.empty() && conclude(m));
  tidy_stops(slice, out.stop, stops);
}

}  // namespace core
