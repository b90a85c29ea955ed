#include "pods/checkup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/log.h"
#include "json/parse.h"
#include "kube/status.h"
#include "pods/rbac.h"

namespace pods {
namespace {

using namespace std::chrono_literals;

constexpr base::Micros call_time = 15s, usual_wait = 600s, troubled_wait = 30s;

/// A member of an answer, by its JSON pointer; null when it is not there.
base::Value part_of(const kube::Response& answer, std::string_view pointer) {
  const auto tree = json::parse(answer.body);
  if (!tree) return {};
  boost::system::error_code none;
  const auto* found = tree->find_pointer(pointer, none);
  return found ? *found : base::Value();
}

std::string said_of(const kube::Right& right) {
  return fmt::format("{} {}{}{}", right.verb, right.resource.plural,
                     right.subresource.empty() ? "" : "/", right.subresource);
}

}  // namespace

loop::Task<kube::Response> Checkup::call(kube::Request request) {
  auto answer = co_await api_.send(std::move(request), clock_.mono() + call_time);
  if (answer.status >= 300) throw base::Failure(kube::describe(kube::status_of(answer)));
  co_return answer;
}

loop::Task<std::string> Checkup::ask_version() {
  const auto version = part_of(co_await call(kube::version()), "/gitVersion");
  co_return version.is_string() ? std::string(version.get_string()) : "";
}

loop::Task<std::string> Checkup::missing_rights() {
  std::vector<std::string> missing;
  for (const auto& right : needed_rights(name_space_)) {
    const auto answer = co_await call(kube::access_review(right));
    if (part_of(answer, "/status/allowed") != base::Value(true)) missing.push_back(said_of(right));
  }
  if (missing.empty()) co_return "";
  co_return fmt::format(
      "in namespace {} the agent may not {}; `fairlead agent rbac` prints the Role that it needs",
      name_space_, fmt::join(missing, ", "));
}

loop::Task<> Checkup::run() {
  for (;;) {
    std::string version = version_, trouble;
    try {
      version = co_await ask_version();
      trouble = co_await missing_rights();
    } catch (const base::Failure& e) {
      trouble = fmt::format("its API cannot be asked: {}", e.what());
    }
    if (version != version_ || trouble != trouble_) {
      if (!trouble.empty()) base::log::warn("the cluster is in trouble", {{"why", trouble}});
      version_ = std::move(version);
      trouble_ = std::move(trouble);
      bell_.ring();
    }
    co_await clock_.sleep(trouble_.empty() ? usual_wait : troubled_wait);
  }
}

}  // namespace pods
