#include "cli/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe/class.hpp>

#include "base/ids.h"
#include "cli/text.h"

namespace cli {
namespace {

constexpr std::string_view latest = "@latest";
constexpr std::size_t looked_through = 500;
constexpr std::size_t named_max = 5;

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return out;
}

/// What is enough of a run to be found by.
struct RunName {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(RunName, (), (id))

}  // namespace

base::Result<std::string> match_run(std::string_view text, const std::vector<std::string>& ids) {
  if (text == latest) {
    if (ids.empty()) return base::not_found("unknown_run", "there is no run yet");
    return ids.front();
  }
  const auto prefix = lower(text);
  std::vector<std::string> found;
  for (const auto& id : ids)
    if (id.starts_with(prefix)) found.push_back(id);
  if (!prefix.empty() && found.size() == 1) return found.front();
  if (prefix.empty() || found.empty())
    return base::not_found(
        "unknown_run",
        fmt::format("no run begins with '{}' among the newest {}; `fairlead get runs` lists them",
                    cut(printable(text), 40), looked_through));
  std::string names;
  for (std::size_t i = 0; i < found.size() && i < named_max; ++i)
    names += (i ? ", " : "") + found[i];
  if (found.size() > named_max) names += fmt::format(" and {} more", found.size() - named_max);
  return base::invalid("ambiguous_run", fmt::format("{} runs begin with '{}': {}; write more of it",
                                                    found.size(), cut(printable(text), 40), names));
}

loop::Task<base::Result<std::string>> resolve_run(Api& api, std::string text) {
  if (base::parse_ulid(lower(text))) co_return lower(text);
  const auto limit = text == latest ? 1 : looked_through;
  const auto runs = co_await api.list_as<RunName>(path_of({"runs"}), {}, limit);
  if (!runs) co_return runs.error();
  std::vector<std::string> ids;
  for (const auto& run : *runs) ids.push_back(run.id);
  co_return match_run(text, ids);
}

std::pair<std::string_view, std::string_view> split_version(std::string_view name) {
  const auto at = name.find('@');
  if (at == name.npos) return {name, {}};
  return {name.substr(0, at), name.substr(at + 1)};
}

}  // namespace cli
