#include "kube/file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace kube {
namespace {

constexpr std::size_t file_bytes_max = 4 << 20;

base::Error unreadable(const std::filesystem::path& path, std::string_view why) {
  return base::invalid("unreadable_file", fmt::format("cannot read {}: {}", path.string(), why));
}

}  // namespace

base::Result<std::string> read_file(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return unreadable(path, std::strerror(errno));
  std::string text(file_bytes_max + 1, '\0');
  in.read(text.data(), std::streamsize(text.size()));
  if (in.bad()) return unreadable(path, std::strerror(errno));
  text.resize(std::size_t(in.gcount()));
  text.shrink_to_fit();
  if (text.size() > file_bytes_max) return unreadable(path, "it is over 4 MiB");
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

}  // namespace kube
