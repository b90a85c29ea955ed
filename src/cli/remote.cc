#include "cli/remote.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <optional>

namespace cli {
namespace {

namespace fs = std::filesystem;

std::string get(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

/// The first line of a small file; empty when there is none.
std::string first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

/// What `dev` left.
struct Left {
  fs::path folder;
  std::string server;
};

std::optional<Left> find_left(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    const auto left = folder / ".fairlead";
    if (auto server = first_line(left / "server"); !server.empty())
      return Left{left, std::move(server)};
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

base::Result<Remote> make(const std::string& url, std::string token, std::string where) {
  auto parsed = http::parse_url(url);
  if (!parsed) {
    auto error = parsed.error();
    error.message = fmt::format("{}: {}", where, error.message);
    return error;
  }
  return Remote{std::move(*parsed), std::move(token), std::move(where)};
}

}  // namespace

Environment this_environment() {
  Environment all;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    if (const auto equals = text.find('='); equals != text.npos)
      all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

base::Result<Remote> find_remote(const RemoteFlags& flags, const Environment& environment,
                                 const fs::path& here) {
  const auto left = find_left(here);
  auto url = flags.server;
  std::string where = "--server";
  if (url.empty()) {
    url = get(environment, "FAIRLEAD_SERVER");
    where = "FAIRLEAD_SERVER";
  }
  const bool discovered = url.empty();
  if (discovered) {
    if (!left)
      return base::invalid("no_server",
                           "no server: set FAIRLEAD_SERVER, or start one with `fairlead dev`");
    url = left->server;
    where = (left->folder / "server").string();
  }
  auto token = flags.token;
  if (token.empty() && !discovered) token = get(environment, "FAIRLEAD_TOKEN");
  if (token.empty() && left && left->server == url) token = first_line(left->folder / "token");
  return make(url, std::move(token), std::move(where));
}

}  // namespace cli
