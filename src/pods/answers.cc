#include "pods/answers.h"

#include "kube/status.h"

namespace pods {
namespace {

using agent::Created;
using model::Class;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

Created wait(const kube::Status& status) {
  return {.kind = Created::Kind::wait, .message = kube::describe(status)};
}

Created refused(const kube::Status& status) {
  return {
      .kind = Created::Kind::refused, .class_ = Class::config, .message = kube::describe(status)};
}

/// A quota has room again one day; what is forbidden otherwise stays so.
Created forbidden(const kube::Status& status) {
  const bool passing = contains(status.message, "exceeded quota") ||
                       contains(status.message, "failed quota") ||
                       contains(status.message, "is being terminated");
  return passing ? wait(status) : refused(status);
}

}  // namespace

bool is_taken(const kube::Response& response) {
  return response.status == 409 && kube::status_of(response).reason == "AlreadyExists";
}

Created judge_create(const kube::Response& response) {
  const auto status = kube::status_of(response);
  if (response.status == 403) return forbidden(status);
  if (response.status == 401)
    return {.kind = Created::Kind::wait,
            .message = "the agent is not let in by its cluster: " + kube::describe(status)};
  if (response.status == 429) return wait(status);
  // It may have taken effect; the same again meets its own name then.
  if (response.status >= 500 || response.status == 408 || response.status == 409)
    return {.kind = Created::Kind::unknown, .message = kube::describe(status)};
  return refused(status);
}

}  // namespace pods
