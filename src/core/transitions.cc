#include "core/transitions.h"

#include <algorithm>

#include "base/backoff.h"
#include "core/work.h"

namespace core {

using model::AttemptState;
using model::Class;
using model::JobState;
using model::RunState;
using model::StopCause;

namespace {

/// Uniform in [0, 1), the same for the same attempt: jitter without a generator.
double spread(const model::Run& run, const model::Job& job) {
  std::uint64_t h = 1469598103934665603u;
  for (unsigned char c : run.id.text()) h = (h ^ c) * 1099511628211u;
  base::Rng rng(h ^ (std::uint64_t(job.index) << 32) ^ job.attempt);
  return rng.unit();
}

/// Classes that another try cannot mend are tried again only where `on` names them.
bool retries(const model::Retry& retry, Class c) {
  if (retry.on.empty()) return c != Class::config && c != Class::queue_timeout;
  return std::ranges::find(retry.on, c) != retry.on.end();
}

/// An end that the infrastructure caused does not count, as long as that does not happen too often.
bool is_free(Machine& m, model::Job& job, Class c) {
  const bool infra = c == Class::evicted || c == Class::node_lost || c == Class::preempted;
  if (infra && job.infra < m.limits.infra_free) {
    ++job.infra;
    return true;
  }
  if (c == Class::deleted && job.deleted < m.limits.deleted_free) {
    ++job.deleted;
    return true;
  }
  return false;
}

Class class_of(StopCause cause) {
  if (cause == StopCause::queue_timeout) return Class::queue_timeout;
  return cause == StopCause::start_timeout ? Class::start_timeout : Class::run_timeout;
}

/// When the present state of a live attempt ends by itself, now that it is seen again.
base::Time due_when_seen(const Machine& m, const model::Job& job) {
  const auto& plan = m.plan().jobs[job.index];
  if (job.state == JobState::starting && !job.created) return m.now + plan.queue_timeout;
  if (!job.give_up) return *job.due;
  if (job.state == JobState::starting) return m.now + plan.start_timeout;
  return job.state == JobState::running ? *job.hard : *job.due;
}

/// Whether and until when somebody could see its attempt says nothing of what comes after that.
void forget_sight(model::Job& job) {
  job.unreachable = false;
  job.hard.reset();
  job.give_up.reset();
}

bool is_current(const model::Job& job, std::uint32_t attempt) {
  return job.attempt == attempt && is_live(job.state);
}

/// What the end of an attempt means: the same process exit is a failure, a timeout or a cancel,
/// depending on who asked for it. A success stays one.
model::Outcome judged(const model::Job& job, model::Outcome outcome) {
  if (outcome.state == AttemptState::succeeded) return outcome;
  const bool canceled = job.stop == StopCause::cancel;
  // A cluster only sees that somebody deleted it; that was us.
  if (canceled && outcome.class_ == Class::deleted) {
    outcome.state = AttemptState::canceled;
    outcome.class_.reset();
  }
  if (outcome.state == AttemptState::canceled && canceled) return outcome;
  if (job.stop != StopCause::none && !canceled) {
    outcome.class_ = class_of(job.stop);
  } else if (outcome.state == AttemptState::canceled) {
    outcome.class_ = Class::deleted;  // it was stopped, and not by us
  }
  outcome.state = AttemptState::failed;
  if (!outcome.class_) outcome.class_ = Class::lost;
  return outcome;
}

}  // namespace

model::Run& Machine::change_run() {
  slice.run_changed = true;
  return slice.run;
}

model::Job& Machine::job(std::uint32_t index) {
  const auto at = slice.jobs.find(index);
  if (at == slice.jobs.end()) throw Broken("a job's row is missing");
  return at->second.job;
}

model::Job& Machine::change(model::Job& job) {
  slice.jobs.at(job.index).changed = true;
  return job;
}

bool Machine::stopping(const model::Job& job) const {
  return run().stop != StopCause::none && !plan().is_finally(job.index);
}

void Machine::release(model::Job& job) {
  if (job.state != JobState::waiting && job.state != JobState::backing_off) return;
  if (stopping(job)) return end(job, JobState::canceled);
  change(job);
  job.state = JobState::queued;
  ++job.attempt;
  job.created = false;
  job.stop = StopCause::none;
  forget_sight(job);
  job.since = now;
  job.due = now + plan().jobs[job.index].queue_timeout;
  out.launch.push_back(job.index);
}

void Machine::end(model::Job& job, JobState state) {
  if (is_final(job.state)) throw Broken("a final job ended again");
  change(job);
  job.state = state;
  job.since = now;
  job.due.reset();
  forget_sight(job);
  const bool finally = plan().is_finally(job.index);
  auto& open = finally ? change_run().open_finally : change_run().open;
  if (open == 0) throw Broken("more jobs ended than there were");
  --open;
  if (state == JobState::failed) ++change_run().unhandled;
  // A stopping run sweeps all its jobs; nobody needs to be told one by one.
  if (!stopping(job) && !plan().dependants(job.index).empty())
    work.push_back(Resolve{job.index, 0});
  if (state == JobState::succeeded && !finally && !plan().dependencies(job.index).empty())
    work.push_back(Handle{job.index, 0});
}

void Machine::stop(model::Job& job, StopCause cause) {
  if (!is_live(job.state)) return;
  change(job);
  if (job.state != JobState::stopping) {
    job.state = JobState::stopping;
    job.stop = cause;
    job.since = now;
    attempt(job, AttemptState::stopping);
  } else if (cause == StopCause::cancel) {
    job.stop = cause;  // a cancel outranks a timeout that is already being carried out
  }
  job.due = now + limits.grace + limits.margin;
  out.stop.push_back(job.index);
}

void Machine::failed(model::Job& job, Class c) {
  change(job);
  job.class_ = c;
  if (stopping(job)) return end(job, JobState::canceled);
  const auto& retry = plan().jobs[job.index].spec->retry;
  const bool free = is_free(*this, job, c);
  if (!free) ++job.burned;
  if (!free && (job.burned >= retry.attempts || !retries(retry, c)))
    return end(job, JobState::failed);
  back_off(job);
}

void Machine::given_up(model::Job& job, const model::OnUnreachable& policy) {
  change(job);
  job.class_ = Class::lost;
  if (job.stop == StopCause::cancel || stopping(job)) return end(job, JobState::canceled);
  // Its pipeline asked for another one; but not for ever.
  if (policy.then == model::Then::fail || job.infra >= limits.infra_free)
    return end(job, JobState::failed);
  ++job.infra;
  back_off(job);
}

void Machine::back_off(model::Job& job) {
  const auto& retry = plan().jobs[job.index].spec->retry;
  const base::Backoff backoff{retry.backoff.initial, retry.backoff.max, retry.backoff.factor,
                              retry.backoff.jitter};
  const auto tries = job.burned + job.infra + job.deleted;
  job.state = JobState::backing_off;
  job.since = now;
  forget_sight(job);
  job.due = now + backoff.wait(tries - 1, spread(run(), job));
}

void Machine::attempt(const model::Job& job, AttemptState state,
                      std::optional<model::Outcome> outcome) {
  out.attempts.push_back({job.index, job.attempt, state, std::move(outcome)});
}

void on_job(Machine& m, model::Job& job, const Assigned& f) {
  if (job.state != JobState::queued || job.attempt != f.attempt || m.stopping(job)) return;
  m.change(job);
  job.state = JobState::starting;  // still under its queue timeout until it exists
  job.since = m.now;
  m.attempt(job, AttemptState::assigned);
  if (m.run().state != RunState::queued) return;
  m.change_run().state = RunState::running;
  m.change_run().started = m.now;
}

void on_job(Machine& m, model::Job& job, const Created& f) {
  if (!is_current(job, f.attempt) || job.created) return;
  m.change(job).created = true;
  if (job.state != JobState::starting) return;
  job.due = m.now + m.plan().jobs[job.index].start_timeout;
  m.attempt(job, AttemptState::starting);
}

void on_job(Machine& m, model::Job& job, const Started& f) {
  if (!is_current(job, f.attempt) || job.state == JobState::running) return;
  const bool starting = job.state == JobState::starting;
  if (!starting && job.created && job.hard) return;
  m.change(job).created = true;
  // The executor ends it at its run timeout; the server's own timer is only a second net.
  job.hard = m.now + m.plan().jobs[job.index].run_timeout + m.limits.grace + m.limits.margin;
  if (!starting) return;
  job.state = JobState::running;
  job.since = m.now;
  job.due = job.hard;
  m.attempt(job, AttemptState::running);
}

void on_job(Machine& m, model::Job& job, const Ended& f) {
  if (!is_current(job, f.attempt)) {
    if (f.attempt >= 1 && f.attempt <= job.attempt)
      m.out.late.push_back({f.job, f.attempt, f.outcome});
    return;
  }
  const auto outcome = judged(job, f.outcome);
  m.attempt(job, outcome.state, outcome);
  if (job.stop == StopCause::cancel || m.stopping(job)) return m.end(job, JobState::canceled);
  if (outcome.state == AttemptState::succeeded) return m.end(job, JobState::succeeded);
  m.failed(job, *outcome.class_);
}

void on_job(Machine& m, model::Job& job, const NeverStarted& f) {
  if (!is_current(job, f.attempt)) return;
  model::Outcome outcome{.state = AttemptState::canceled, .message = "it never started"};
  if (job.created) outcome.message = "it is not there any more";
  if (job.created || job.stop != StopCause::none)
    return on_job(m, job, Ended{f.job, f.attempt, std::move(outcome)});
  // Nobody asked for that: the same job queues again, under a new number.
  m.attempt(job, AttemptState::canceled, std::move(outcome));
  job.state = JobState::backing_off;
  m.release(job);
}

void on_job(Machine& m, model::Job& job, const Unreachable& f) {
  if (!is_current(job, f.attempt) || job.unreachable == f.on) return;
  m.change(job).unreachable = f.on;
  const auto& plan = m.plan().jobs[job.index];
  if (!f.on) {
    job.due = due_when_seen(m, job);
    job.give_up.reset();
    if (job.state == JobState::starting) job.hard.reset();
    return;
  }
  if (!job.hard)
    job.hard = m.now + plan.start_timeout + plan.run_timeout + m.limits.grace + m.limits.margin;
  if (const auto* policy = on_unreachable_of(m.plan().spec, *plan.spec))
    job.give_up = m.now + policy->after;
  // A queue timeout may be days away: nobody is to wait longer than it can live.
  if (job.state == JobState::starting && !job.created) job.due = std::min(*job.due, *job.hard);
  if (job.give_up) job.due = std::min(*job.due, *job.give_up);
}

/// Ends what nobody can see, if it is time. True if it was.
bool give_up_unseen(Machine& m, model::Job& job) {
  if (!job.unreachable) return false;
  model::Outcome outcome{.state = AttemptState::failed, .class_ = Class::lost};
  if (job.hard && *job.hard <= m.now) {
    outcome.message = "nobody could see it any more, and its last deadline has passed";
    on_job(m, job, Ended{job.index, job.attempt, std::move(outcome)});
    return true;
  }
  if (!job.give_up || *job.give_up > m.now) return false;
  const auto* policy = on_unreachable_of(m.plan().spec, *m.plan().jobs[job.index].spec);
  if (!policy) return false;
  outcome.message = "nobody could see it for " + base::format_duration(policy->after) +
                    ", and its onUnreachable gives it up then";
  m.attempt(job, AttemptState::failed, std::move(outcome));
  m.given_up(job, *policy);
  return true;
}

void on_job(Machine& m, model::Job& job, const Timer&) {
  if (!job.due || *job.due > m.now) return;
  if (job.state == JobState::backing_off) return m.release(job);
  if (job.state == JobState::queued) return m.failed(job, Class::queue_timeout);
  if (!is_live(job.state)) throw Broken("a job that cannot time out has a time");
  if (give_up_unseen(m, job)) return;
  const auto cause = job.state == JobState::running ? StopCause::run_timeout
                     : job.created                  ? StopCause::start_timeout
                                                    : StopCause::queue_timeout;
  m.stop(job, cause);
  if (!job.unreachable) return;
  if (job.hard) job.due = std::max(*job.due, *job.hard);
  if (job.give_up) job.due = std::min(*job.due, *job.give_up);
}

}  // namespace core
