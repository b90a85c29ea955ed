#include "main/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "base/result.h"
#include "seal/tokens.h"

namespace fairlead {
namespace {

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& path) {
  throw base::Failure(fmt::format("{} {}: {}", what, path.string(), std::strerror(errno)));
}

std::string read_line(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw base::Failure(
        fmt::format("cannot make the data folder {}: {}; give another one with --data",
                    folder.string(), error.message()));
  if (::chmod(folder.c_str(), 0700) != 0) fail("cannot protect", folder);
}

void write_file(const std::filesystem::path& path, std::string_view text, unsigned mode) {
  const auto draft = path.string() + ".new";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) fail("cannot write", draft);
  const bool good = ::fchmod(fd, mode) == 0 &&
                    ::write(fd, text.data(), text.size()) == ssize_t(text.size()) &&
                    ::fsync(fd) == 0;
  ::close(fd);
  if (!good || ::rename(draft.c_str(), path.c_str()) != 0) fail("cannot write", path);
}

Token admin_token(const std::filesystem::path& folder) {
  const auto path = folder / "token";
  if (std::filesystem::exists(path)) {
    auto token = read_line(path);
    if (!seal::is_token(token))
      throw base::Failure(fmt::format(
          "{} holds no token; delete it, and the next start makes a new one", path.string()));
    return {token, false};
  }
  auto token = seal::make_token();
  write_file(path, token + "\n", 0600);
  return {token, true};
}

}  // namespace fairlead
