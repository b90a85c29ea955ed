#include "cli/progress.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "model/names.h"

namespace cli {
namespace {

using model::JobState;

/// Indexes come from the server; more jobs than this are not believed.
constexpr std::size_t jobs_max = 4'000'000;

bool same(const WatchedJob& job, JobState state, std::int64_t attempt, bool handled,
          bool unreachable) {
  return job.state == state && job.attempt == attempt && job.handled == handled &&
         job.unreachable == unreachable;
}

}  // namespace

void Progress::set_run(model::RunView run) { run_ = std::move(run); }

WatchedJob& Progress::at(std::size_t index) {
  if (index >= jobs_max) throw base::Failure("the server names a job that cannot be");
  if (index >= jobs_.size()) {
    counts_[std::size_t(JobState::waiting)] += std::int64_t(index + 1 - jobs_.size());
    jobs_.resize(index + 1);
  }
  return jobs_[index];
}

void Progress::set_state(WatchedJob& job, JobState state) {
  --counts_[std::size_t(job.state)];
  ++counts_[std::size_t(state)];
  job.state = state;
}

std::vector<std::size_t> Progress::set_jobs(const std::vector<model::JobView>& views) {
  std::vector<std::size_t> changed;
  for (const auto& view : views) {
    auto& job = at(std::size_t(view.index));
    if (job.name.empty() || !same(job, view.state, view.attempt, view.handled, view.unreachable))
      changed.push_back(std::size_t(view.index));
    job.name = view.name;
    if (view.state == JobState::running) job.began = view.since;
    if (model::is_final(view.state) && !job.ended) job.ended = view.since;
    job.since = view.since;
    job.attempt = view.attempt;
    job.class_ = view.class_;
    job.handled = view.handled;
    job.unreachable = view.unreachable;
    set_state(job, view.state);
  }
  return changed;
}

std::vector<std::size_t> Progress::apply(const model::RunChange& change, base::Time now) {
  std::vector<std::size_t> changed;
  if (!finished()) run_.state = change.state;
  if (run_.state != model::RunState::queued && !run_.started) run_.started = now;
  if (finished() && !run_.finished) run_.finished = now;
  if (run_.pipeline.empty()) run_.pipeline = change.pipeline;
  for (const auto& entry : change.jobs) {
    auto& job = at(std::size_t(entry.index));
    const bool late = entry.attempt < job.attempt || model::is_final(job.state);
    if (late && !(model::is_final(job.state) && entry.state == job.state)) continue;
    if (!job.name.empty() &&
        same(job, entry.state, entry.attempt, entry.handled, entry.unreachable))
      continue;
    job.name = entry.name;
    if (entry.attempt > job.attempt) job.began.reset();
    if (entry.state != job.state) {
      if (entry.state == JobState::running) job.began = now;
      if (model::is_final(entry.state)) job.ended = now;
      job.since = now;
    }
    job.attempt = entry.attempt;
    if (entry.class_) job.class_ = entry.class_;
    job.handled = entry.handled;
    job.unreachable = entry.unreachable;
    set_state(job, entry.state);
    changed.push_back(std::size_t(entry.index));
  }
  return changed;
}

void Progress::set_attempt(std::size_t index, const model::AttemptView& view) {
  auto& job = at(index);
  if (view.started) job.began = view.started;
  if (view.ended) job.ended = view.ended;
  if (view.state == model::AttemptState::failed) job.why = failure_text(view);
}

std::int64_t Progress::done() const {
  std::int64_t sum = 0;
  for (std::size_t s = 0; s < states; ++s)
    if (model::is_final(JobState(s))) sum += counts_[s];
  return sum;
}

std::vector<std::size_t> Progress::failed() const {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < jobs_.size(); ++i)
    if (jobs_[i].state == JobState::failed && !jobs_[i].handled) all.push_back(i);
  return all;
}

std::string failure_text(const model::AttemptView& view) {
  if (view.class_ == model::Class::exit && view.signal)
    return fmt::format("signal {}", *view.signal);
  if (view.class_ == model::Class::exit && view.exit_code)
    return fmt::format("exit {}", *view.exit_code);
  std::string word(view.class_ ? model::word(*view.class_) : "failed");
  if (view.message.empty()) return word;
  return fmt::format("{}: {}", word, cut(printable(view.message), 80));
}

}  // namespace cli
