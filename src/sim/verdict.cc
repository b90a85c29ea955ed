#include "sim/verdict.h"

#include <fmt/format.h>

#include <map>

#include "model/names.h"

namespace sim {
namespace {

using model::JobState;
using model::RunState;
using model::StopCause;

struct Need {
  std::string job;
  std::string on;  // success, failure or always
};

struct Node {
  JobState state = JobState::waiting;
  std::vector<Need> needs;
};

using Nodes = std::map<std::string, Node>;

std::vector<Need> needs_of(const base::Object& job) {
  std::vector<Need> out;
  const auto* list = job.if_contains("dependsOn");
  if (!list) return out;
  for (const auto& one : list->as_array()) {
    const auto& o = one.as_object();
    Need need{std::string(o.at("job").as_string()), "success"};
    if (const auto* c = o.if_contains("conditions"))
      for (const auto& [word, on] : c->as_object())
        if (on.as_bool()) need.on = std::string(word);
    out.push_back(std::move(need));
  }
  return out;
}

bool holds(const Need& need, const Nodes& nodes) {
  const auto state = nodes.at(need.job).state;
  if (need.on == "always") return is_final(state);
  return state == (need.on == "success" ? JobState::succeeded : JobState::failed);
}

bool handled(const std::string& name, const Nodes& nodes) {
  for (const auto& [other, node] : nodes)
    for (const auto& need : node.needs)
      if (need.job == name && need.on == "failure" && !is_finally_name(other) &&
          (node.state == JobState::succeeded ||
           (node.state == JobState::failed && handled(other, nodes))))
        return true;
  return false;
}

Nodes nodes_of(const base::Value& pipeline, const ToldRun& run) {
  Nodes nodes;
  for (const auto* member : {"jobs", "finally"})
    if (const auto* jobs = pipeline.as_object().if_contains(member))
      for (const auto& [name, job] : jobs->as_object())
        nodes[std::string(name)].needs = needs_of(job.as_object());
  for (const auto& [index, job] : run.jobs) nodes[job.name].state = job.state;
  return nodes;
}

/// What is wrong with the end of one job.
std::string judge_job(const std::string& name, const Node& node, const Nodes& nodes, bool stopped) {
  bool all = true;
  for (const auto& need : node.needs) all = all && holds(need, nodes);
  const bool ran = node.state == JobState::succeeded || node.state == JobState::failed;
  if (ran && !all) return "ran, but not all of its edges held";
  if (node.state == JobState::skipped && all) return "skipped, but all of its edges held";
  if (node.state == JobState::canceled && (!stopped || is_finally_name(name)))
    return "canceled, and nobody asked for that";
  return {};
}

}  // namespace

std::vector<std::string> judge(const base::Value& pipeline, const ToldRun& run, StopCause stop) {
  std::vector<std::string> wrong;
  const auto nodes = nodes_of(pipeline, run);
  bool unhandled = false;
  for (const auto& [name, node] : nodes) {
    if (!is_final(node.state)) {
      wrong.push_back(fmt::format("{} is {} at the end", name, model::word(node.state)));
      continue;
    }
    const auto fault = judge_job(name, node, nodes, stop != StopCause::none);
    if (!fault.empty()) wrong.push_back(fmt::format("{}: {}", name, fault));
    if (node.state == JobState::failed && !handled(name, nodes)) unhandled = true;
  }
  const auto right = stop == StopCause::cancel                       ? RunState::canceled
                     : stop == StopCause::run_timed_out || unhandled ? RunState::failed
                                                                     : RunState::succeeded;
  if (run.state != right)
    wrong.push_back(
        fmt::format("the run is {}, and should be {}", model::word(run.state), model::word(right)));
  return wrong;
}

}  // namespace sim
