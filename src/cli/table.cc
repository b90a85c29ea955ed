#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/progress.h"
#include "cli/text.h"
#include "model/names.h"

namespace cli {
namespace {

std::string when(base::Time t, const TableStyle& style) {
  return style.ages ? age_text(style.now - t) : base::format_time(t).substr(0, 19) + "Z";
}

std::string labels_text(const model::LabelMap& labels) {
  std::string text;
  for (const auto& [key, value] : labels)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value);
  return text;
}

std::string trouble_of(const model::ClusterView& cluster) {
  if (cluster.prune_held == 0) return cluster.trouble;
  return fmt::format(
      "{}{}{} objects are unknown to the server; `fairlead agent confirm-prune {}` "
      "lets them go",
      cluster.trouble, cluster.trouble.empty() ? "" : "; ", cluster.prune_held, cluster.agent);
}

/// `2/4`, and `2/4, 1 failed` when some did.
std::string jobs_text(const model::RunView& run) {
  std::int64_t done = 0;
  for (const auto& [state, n] : run.jobs) {
    model::JobState s{};
    if (model::read_word(state, s) && model::is_final(s)) done += n;
  }
  const auto failed = run.jobs.find("failed");
  auto text = fmt::format("{}/{}", done, run.jobs_total);
  if (failed != run.jobs.end() && failed->second)
    text += fmt::format(", {} failed", failed->second);
  return text;
}

std::string took(const std::optional<base::Time>& from, const std::optional<base::Time>& to,
                 const TableStyle& style) {
  if (!from || (!to && !style.ages)) return "";
  return duration_text(to.value_or(style.now) - *from);
}

std::string depends_text(const std::vector<model::Dependency>& dependencies) {
  std::string text;
  for (const auto& each : dependencies)
    text += fmt::format("{}{}{}", text.empty() ? "" : ",", each.job,
                        each.conditions.failure  ? ":failure"
                        : each.conditions.always ? ":always"
                                                 : "");
  return text;
}

std::string remark(const model::JobView& job) {
  std::string text;
  const auto add = [&](std::string_view word) {
    text.append(text.empty() ? "" : ", ").append(word);
  };
  if (job.class_ && job.state != model::JobState::succeeded) add(model::word(*job.class_));
  if (job.handled) add("handled");
  if (job.unreachable) add("unreachable");
  if (job.finally) add("finally");
  return text;
}

}  // namespace

Table::Table(std::vector<std::string> head) { rows_.push_back(std::move(head)); }

void Table::add(std::vector<std::string> row) {
  for (auto& cell : row) cell = cell.empty() ? "-" : printable(cell);
  rows_.push_back(std::move(row));
}

std::string Table::str() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += i + 1 == row.size() ? row[i] : pad(row[i], widths[i] + 2);
    text += '\n';
  }
  return text;
}

std::string runs_table(const std::vector<model::RunView>& runs, const TableStyle& style) {
  std::vector<std::string> head = {"RUN", "PIPELINE", "STATE", "JOBS", "TOOK", "AGE"};
  if (style.wide) head.insert(head.end(), {"VERSION", "ORIGIN", "LABELS", "REASON"});
  Table table(std::move(head));
  for (const auto& run : runs) {
    std::vector<std::string> row = {run.id,
                                    pipeline_text(run.pipeline),
                                    std::string(model::word(run.state)),
                                    jobs_text(run),
                                    took(run.started, run.finished, style),
                                    when(run.created, style)};
    if (style.wide)
      row.insert(row.end(), {run.version ? fmt::format("{}", *run.version) : "", run.origin,
                             labels_text(run.labels), run.reason});
    table.add(std::move(row));
  }
  return table.str();
}

std::string jobs_table(const std::vector<model::JobView>& jobs, const TableStyle& style) {
  std::vector<std::string> head = {"JOB", "STATE", "ATTEMPT", "SINCE", "REMARK"};
  if (style.wide) head.insert(head.end(), {"IMAGE", "DEPENDS-ON", "DUE"});
  Table table(std::move(head));
  for (const auto& job : jobs) {
    std::vector<std::string> row = {job.name, std::string(model::word(job.state)),
                                    job.attempt ? fmt::format("{}", job.attempt) : "",
                                    when(job.since, style), remark(job)};
    if (style.wide)
      row.insert(row.end(),
                 {job.image, depends_text(job.depends_on),
                  job.due ? fmt::format("in {}", duration_text(*job.due - style.now)) : ""});
    table.add(std::move(row));
  }
  return table.str();
}

std::string pipelines_table(const std::vector<model::PipelineView>& pipelines,
                            const TableStyle& style) {
  std::vector<std::string> head = {"PIPELINE", "VERSION", "JOBS", "AGE"};
  if (style.wide) head.emplace_back("LABELS");
  Table table(std::move(head));
  for (const auto& each : pipelines) {
    std::vector<std::string> row = {each.name, fmt::format("{}", each.version),
                                    fmt::format("{}", each.jobs), when(each.created, style)};
    if (style.wide) row.push_back(labels_text(each.labels));
    table.add(std::move(row));
  }
  return table.str();
}

std::string clusters_table(const std::vector<model::ClusterView>& clusters,
                           const TableStyle& style) {
  std::vector<std::string> head = {"CLUSTER", "STATE", "EXECUTOR", "LIVE", "CAPACITY"};
  if (style.wide)
    head.insert(head.end(), {"AGENT", "VERSION", "KUBERNETES", "NAMESPACE", "EPOCH", "LEASE",
                             "LABELS", "TROUBLE"});
  Table table(std::move(head));
  for (const auto& each : clusters) {
    std::vector<std::string> row = {each.name, each.state, each.executor,
                                    fmt::format("{}", each.live), fmt::format("{}", each.capacity)};
    if (style.wide)
      row.insert(row.end(), {each.agent, each.version, each.kubernetes, each.namespace_,
                             fmt::format("{}", each.epoch),
                             each.lease ? base::format_time(*each.lease).substr(0, 19) + "Z" : "",
                             labels_text(each.labels), trouble_of(each)});
    table.add(std::move(row));
  }
  return table.str();
}

std::string agents_table(const std::vector<model::AgentView>& agents, const TableStyle& style) {
  std::vector<std::string> head = {"AGENT", "CLUSTER", "STATE", "AGE"};
  if (style.wide) head.emplace_back("ID");
  Table table(std::move(head));
  for (const auto& each : agents) {
    std::vector<std::string> row = {each.name, each.cluster, each.revoked ? "revoked" : "valid",
                                    when(each.created, style)};
    if (style.wide) row.push_back(each.id);
    table.add(std::move(row));
  }
  return table.str();
}

std::string attempts_table(const std::vector<model::AttemptView>& attempts,
                           const TableStyle& style) {
  std::vector<std::string> head = {"ATTEMPT", "STATE", "CLUSTER", "TOOK", "AGE", "LOG", "HOW"};
  if (style.wide) head.insert(head.end(), {"NAME", "UID", "LATE"});
  Table table(std::move(head));
  for (const auto& each : attempts) {
    const bool failed = each.state == model::AttemptState::failed;
    std::vector<std::string> row = {fmt::format("{}", each.attempt),
                                    std::string(model::word(each.state)),
                                    each.cluster,
                                    took(each.started, each.ended, style),
                                    when(each.assigned, style),
                                    bytes_text(each.log_bytes),
                                    failed ? failure_text(each) : each.message};
    if (style.wide) row.insert(row.end(), {each.name, each.uid, each.late});
    table.add(std::move(row));
  }
  return table.str();
}

}  // namespace cli
