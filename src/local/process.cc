#include "local/process.h"

#include <poll.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/result.h"
#include "local/files.h"
#include "loop/clock.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 leaves the linkage to us
}

namespace local {
namespace {

using namespace std::chrono_literals;

std::filesystem::path proc(pid_t pid) { return "/proc/" + std::to_string(pid); }

/// A file of /proc; none when the process ended meanwhile or is not ours to read.
std::optional<std::string> read_proc(const std::filesystem::path& path) {
  try {
    return read_file(path);
  } catch (const base::Failure&) {
    return std::nullopt;
  }
}

std::optional<Process> parse_stat(pid_t pid, const std::string& text) {
  // The second field is the program's name in parentheses and may hold anything, spaces and ')'
  // too.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  Process process{.pid = pid};
  char state = '?';
  fields >> state >> process.parent >> process.group >> process.session;
  std::string skipped;
  for (int field = 7; field < 22; ++field) fields >> skipped;
  fields >> process.start_time;
  if (!fields) return std::nullopt;
  process.dead = state == 'Z' || state == 'X' || state == 'x';
  return process;
}

/// The FAIRLEAD_UID that this process was started with.
std::optional<std::string> uid_mark(pid_t pid) {
  const auto environment = read_proc(proc(pid) / "environ");
  if (!environment) return std::nullopt;
  constexpr std::string_view key = "FAIRLEAD_UID=";
  std::istringstream entries(*environment);
  for (std::string entry; std::getline(entries, entry, '\0');)
    if (entry.starts_with(key)) return entry.substr(key.size());
  return std::nullopt;
}

/// Recognizes what a dead supervisor left behind.
struct Remains {
  const Started& started;
  const std::string& uid;

  /// In another pid namespace (a container was restarted) the numbers belong to others by now.
  bool numbers_were_reused() const {
    const auto leader = find_process(started.pid);
    return leader && leader->start_time != started.start_time;
  }

  bool holds(const Process& process, bool reused) const {
    if (process.dead || process.pid == ::getpid() || process.pid == 1) return false;
    if (process.start_time < started.start_time) return false;
    if (const auto mark = uid_mark(process.pid)) return *mark == uid;
    return !reused && started.pgid > 0 && process.group == started.pgid &&
           process.session == started.session;
  }

  std::vector<Process> find() const {
    const bool reused = numbers_were_reused();
    auto found = all_processes();
    std::erase_if(found, [&](const Process& p) { return !holds(p, reused); });
    return found;
  }
};

std::string read_boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id");
  if (!text) throw base::Failure("/proc is not mounted; the local executor needs it");
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *text;
}

/// A handle on this very process, not on a later one with its number.
Fd open_process(pid_t pid, std::uint64_t start_time) {
  Fd handle(::pidfd_open(pid, 0));
  if (!handle) return Fd();
  const auto now = find_process(pid);
  if (!now || now->dead || now->start_time != start_time) return Fd();
  return handle;
}

void await_end(const Fd& process, base::Micros patience) {
  pollfd ended{.fd = process.get(), .events = POLLIN};
  ::poll(&ended, 1, int(patience / 1ms));
}

void kill_and_wait(const Process& process, base::Micros patience) {
  const auto handle = open_process(process.pid, process.start_time);
  if (!handle || ::pidfd_send_signal(handle.get(), SIGKILL, nullptr, 0) != 0) return;
  await_end(handle, patience);
}

}  // namespace

std::optional<Process> find_process(pid_t pid) {
  const auto text = read_proc(proc(pid) / "stat");
  if (!text) return std::nullopt;
  return parse_stat(pid, *text);
}

std::vector<Process> all_processes() {
  std::vector<Process> processes;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (auto process = find_process(pid)) processes.push_back(*process);
  }
  return processes;
}

const std::string& boot_id() {
  static const std::string id = read_boot_id();
  return id;
}

bool is_alive(const Started& started) {
  if (started.boot_id != boot_id()) return false;
  const auto process = find_process(started.pid);
  return process && !process->dead && process->start_time == started.start_time;
}

bool signal_supervisor(const Started& started, int signal) {
  if (started.boot_id != boot_id()) return false;
  const auto handle = open_process(started.pid, started.start_time);
  return handle && ::pidfd_send_signal(handle.get(), signal, nullptr, 0) == 0;
}

void wait_for_end(const Started& started, base::Micros patience) {
  if (started.boot_id != boot_id()) return;
  if (const auto handle = open_process(started.pid, started.start_time))
    await_end(handle, patience);
}

bool kill_remains(const Started& started, const std::string& uid, base::Micros budget) {
  const Remains remains{started, uid};
  const auto until = loop::RealClock().mono() + budget;
  for (;;) {
    const auto found = remains.find();
    if (found.empty()) return true;
    for (const auto& process : found) {
      const auto left = until - loop::RealClock().mono();
      if (left <= 0us) return false;
      kill_and_wait(process, std::min<base::Micros>(left, 100ms));
    }
  }
}

}  // namespace local
