#include "cli/feed.h"

namespace cli {
namespace {

/// Attempts are asked for at the end of a run: of this many failed jobs, and of all jobs of a run
/// that has no more than so many.
constexpr std::size_t failed_asked_max = 3;
constexpr std::size_t jobs_asked_max = 20;

}  // namespace

RunFeed::RunFeed(Api& api, std::string run, loop::Bell& changed)
    : api_(api), run_(std::move(run)), changed_(changed) {}

loop::Task<base::Result<void>> RunFeed::follow() {
  Events events(api_, run_);
  events.on_fresh = [this] { return take_snapshot(); };
  events.on_change = [this](const model::RunChange& change) {
    tell(progress_.apply(change, api_.clock().now()));
  };
  events.on_trouble = [this](std::string why) {
    trouble_ = std::move(why);
    changed_.ring();
  };
  const auto followed = co_await events.follow([this] { return progress_.finished(); });
  if (!followed) co_return followed.error();
  const auto refreshed = co_await refresh_run();
  if (!refreshed) co_return refreshed.error();
  co_await ask_details();
  tell({});
  co_return base::Result<void>();
}

loop::Task<base::Result<void>> RunFeed::take_snapshot() {
  const auto refreshed = co_await refresh_run();
  if (!refreshed) co_return refreshed.error();
  const auto jobs = co_await api_.list_as<model::JobView>(path_of({"runs", run_, "jobs"}), {}, 0);
  if (!jobs) co_return jobs.error();
  const auto changed = progress_.set_jobs(*jobs);
  ready_ = true;
  tell(changed);
  co_return base::Result<void>();
}

loop::Task<base::Result<void>> RunFeed::refresh_run() {
  auto run = co_await api_.get_as<model::RunView>(path_of({"runs", run_}));
  if (!run) co_return run.error();
  progress_.set_run(std::move(*run));
  co_return base::Result<void>();
}

loop::Task<> RunFeed::ask_details() {
  auto wanted = progress_.failed();
  wanted.resize(std::min(wanted.size(), failed_asked_max));
  const auto& jobs = progress_.jobs();
  if (jobs.size() <= jobs_asked_max) {
    wanted.clear();
    for (std::size_t i = 0; i < jobs.size(); ++i) wanted.push_back(i);
  }
  for (const auto i : wanted) {
    if (jobs[i].attempt == 0) continue;
    try {
      auto items = co_await api_.items(path_of({"runs", run_, "jobs", jobs[i].name, "attempts"}));
      if (!items) co_return;
      const auto attempts =
          read_answer<std::vector<model::AttemptView>>(base::Value(std::move(*items)));
      if (!attempts) co_return;
      for (const auto& attempt : *attempts)
        if (attempt.attempt == jobs[i].attempt) progress_.set_attempt(i, attempt);
    } catch (const base::Failure&) {
      co_return;  // the verdict is known; it is only less telling
    }
  }
}

void RunFeed::tell(const std::vector<std::size_t>& jobs) {
  if (on_change && ready_) on_change(jobs);
  changed_.ring();
}

}  // namespace cli
