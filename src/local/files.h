#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace local {

/// An owned file descriptor; -1 owns nothing.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Throws base::Failure: what was tried, with which file, and the text of errno.
[[noreturn]] void fail(std::string_view what, const std::filesystem::path&);

/// The whole of a regular file of at most 16 MiB; nullopt when there is none. Follows no link and
/// waits for no pipe: a job may have put anything in the place of our file.
std::optional<std::string> read_file(const std::filesystem::path&);

/// Replaces the file. A reader sees the old or the whole new one; on return it survives a power
/// cut. One writer at a time: callers hold the attempt's lock.
void write_file(const std::filesystem::path&, std::string_view bytes);

/// Writes a file that is not there yet and brings it to the disk. Its folder is not synced.
void write_draft(const std::filesystem::path&, std::string_view bytes);

/// Makes an empty file, if it is not there.
void leave_mark(const std::filesystem::path&);

/// Gives a draft its name. False, and nothing changed, when somebody else's file has it already.
bool publish(const std::filesystem::path& draft, const std::filesystem::path& name);

/// Brings the names in this folder to the disk.
void sync_folder(const std::filesystem::path&);

/// Whether something, even a dangling link, has this name.
bool is_there(const std::filesystem::path&);

/// The exclusive lock of an attempt's folder, in `<folder>/lock`. Ends with its holder, however
/// that dies.
class FolderLock {
 public:
  /// Tries once. A folder that is not there counts as not locked by us.
  explicit FolderLock(const std::filesystem::path& folder);
  bool held() const { return held_; }

 private:
  Fd fd_;
  bool held_ = false;
};

}  // namespace local
