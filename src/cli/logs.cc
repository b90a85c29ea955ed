#include "cli/logs.h"

#include <fmt/format.h>

#include <map>

#include "base/backoff.h"
#include "base/rng.h"
#include "cli/feed.h"
#include "cli/log_feed.h"
#include "cli/log_lines.h"
#include "cli/resolve.h"
#include "cli/text.h"
#include "loop/group.h"

namespace cli {
namespace {

/// Streams that are open at once when the logs of all jobs are followed.
constexpr std::size_t streams_max = 32;
/// A stream on which nothing comes for so long, not even a comment, is taken for dead.
constexpr base::Micros silence_max = std::chrono::seconds(60);
/// The last output of an attempt is stored a moment after its end; this long it is waited for.
constexpr base::Micros tail_time = std::chrono::seconds(5);
constexpr base::Backoff again = {.initial = std::chrono::milliseconds(250),
                                 .max = std::chrono::seconds(5)};

/// Whether a stream's note says that something is not there. What a cap left out is told where it
/// was.
bool is_missing(std::string_view note) {
  return note.find("lost: ") != note.npos || note.starts_with("not kept");
}

/// Prints the log of one attempt as it comes.
struct LogPrinter {
  LogPrinter(Client& c, const LogsOptions& options, const std::string& name, std::string target)
      : client(c),
        job(printable(name)),
        lines(options.job.empty() ? job + " | " : "", !options.tail, options.container.empty()),
        feed(c.api, std::move(target)) {
    feed.on_piece = [this](const LogPiece& piece) { client.terminal.out(lines.take(piece)); };
    feed.on_streams = [this](const auto& names) { client.terminal.out(lines.know(names)); };
  }
  LogPrinter(const LogPrinter&) = delete;
  /// Prints what is left, and says what is missing.
  void finish() {
    client.terminal.out(lines.finish());
    for (const auto& stream : feed.streams())
      if (stream.note && is_missing(*stream.note))
        client.terminal.err(fmt::format("not all of the log of {}{}{} is here: {}\n", job,
                                        stream.name.empty() ? "" : ", ", printable(stream.name),
                                        printable(*stream.note)));
  }

  Client& client;
  const std::string job;
  LogLines lines;
  LogFeed feed;
};

/// Prints logs of one run.
class LogReader {
 public:
  LogReader(Client& client, LogsOptions options, std::string run)
      : client_(client),
        options_(std::move(options)),
        run_(std::move(run)),
        feed_(client.api, run_, client.bell),
        rng_(base::Rng::from_entropy()) {}

  /// What there is now, job after job.
  loop::Task<int> print_all();
  loop::Task<int> follow_all();
  loop::Task<int> print_attempt();

 private:
  using Done = base::Result<void>;
  loop::Task<Done> print(std::string job, std::int64_t attempt, bool follow);
  loop::Task<Done> print_ended(std::string job, std::int64_t attempt);
  std::string target_of(const std::string& job, std::int64_t attempt, bool follow) const;
  loop::Task<> follow_run();
  loop::Task<> follow_attempt(std::size_t index, std::int64_t attempt);
  loop::Task<> supervise(loop::Group&);
  bool start_some(loop::Group&);
  base::Mono tails_until();
  bool wanted(const WatchedJob& job) const {
    const bool begun = job.state != model::JobState::waiting &&
                       job.state != model::JobState::queued && job.attempt > 0;
    return begun && (options_.job.empty() || job.name == options_.job);
  }
  bool over() const;
  void fail(const base::Error& error) {
    if (code_ == 0) code_ = client_.fail(error);
  }

  Client& client_;
  LogsOptions options_;
  std::string run_;
  RunFeed feed_;
  base::Rng rng_;
  std::map<std::size_t, std::int64_t> begun_;  // by job, the latest attempt that is or was followed
  std::size_t streams_ = 0;
  // Jobs with an open stream, since when only the tail is awaited. Attempts come one after the
  // other.
  std::map<std::size_t, std::optional<base::Mono>> busy_;
  bool run_over_ = false;
  std::exception_ptr failure_;
  int code_ = 0;
};

/// What the server is asked for: one stream, or all of them.
std::string LogReader::target_of(const std::string& job, std::int64_t attempt, bool follow) const {
  // The main one has no name there.
  const auto stream = options_.container.empty()     ? "*"
                      : options_.container == "main" ? ""
                                                     : options_.container;
  return path_of({"runs", run_, "jobs", job, "log"}) +
         query_of({{"attempt", std::to_string(attempt)},
                   {"stream", stream},
                   {"tail", options_.tail ? std::to_string(*options_.tail) : ""},
                   {"timestamps", options_.timestamps ? "true" : ""},
                   {"follow", follow ? "true" : ""}});
}

/// Prints an attempt's log from its start to its end. `follow`: the end that is still to come.
loop::Task<base::Result<void>> LogReader::print(std::string job, std::int64_t attempt,
                                                bool follow) {
  LogPrinter printer(client_, options_, job, target_of(job, attempt, follow));
  std::optional<base::Mono> lost_since;
  for (unsigned tries = 0;; ++tries) {
    const auto before = printer.feed.pieces();
    std::string why;
    try {
      const auto done = co_await printer.feed.read(silence_max);
      if (done || done.error().kind != base::Kind::exhausted) {
        printer.finish();
        co_return done;
      }
      why = done.error().message;
    } catch (const base::Failure& failure) {
      why = failure.what();
    }
    const auto now = client_.clock().mono();
    if (printer.feed.pieces() > before) lost_since.reset(), tries = 0;
    if (!lost_since) lost_since = now;
    if (now - *lost_since >= patience) throw base::Failure("no server for 60 s, gave up: " + why);
    co_await client_.clock().sleep(again.wait(tries, rng_.unit()));
  }
}

/// Prints the log of an attempt that has ended, its tail included unless that never comes.
loop::Task<base::Result<void>> LogReader::print_ended(std::string job, std::int64_t attempt) {
  LogPrinter printer(client_, options_, job, target_of(job, attempt, true));
  auto done = base::Result<void>();
  try {
    done = co_await printer.feed.read(tail_time);
  } catch (const base::Failure&) {
    client_.terminal.err(
        fmt::format("the end of the log of {} is not here yet; `fairlead logs -f` waits for it\n",
                    printable(job)));
  }
  printer.finish();
  co_return done;
}

loop::Task<int> LogReader::print_attempt() {
  const auto printed = co_await print(options_.job, options_.attempt, options_.follow);
  co_return printed ? 0 : client_.fail(printed.error());
}

loop::Task<int> LogReader::print_all() {
  std::vector<model::JobView> jobs;
  if (options_.job.empty()) {
    auto list =
        co_await client_.api.list_as<model::JobView>(path_of({"runs", run_, "jobs"}), {}, 0);
    if (!list) co_return client_.fail(list.error());
    jobs = std::move(*list);
  } else {
    auto job =
        co_await client_.api.get_as<model::JobView>(path_of({"runs", run_, "jobs", options_.job}));
    if (!job) co_return client_.fail(job.error());
    if (job->attempt == 0)
      client_.terminal.err(
          fmt::format("job {} has not been started yet; `fairlead explain {} {}` "
                      "says why\n",
                      options_.job, run_, options_.job));
    jobs.push_back(std::move(*job));
  }
  for (const auto& job : jobs) {
    if (job.attempt == 0) continue;
    const auto printed = model::is_final(job.state) ? co_await print_ended(job.name, job.attempt)
                                                    : co_await print(job.name, job.attempt, false);
    // An attempt that is about to start has no log yet.
    if (!printed && (!options_.job.empty() || printed.error().kind != base::Kind::not_found))
      co_return client_.fail(printed.error());
  }
  co_return 0;
}

bool LogReader::over() const {
  if (run_over_) return true;
  if (options_.job.empty() || !feed_.ready()) return false;
  for (const auto& job : feed_.progress().jobs())
    if (job.name == options_.job) return model::is_final(job.state);
  return true;
}

loop::Task<> LogReader::follow_run() {
  try {
    const auto followed = co_await feed_.follow();
    if (!followed) fail(followed.error());
  } catch (const base::Failure&) {
    failure_ = std::current_exception();
  }
  run_over_ = true;
  client_.bell.ring();
}

loop::Task<> LogReader::follow_attempt(std::size_t index, std::int64_t attempt) {
  const auto name = feed_.progress().jobs()[index].name;
  try {
    const auto printed = co_await print(name, attempt, true);
    if (!printed && printed.error().kind != base::Kind::not_found) fail(printed.error());
  } catch (const base::Failure&) {
    failure_ = std::current_exception();
  }
  --streams_;
  busy_.erase(index);
  client_.bell.ring();
}

/// Until when nothing new is started: what follows from a job is printed after its last lines.
/// `loop::never` when none are awaited.
base::Mono LogReader::tails_until() {
  const auto now = client_.clock().mono();
  auto until = loop::never;
  for (auto& [index, ended] : busy_) {
    if (!model::is_final(feed_.progress().jobs()[index].state)) continue;
    if (!ended) ended = now;
    if (*ended + tail_time > now) until = std::min(until, *ended + tail_time);
  }
  return until;
}

/// True when there is nothing left to start.
bool LogReader::start_some(loop::Group& group) {
  const auto& jobs = feed_.progress().jobs();
  bool all = true;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!wanted(jobs[i]) || begun_[i] >= jobs[i].attempt) continue;
    all = false;
    if (streams_ >= streams_max || tails_until() != loop::never) break;
    if (busy_.contains(i)) continue;
    // Those between the first look and now were short; each gets its turn.
    const auto attempt = begun_[i] ? begun_[i] + 1 : jobs[i].attempt;
    begun_[i] = attempt;
    busy_[i].reset();
    ++streams_;
    group.spawn("follow a log", follow_attempt(i, attempt));
  }
  return all;
}

loop::Task<> LogReader::supervise(loop::Group& group) {
  for (;;) {
    const auto heard = client_.bell.rings();
    if (failure_ || code_ != 0) co_return;
    const bool all = start_some(group);
    if (all && streams_ == 0 && over()) co_return;
    co_await client_.bell.wait(client_.clock(), heard, tails_until());
  }
}

loop::Task<int> LogReader::follow_all() {
  if (!options_.job.empty()) {
    const auto job = co_await client_.api.get(path_of({"runs", run_, "jobs", options_.job}));
    if (!job) co_return client_.fail(job.error());
  }
  loop::Group group(client_.loop.executor());
  group.spawn("follow the run", follow_run());
  std::exception_ptr error;
  try {
    co_await supervise(group);
  } catch (...) {
    error = std::current_exception();
  }
  co_await group.stop();
  if (error) std::rethrow_exception(error);
  if (failure_) std::rethrow_exception(failure_);
  co_return code_;
}

}  // namespace

loop::Task<int> logs(Client& client, LogsOptions options) {
  auto run = co_await resolve_run(client.api, options.run);
  if (!run) co_return client.fail(run.error());
  const bool one = options.attempt > 0;
  const bool follow = options.follow;
  LogReader reader(client, std::move(options), std::move(*run));
  if (one) co_return co_await reader.print_attempt();
  if (follow) co_return co_await reader.follow_all();
  co_return co_await reader.print_all();
}

}  // namespace cli
