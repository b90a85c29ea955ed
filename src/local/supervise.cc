#include "local/supervise.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <csignal>
#include <ctime>

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "local/job.h"
#include "local/outcome.h"
#include "local/process.h"
#include "loop/clock.h"

namespace local {
namespace {

using namespace std::chrono_literals;

constexpr base::Micros lock_patience = 2s;
constexpr base::Micros kill_patience = 30s;
constexpr base::Micros exit_record_patience = 10min;

base::Mono mono() { return loop::RealClock().mono(); }

/// The signals that a supervisor waits for, blocked and read from a descriptor.
class Signals {
 public:
  Signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGTERM, SIGCHLD, SIGINT, SIGHUP}) ::sigaddset(&set, number);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) fail("cannot block", "signals");
    fd_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) fail("cannot open", "signalfd");
  }

  /// Waits for any of them until this moment, at most a minute; true when SIGTERM came.
  bool wait(base::Mono until) {
    const auto left = std::clamp<base::Micros>(until - mono(), 0us, 1min);
    pollfd readable{.fd = fd_.get(), .events = POLLIN};
    ::poll(&readable, 1, int((left + 999us) / 1ms));
    bool stop = false;
    signalfd_siginfo info;
    while (::read(fd_.get(), &info, sizeof info) == sizeof info) stop |= info.ssi_signo == SIGTERM;
    return stop;
  }

 private:
  Fd fd_;
};

/// One attempt, from the lock to the record of its end. The lock is held by the caller.
class Supervision {
 public:
  Supervision(std::filesystem::path folder, Spec spec)
      : folder_(std::move(folder)), spec_(std::move(spec)) {}

  void run() {
    record(live());
    // The end is told after a while even if something cannot be killed, but the lock, and with it
    // the folder, is kept until that is gone.
    while (job_ && !job_->end_rest()) signals_.wait(mono() + 1s);
  }

 private:
  model::Outcome live() {
    if (spec_.command.empty())
      return failed(
          model::Class::config,
          "the local executor cannot run an image's own entrypoint; give the job 'run' or "
          "'command'");
    if (asked_to_stop()) return stopped_before_start();
    job_.emplace(folder_, spec_);
    write_file(folder_ / "started", text_of(started()));
    // Who asks for a stop first leaves its word, then looks for `started`: one of us two sees the
    // other.
    if (asked_to_stop()) {
      end_everything();
      return stopped_before_start();
    }
    job_->release();
    const auto end = watch();
    const auto error = job_->start_error();
    auto outcome = error.empty() ? judge(end, ending_, base::Micros(spec_.run_timeout_us))
                                 : failed(model::Class::config, error);
    if (!end_everything()) outcome.message += "; some of its processes could not be killed";
    return outcome;
  }

  bool asked_to_stop() const { return is_there(folder_ / "stop"); }

  Started started() const {
    const auto self = find_process(::getpid());
    if (!self) throw base::Failure("/proc does not show this process");
    return {self->pid, self->start_time, boot_id(), self->session, job_->group()};
  }

  MainEnd watch() {
    const base::Micros limit(spec_.run_timeout_us);
    const auto overdue = limit > 0us ? mono() + limit : base::Mono::max();
    auto kill_at = base::Mono::max();
    bool asked = false;
    for (;;) {
      if (const auto end = job_->poll_end()) return *end;
      const auto now = mono();
      if (ending_ == Ending::none && (asked || now >= overdue)) {
        ending_ = asked ? Ending::stop : Ending::run_timeout;
        job_->signal(SIGTERM);
        kill_at = now + base::Micros(spec_.grace_us);
      }
      if (now >= kill_at) {
        job_->signal(SIGKILL);
        kill_at = base::Mono::max();
      }
      asked |= signals_.wait(std::min(ending_ == Ending::none ? overdue : kill_at, now + 1min));
    }
  }

  bool end_everything() {
    const auto until = mono() + kill_patience;
    while (!job_->end_rest()) {
      if (mono() >= until) return false;
      signals_.wait(std::min(until, mono() + 20ms));
    }
    job_.reset();
    return true;
  }

  /// A full disk must not make an end that was seen a lost one: tries again for a while.
  void record(const model::Outcome& outcome) {
    for (const auto until = mono() + exit_record_patience;; signals_.wait(mono() + 1s)) {
      try {
        return write_exit(folder_, outcome);
      } catch (const base::Failure& failure) {
        if (mono() >= until) throw;
        base::log::error("cannot record the end of the job yet", {{"error", failure.what()}});
      }
    }
  }

  std::filesystem::path folder_;
  Spec spec_;
  Signals signals_;
  std::optional<Job> job_;
  Ending ending_ = Ending::none;
};

bool has_begun(const std::filesystem::path& folder) {
  return is_there(folder / "started") || is_there(folder / "exit.json");
}

/// The lock; none when this folder is in other hands. An agent that looks holds it for a moment
/// only, and a start must not be given up for that.
std::optional<FolderLock> lock_for_start(const std::filesystem::path& folder) {
  for (const auto until = mono() + lock_patience; mono() < until;) {
    if (has_begun(folder)) return std::nullopt;
    FolderLock lock(folder);
    if (lock.held()) return lock;
    constexpr timespec moment{.tv_nsec = 5'000'000};
    ::nanosleep(&moment, nullptr);
  }
  return std::nullopt;
}

int start(const std::filesystem::path& folder) {
  const auto spec = read_spec(folder);
  if (!spec) throw base::Failure("no attempt is in the folder " + folder.string());
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  Supervision supervision(folder, *spec);
  const auto lock = lock_for_start(folder);
  if (!lock || has_begun(folder)) return 0;
  supervision.run();
  return 0;
}

}  // namespace

int supervise(const std::filesystem::path& attempt_folder) {
  try {
    return start(std::filesystem::absolute(attempt_folder));
  } catch (const std::exception& error) {
    base::log::error("a supervisor gives up", {{"error", error.what()}});
    return 1;
  }
}

}  // namespace local
