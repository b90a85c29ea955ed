#include "local/job.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <cstring>

#include "local/environment.h"
#include "local/process.h"

namespace local {
namespace {

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("cannot make", "a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

/// What the main process does before it is the job's program. Runs in the child of a fork.
class Birth {
 public:
  Birth(const std::filesystem::path& folder, const Spec& spec, int report)
      : folder_(folder), program_(spec.command.front()), report_(report) {
    arguments_ = spec.command;
    arguments_.insert(arguments_.end(), spec.args.begin(), spec.args.end());
    environment_ = job_environment(folder, spec);
  }

  [[noreturn]] void run(int release) {
    char go = 0;
    if (::read(release, &go, 1) != 1) ::_exit(127);
    open_files();
    if (::chdir((folder_ / "work").c_str()) != 0) give_up("cannot enter its working folder");
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    auto arguments = pointers_to(arguments_);
    auto environment = pointers_to(environment_);
    environ = environment.data();  // execvp looks the program up in the job's PATH
    ::execvp(program_.c_str(), arguments.data());
    give_up(fmt::format("cannot run '{}'", program_));
  }

 private:
  void open_files() {
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || ::dup2(nothing, 0) < 0) give_up("cannot open /dev/null");
    const int log = ::open((folder_ / "log").c_str(),
                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log < 0 || ::dup2(log, 1) < 0 || ::dup2(log, 2) < 0) give_up("cannot open its log");
  }

  [[noreturn]] void give_up(const std::string& what) {
    const auto text = fmt::format("{}: {}", what, std::strerror(errno));
    [[maybe_unused]] const auto n =
        ::write(report_, text.data(), std::min<std::size_t>(text.size(), 4000));
    ::_exit(127);
  }

  const std::filesystem::path& folder_;
  std::string program_;
  int report_;
  std::vector<std::string> arguments_;
  std::vector<std::string> environment_;
};

/// Ends this new child together with its parent, which may be dead already.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
}

}  // namespace

Job::Job(const std::filesystem::path& folder, const Spec& spec) {
  std::filesystem::create_directory(folder / "work");
  auto release = make_pipe();
  auto report = make_pipe();
  Birth birth(folder, spec, report.write.get());
  const auto supervisor = ::getpid();
  main_ = ::fork();
  if (main_ < 0) fail("cannot fork for", folder);
  if (main_ == 0) {
    die_with(supervisor);
    ::setpgid(0, 0);
    release.write = Fd();  // else it would wait for itself after the supervisor's death
    birth.run(release.read.get());
  }
  ::setpgid(main_, main_);  // both sides: whoever is first, the group exists from here on
  release_ = std::move(release.write);
  report_ = std::move(report.read);
}

void Job::release() {
  if (::write(release_.get(), "g", 1) != 1) fail("cannot release", "the main process");
  release_ = Fd();
}

std::optional<MainEnd> Job::poll_end() {
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
      if (errno == EINTR) continue;
      fail("cannot wait for", "the main process");
    }
    if (info.si_pid == 0) return std::nullopt;
    if (info.si_pid != main_) {
      ::waitpid(info.si_pid, nullptr, WNOHANG);
      continue;
    }
    MainEnd end;
    (info.si_code == CLD_EXITED ? end.exit_code : end.signal) = info.si_status;
    return end;
  }
}

void Job::signal(int number) {
  ::kill(-main_, number);
  // It may have gone to another group of the session; unreaped, its number is still its own.
  if (::getpgid(main_) != main_) ::kill(main_, number);
}

bool Job::end_rest() {
  if (main_ > 0) signal(SIGKILL);
  for (const auto& process : all_processes())
    if (process.parent == ::getpid() && !process.dead) ::kill(process.pid, SIGKILL);
  // Only here are children reaped, so no number above was already somebody else's.
  for (;;) {
    const auto pid = ::waitpid(-1, nullptr, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return true;  // no children: with a subreaper, no descendants
    if (pid == 0) return false;
    if (pid == main_) main_ = -1;
  }
}

std::string Job::start_error() {
  char text[4096];
  ::fcntl(report_.get(), F_SETFL, O_NONBLOCK);
  const auto n = ::read(report_.get(), text, sizeof text);
  return n > 0 ? std::string(text, std::size_t(n)) : std::string();
}

}  // namespace local
