#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/pointer.h"
#include "core/check.h"
#include "core/plan.h"

namespace core {
namespace {

using base::pointer_join;
using Names = std::unordered_map<std::string_view, std::uint32_t>;

/// One edge while the plan is made: `to` depends on `from`.
struct Pair {
  std::uint32_t from, to;
  Condition on;
};

/// Reads the condition of an edge; more than one is a fault.
Condition condition(const model::Conditions& given, const std::string& at, Checker& c) {
  if (int(given.success) + int(given.failure) + int(given.always) > 1)
    c.fault(at + "/conditions", "choose one of success, failure and always");
  if (given.always) return Condition::always;
  return given.failure ? Condition::failure : Condition::success;
}

std::string section(const Plan& plan, std::uint32_t job) {
  return pointer_join(plan.is_finally(job) ? "/finally" : "/jobs", plan.jobs[job].name);
}

Names fill_jobs(Plan& plan, const PipelineLimits& limits, Checker& c) {
  Names names;
  plan.main_count = std::uint32_t(plan.spec.jobs.size());
  for (const auto* jobs : {&plan.spec.jobs, &plan.spec.finally}) {
    for (const auto& [name, spec] : *jobs) {
      const auto index = std::uint32_t(plan.jobs.size());
      plan.jobs.push_back({.name = name,
                           .spec = &spec,
                           .queue_timeout = spec.timeouts.queue.value_or(limits.queue_default),
                           .start_timeout = spec.timeouts.start.value_or(limits.start_default),
                           .run_timeout = spec.timeouts.run.value_or(limits.run_default)});
      if (!names.emplace(name, index).second)
        c.fault(section(plan, index), fmt::format("there are two jobs named '{}'", name));
    }
  }
  return names;
}

/// The edges of one job, in the order written. `reader[j]` is the last job that named j, plus one.
void read_edges(const Plan& plan, const Names& names, std::uint32_t to, std::vector<Pair>& pairs,
                std::vector<std::uint32_t>& reader, Checker& c) {
  const auto& wanted = plan.jobs[to].spec->depends_on;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto at = fmt::format("{}/dependsOn/{}", section(plan, to), i);
    const auto on = condition(wanted[i].conditions, at, c);
    const auto found = names.find(wanted[i].job);
    if (found == names.end()) {
      c.fault(at + "/job", fmt::format("there is no job '{}' in this pipeline", wanted[i].job));
      continue;
    }
    if (plan.is_finally(found->second) != plan.is_finally(to)) {
      c.fault(at + "/job",
              plan.is_finally(to)
                  ? "a finally job starts when all other jobs have ended; it depends on "
                    "finally jobs only"
                  : "finally jobs run last; nothing else depends on them");
      continue;
    }
    if (std::exchange(reader[found->second], to + 1) == to + 1)
      c.fault(at + "/job", fmt::format("it already depends on '{}'", wanted[i].job));
    pairs.push_back({found->second, to, on});
  }
}

/// Lays the edges out by job, both ways (counting sort, so the order written is kept).
void lay_out(Plan& plan, const std::vector<Pair>& pairs) {
  for (const auto& p : pairs) ++plan.jobs[p.to].in_end, ++plan.jobs[p.from].out_end;
  std::uint32_t in = 0, out = 0;
  for (auto& job : plan.jobs) {
    job.in_begin = in;
    job.out_begin = out;
    in += std::exchange(job.in_end, in);
    out += std::exchange(job.out_end, out);
  }
  plan.in.resize(pairs.size());
  plan.out.resize(pairs.size());
  for (const auto& p : pairs) {
    plan.in[plan.jobs[p.to].in_end++] = {p.from, p.on};
    plan.out[plan.jobs[p.from].out_end++] = {p.to, p.on};
  }
}

/// Names one cycle among the jobs that could not be ordered: every one of them has an unordered
/// dependency, so walking dependencies must come back.
void fault_cycle(const Plan& plan, const std::vector<std::uint32_t>& unmet, Checker& c) {
  auto at =
      std::uint32_t(std::ranges::find_if(unmet, [](auto n) { return n > 0; }) - unmet.begin());
  std::vector<std::uint32_t> path;
  std::vector<bool> seen(plan.jobs.size());
  while (!seen[at]) {
    seen[at] = true;
    path.push_back(at);
    at = std::ranges::find_if(plan.dependencies(at), [&](const Edge& e) {
           return unmet[e.job] > 0;
         })->job;
  }
  path.erase(path.begin(), std::ranges::find(path, at));
  std::string names;
  const auto shown = std::min<std::size_t>(path.size(), 20);
  for (std::size_t i = 0; i < shown; ++i) names += plan.jobs[path[i]].name + " → ";
  if (shown < path.size()) names += "… → ";
  c.fault(
      section(plan, at) + "/dependsOn",
      fmt::format("a cycle, in which each waits for the next: {}{}", names, plan.jobs[at].name));
}

/// Kahn's ordering; what is left over lies on or behind a cycle.
void check_order(const Plan& plan, Checker& c) {
  std::vector<std::uint32_t> unmet(plan.jobs.size()), ready;
  for (std::uint32_t j = 0; j < plan.jobs.size(); ++j) {
    unmet[j] = std::uint32_t(plan.dependencies(j).size());
    if (unmet[j] == 0) ready.push_back(j);
  }
  std::size_t ordered = 0;
  while (!ready.empty()) {
    const auto j = ready.back();
    ready.pop_back();
    ++ordered;
    for (const auto& e : plan.dependants(j))
      if (--unmet[e.job] == 0) ready.push_back(e.job);
  }
  if (ordered < plan.jobs.size()) fault_cycle(plan, unmet, c);
}

}  // namespace

base::Result<std::shared_ptr<const Plan>> compile(model::PipelineSpec spec,
                                                  const PipelineLimits& limits) {
  Checker c;
  const auto plan = std::make_shared<Plan>();
  plan->spec = std::move(spec);
  plan->timeout = plan->spec.timeout.value_or(limits.timeout_default);
  const auto count = plan->spec.jobs.size() + plan->spec.finally.size();
  if (count > limits.jobs_max) {
    c.fault("/jobs",
            fmt::format("there are {} jobs; at most {} are allowed", count, limits.jobs_max));
    return c.refusal();
  }
  check_spec(plan->spec, limits, c);
  const auto names = fill_jobs(*plan, limits, c);
  std::vector<Pair> pairs;
  std::vector<std::uint32_t> reader(plan->jobs.size());
  for (std::uint32_t j = 0; j < plan->jobs.size() && pairs.size() <= limits.edges_max; ++j)
    read_edges(*plan, names, j, pairs, reader, c);
  if (pairs.size() > limits.edges_max)
    c.fault("/jobs", fmt::format("there are more than {} dependencies", limits.edges_max));
  lay_out(*plan, pairs);
  check_order(*plan, c);
  if (!c.clean()) return c.refusal();
  for (std::uint32_t j = 0; j < plan->jobs.size(); ++j)
    if (plan->dependencies(j).empty())
      (plan->is_finally(j) ? plan->finally_roots : plan->roots).push_back(j);
  return std::shared_ptr<const Plan>(plan);
}

}  // namespace core
