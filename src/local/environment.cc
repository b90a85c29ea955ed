#include "local/environment.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>

namespace local {
namespace {

using Variables = std::map<std::string, std::string>;

constexpr const char* allowed[] = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"};
constexpr const char* default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Variables host_variables() {
  Variables variables{{"PATH", default_path}};
  for (const auto* name : allowed)
    if (const char* value = std::getenv(name)) variables[name] = value;
  return variables;
}

std::vector<std::string> lines_of(const Variables& variables) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : variables) lines.push_back(fmt::format("{}={}", name, value));
  return lines;
}

}  // namespace

std::vector<std::string> host_environment() { return lines_of(host_variables()); }

std::vector<std::string> job_environment(const std::filesystem::path& folder, const Spec& spec) {
  auto variables = host_variables();
  for (const auto& [name, value] : spec.env) variables[name] = value;
  variables["FAIRLEAD_RUN"] = spec.run;
  variables["FAIRLEAD_JOB"] = spec.job;
  variables["FAIRLEAD_ATTEMPT"] = std::to_string(spec.attempt);
  variables["FAIRLEAD_UID"] = spec.uid;
  if (spec.has_payload) variables["FAIRLEAD_PAYLOAD"] = payload_path(folder, spec).string();
  return lines_of(variables);
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace local
