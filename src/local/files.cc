#include "local/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/result.h"

namespace local {
namespace {

constexpr std::size_t file_bytes_max = 16 << 20;

void write_all(const Fd& fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto n = ::write(fd.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write", path);
    bytes.remove_prefix(std::size_t(n));
  }
}

void write_durably(const std::filesystem::path& path, std::string_view bytes, int flags) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
  if (!fd) fail("cannot make", path);
  write_all(fd, bytes, path);
  if (::fsync(fd.get()) != 0) fail("cannot bring to the disk", path);
}

/// Errors of open that mean that our file is not there, whatever is in its place.
bool means_absent(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

void fail(std::string_view what, const std::filesystem::path& path) {
  const int error = errno;
  throw base::Failure(fmt::format("{} {}: {}", what, path.string(), std::strerror(error)));
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && means_absent(errno)) return std::nullopt;
  if (!fd) fail("cannot read", path);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) fail("cannot read", path);
  if (!S_ISREG(info.st_mode) || std::size_t(info.st_size) > file_bytes_max) return std::nullopt;
  std::string bytes;
  char piece[16384];
  for (;;) {
    const auto n = ::read(fd.get(), piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read", path);
    if (n == 0) return bytes;
    bytes.append(piece, std::size_t(n));
    if (bytes.size() > file_bytes_max) return std::nullopt;
  }
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  auto temporary = path;
  temporary += ".tmp";
  write_durably(temporary, bytes, O_TRUNC);
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail("cannot rename to", path);
  sync_folder(path.parent_path());
}

void write_draft(const std::filesystem::path& path, std::string_view bytes) {
  write_durably(path, bytes, O_EXCL);
}

void leave_mark(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd) fail("cannot make", path);
}

bool publish(const std::filesystem::path& draft, const std::filesystem::path& name) {
  // A link, not a rename: rename would replace what another creator has published meanwhile.
  const bool first = ::link(draft.c_str(), name.c_str()) == 0;
  if (!first && errno != EEXIST) fail("cannot publish", name);
  ::unlink(draft.c_str());
  return first;
}

void sync_folder(const std::filesystem::path& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) fail("cannot bring to the disk", folder);
}

bool is_there(const std::filesystem::path& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) == 0) return true;
  if (means_absent(errno)) return false;
  fail("cannot look at", path);
}

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const auto path = folder / "lock";
  fd_ = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd_ && means_absent(errno)) return;
  if (!fd_) fail("cannot open", path);
  held_ = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
  if (!held_ && errno != EWOULDBLOCK && errno != EINTR) fail("cannot lock", path);
}

}  // namespace local
