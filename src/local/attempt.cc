#include "local/attempt.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

#include "base/bytes.h"
#include "base/log.h"
#include "local/create.h"
#include "local/files.h"
#include "local/outcome.h"
#include "local/process.h"

namespace local {
namespace {

using namespace std::chrono_literals;

constexpr base::Micros kill_budget = 1s;
constexpr base::Micros exit_patience = 200ms;
constexpr std::string_view trash_prefix = ".trash-";
/// No create goes on for so long: what is half made by then, its agent left behind.
constexpr auto half_made_time = 1h;

/// The end of an attempt that has started: as recorded, or, if its supervisor died without a
/// record, what is then left to say. The record is made under the lock, so every observer tells the
/// same.
std::optional<model::Outcome> settle(const std::filesystem::path& folder, const Spec& spec,
                                     const Started& started) {
  // Alive without the lock: the job has removed the lock's file. The supervisor will still tell.
  if (is_alive(started)) return std::nullopt;
  const FolderLock lock(folder);
  if (!lock.held()) return std::nullopt;
  if (auto outcome = read_exit(folder)) return outcome;
  model::Outcome outcome;
  const bool known = !started.boot_id.empty();
  if (known && started.boot_id != boot_id()) {
    outcome = failed(model::Class::node_lost, "the machine restarted while it ran");
  } else {
    if (!kill_remains(started, spec.uid, kill_budget)) return std::nullopt;
    outcome = failed(model::Class::lost, "its supervisor died; nobody saw how it ended");
  }
  write_exit(folder, outcome);
  return outcome;
}

std::optional<Sighting> look(const std::filesystem::path& folder, const std::string& name) {
  const auto spec = read_spec(folder);
  if (!spec || spec->name != name) return std::nullopt;
  Sighting sighting;
  sighting.object = {.key = key_of(*spec).value(), .name = name, .uid = spec->uid};
  // In this order: an attempt without an end that has `started` afterwards may be one to settle.
  sighting.object.outcome = read_exit(folder);
  sighting.started = read_started(folder);
  sighting.object.running = sighting.started.has_value();
  if (sighting.object.running) sighting.object.streams = {""};
  if (!sighting.object.outcome && sighting.started)
    sighting.object.outcome = settle(folder, *spec, *sighting.started);
  return sighting;
}

/// A job runs as our user and may have closed its own folder to us; that must not blind us to the
/// others.
std::optional<Sighting> look_or_open(const std::filesystem::path& folder, const std::string& name) {
  try {
    return look(folder, name);
  } catch (const base::Failure&) {
    if (::chmod(folder.c_str(), 0700) != 0) throw;
    for (const auto* file : {"spec.json", "started", "exit.json", "lock"})
      ::fchmodat(AT_FDCWD, (folder / file).c_str(), 0600, 0);
    return look(folder, name);
  }
}

/// Lets us delete in every folder below. Follows no links.
void open_folders(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (std::filesystem::is_directory(entry.symlink_status(ignored))) open_folders(entry.path());
}

void delete_trash(const std::filesystem::path& trash) {
  std::error_code error;
  std::filesystem::remove_all(trash, error);
  if (!error) return;
  open_folders(trash);
  std::filesystem::remove_all(trash, error);
  if (!error) return;
  base::log::warn("cannot delete what is left of an attempt; the next start tries again",
                  {{"folder", trash.string()}, {"error", error.message()}});
}

}  // namespace

Survey survey(const std::filesystem::path& root, const std::set<std::string>& known_ended) {
  Survey survey;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    auto name = entry.path().filename().string();
    if (!base::is_dns_label(name) || !std::filesystem::is_directory(entry.symlink_status()))
      continue;
    if (!known_ended.contains(name))
      if (auto sighting = look_or_open(entry.path(), name))
        survey.sightings.push_back(std::move(*sighting));
    survey.names.insert(std::move(name));
  }
  return survey;
}

void stop_attempt(const std::filesystem::path& folder, const std::string& uid) {
  const auto spec = read_spec(folder);
  if (!spec || spec->uid != uid || is_there(folder / "exit.json")) return;
  // The word first: a supervisor that is about to start the job looks for it after `started` is
  // written.
  leave_mark(folder / "stop");
  if (const auto started = read_started(folder)) {
    signal_supervisor(*started, SIGTERM);
    return;
  }
  const FolderLock lock(folder);
  if (!lock.held() || is_there(folder / "started") || is_there(folder / "exit.json")) return;
  write_exit(folder, stopped_before_start());
}

bool remove_attempt(const std::filesystem::path& root, const std::string& name,
                    const std::string& uid) {
  if (!base::is_dns_label(name)) return false;
  const auto folder = root / name;
  if (!is_there(folder)) return true;
  const auto spec = read_spec(folder);
  if (!spec || spec->uid != uid || !is_there(folder / "exit.json")) return false;
  const auto trash = root / (std::string(trash_prefix) + name + "-" + uid);
  // A supervisor that has just written the end is about to go.
  if (const auto started = read_started(folder)) wait_for_end(*started, exit_patience);
  {
    const FolderLock lock(folder);
    if (!lock.held()) return false;  // its supervisor still waits for something to die
    if (::rename(folder.c_str(), trash.c_str()) != 0) fail("cannot move away", folder);
  }
  sync_folder(root);
  delete_trash(trash);
  return true;
}

void remove_trash(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> left;
  const auto old = std::filesystem::file_time_type::clock::now() - half_made_time;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    const auto name = entry.path().filename().string();
    const bool is_name = base::is_dns_label(name) &&
                         std::filesystem::is_directory(entry.symlink_status()) &&
                         entry.last_write_time() < old && is_half_made(entry.path());
    if (is_name || name.starts_with(trash_prefix)) left.push_back(entry.path());
  }
  for (const auto& trash : left) delete_trash(trash);
}

agent::LogPiece read_log_piece(const std::filesystem::path& folder, std::uint64_t offset,
                               std::size_t max) {
  agent::LogPiece piece;
  // Asked before the read: what a live job writes after the read must not be cut off.
  const bool ended = !is_there(folder) || is_there(folder / "exit.json");
  const auto path = folder / "log";
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info{};
  if (!fd && errno != ENOENT && errno != ELOOP && errno != ENOTDIR) fail("cannot read", path);
  if (fd && ::fstat(fd.get(), &info) != 0) fail("cannot read", path);
  const auto size = fd && S_ISREG(info.st_mode) ? std::uint64_t(info.st_size) : 0;
  if (offset < size) {
    piece.bytes.resize(std::size_t(std::min<std::uint64_t>(max, size - offset)));
    const auto n = ::pread(fd.get(), piece.bytes.data(), piece.bytes.size(), off_t(offset));
    if (n < 0) fail("cannot read", path);
    piece.bytes.resize(std::size_t(n));
  }
  piece.end = ended && offset + piece.bytes.size() >= size;
  return piece;
}

}  // namespace local
