#include "sim/history.h"

#include <fmt/format.h>

#include "json/parse.h"
#include "model/names.h"

namespace sim {
namespace {

using model::JobState;

template <class E>
E read(const base::Object& from, std::string_view member) {
  E e{};
  if (!model::read_word(std::string_view(from.at(member).as_string()), e))
    throw std::logic_error("the feed holds an unknown word");
  return e;
}

std::string_view word_at(const base::Object& from, std::string_view member) {
  const auto* found = from.if_contains(member);
  return found ? std::string_view(found->as_string()) : std::string_view();
}

}  // namespace

void History::take(const store::FeedRow& row) {
  for (unsigned char c : row.body) digest_ = (digest_ ^ c) * 1099511628211u;
  digest_ ^= std::uint64_t(row.seq) * 31 + std::uint64_t(base::to_micros(row.at));
  last_ = row.seq;
  if (trace_.on()) trace_.say(fmt::format("feed {} {}", row.run, row.body));
  const auto id = *model::RunId::parse(row.run);
  const auto body = *json::parse(row.body);
  const auto& object = body.as_object();
  auto& run = runs_[id];
  const auto next = read<model::RunState>(object, "state");
  if (is_final(run.state)) complain_(id, "the history goes on after the run's end");
  if (next < run.state) complain_(id, fmt::format("the run goes back to {}", model::word(next)));
  // Of one row it is not told what came first: jobs that start in it may have started before.
  const bool stopped = run.state == model::RunState::stopping;
  for (const auto& job : object.at("jobs").as_array()) take_job(id, run, job.as_object(), stopped);
  for (const auto& [index, job] : run.jobs)
    if (is_final(next) && !is_final(job.state))
      complain_(id, "the run ended before its job " + job.name);
  run.state = next;
}

void History::take_job(model::RunId id, ToldRun& run, const base::Object& o, bool stopped) {
  const auto index = o.at("index").to_number<std::uint32_t>();
  auto& job = run.jobs[index];
  ToldJob next = job;
  next.name = std::string(word_at(o, "name"));
  next.state = read<JobState>(o, "state");
  next.attempt = o.at("attempt").to_number<std::uint32_t>();
  next.class_ = std::string(word_at(o, "class"));
  next.handled = o.contains("handled");
  next.unreachable = o.contains("unreachable");
  move(id, index, job, next, stopped);
  next.over = job.over;
  job = std::move(next);
}

void History::move(model::RunId id, std::uint32_t index, ToldJob& job, const ToldJob& next,
                   bool stopped) {
  const auto say = [&](std::string_view what) {
    complain_(id, fmt::format("{} ({}): {}; {}#{} then {}#{}", next.name, index, what,
                              model::word(job.state), job.attempt, model::word(next.state),
                              next.attempt));
  };
  if (is_final(job.state) && (next.state != job.state || next.attempt != job.attempt))
    say("a final job changes");
  if (next.attempt < job.attempt || next.attempt > job.attempt + 1) say("attempts are miscounted");
  const bool was_live = is_live(job.state), live = is_live(next.state);
  if (live && next.attempt <= job.over) say("the number of an attempt is used again");
  if (live && stopped && !was_live && !is_finally_name(next.name))
    say("given to a cluster after the run was asked to stop");
  const bool left = was_live && (!live || next.attempt != job.attempt);
  if (left && job.attempt > job.over) {
    job.over = job.attempt;
    ledger_.closed({id, index, job.attempt}, timeline_.now());
  }
  if (next.state != JobState::succeeded || job.state == JobState::succeeded) return;
  for (const auto* e : ledger_.of(id, index))
    if (e->key.attempt == next.attempt && e->outcome &&
        e->outcome->state == model::AttemptState::succeeded)
      return;
  say("a success that nobody had");
}

}  // namespace sim
