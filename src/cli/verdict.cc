#include <fmt/format.h>

#include "cli/frame.h"
#include "cli/text.h"
#include "model/names.h"

namespace cli {
namespace {

using model::JobState;

/// At most this many failed jobs are named.
constexpr std::size_t named_max = 3;

std::string elapsed(const Progress& progress, base::Time now) {
  return fmt::format("{:>8}", duration_text(now - progress.run().created));
}

/// `1 of 4 jobs failed (build: exit 1), 1 skipped`
std::string failed_text(const Progress& progress) {
  const auto failed = progress.failed();
  if (failed.empty()) return "";
  std::string names;
  for (std::size_t i = 0; i < failed.size() && i < named_max; ++i) {
    const auto& job = progress.jobs()[failed[i]];
    const auto how =
        !job.why.empty() ? job.why : std::string(job.class_ ? model::word(*job.class_) : "");
    names +=
        fmt::format("{}{}{}{}", i ? ", " : "", printable(job.name), how.empty() ? "" : ": ", how);
  }
  if (failed.size() > named_max) names += fmt::format(" and {} more", failed.size() - named_max);
  return fmt::format("{} of {} jobs failed ({})", failed.size(), progress.jobs().size(), names);
}

std::string counts_text(const Progress& progress) {
  const auto total = progress.jobs().size();
  std::string text = fmt::format("{} of {} job{} succeeded", progress.count(JobState::succeeded),
                                 total, total == 1 ? "" : "s");
  for (const auto state : {JobState::failed, JobState::skipped, JobState::canceled})
    if (const auto n = progress.count(state))
      text += fmt::format(", {} {}{}", n, model::word(state),
                          state == JobState::failed ? " (handled)" : "");
  return text;
}

}  // namespace

std::string render_change(const Progress& progress, std::size_t index, base::Time now) {
  const auto& job = progress.jobs()[index];
  auto line =
      fmt::format("{} {} {}", elapsed(progress, now), printable(job.name), model::word(job.state));
  if (job.attempt) line += fmt::format(" #{}", job.attempt);
  if (job.class_ && job.state != JobState::succeeded)
    line += fmt::format(" {}", model::word(*job.class_));
  if (job.handled) line += " (handled)";
  if (job.unreachable) line += " (unreachable)";
  return line + "\n";
}

std::string render_run_change(const Progress& progress, base::Time now) {
  return fmt::format("{} run {}\n", elapsed(progress, now), model::word(progress.run().state));
}

std::string render_verdict(const Progress& progress, base::Time now) {
  const auto& run = progress.run();
  const auto took = run.finished.value_or(now) - run.started.value_or(run.created);
  auto why = run.state == model::RunState::failed ? failed_text(progress) : "";
  if (why.empty()) why = counts_text(progress);
  if (!run.reason.empty()) why += "; " + printable(run.reason);
  return fmt::format("run {} {} in {}: {}\n", printable(run.id), model::word(run.state),
                     duration_text(took), why);
}

int exit_code_of(model::RunState state) {
  if (state == model::RunState::succeeded) return 0;
  return state == model::RunState::canceled ? 3 : 1;
}

}  // namespace cli
