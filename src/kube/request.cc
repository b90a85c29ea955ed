#include "kube/request.h"

#include <fmt/format.h>

#include "json/text.h"

namespace kube {
namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view merge_type = "application/merge-patch+json";

using http::percent_encode;

std::pair<std::string, std::string> split_group(const std::string& group_version) {
  const auto slash = group_version.find('/');
  if (slash == std::string::npos) return {"", group_version};
  return {group_version.substr(0, slash), group_version.substr(slash + 1)};
}

std::string path_of(const Resource& r) {
  const auto [group, version] = split_group(r.group_version);
  auto path = group.empty() ? "/api/" + percent_encode(version)
                            : "/apis/" + percent_encode(group) + "/" + percent_encode(version);
  if (!r.name_space.empty()) path += "/namespaces/" + percent_encode(r.name_space);
  return path + "/" + percent_encode(r.plural);
}

std::string path_of(const ObjectRef& o) {
  return path_of(o.resource) + "/" + percent_encode(o.name);
}

void add(Request& request, std::string_view name, std::string value) {
  if (!value.empty()) request.query.emplace_back(name, std::move(value));
}

void add_if(Request& request, std::string_view name, bool value) {
  if (value) add(request, name, "true");
}

Request select(const Selection& s) {
  Request request{.path = path_of(s.resource)};
  add(request, "labelSelector", s.label_selector);
  add(request, "fieldSelector", s.field_selector);
  return request;
}

Request with_body(http::Verb verb, std::string path, std::string_view type, std::string body) {
  return {.verb = verb,
          .path = std::move(path),
          .content_type = std::string(type),
          .body = std::move(body)};
}

}  // namespace

std::string target_of(const Request& request) {
  auto out = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    out += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return out;
}

Resource pods(std::string name_space) { return {"v1", "pods", std::move(name_space)}; }
Resource jobs(std::string name_space) { return {"batch/v1", "jobs", std::move(name_space)}; }
Resource events(std::string name_space) { return {"v1", "events", std::move(name_space)}; }
Resource secrets(std::string name_space) { return {"v1", "secrets", std::move(name_space)}; }
Resource nodes() { return {"v1", "nodes"}; }

Request list(const Selection& selection, const ListOptions& options) {
  auto request = select(selection);
  if (options.limit > 0) add(request, "limit", std::to_string(options.limit));
  add(request, "continue", options.continue_token);
  add(request, "resourceVersion", options.resource_version);
  return request;
}

Request watch(const Selection& selection, const WatchOptions& options) {
  auto request = select(selection);
  add(request, "watch", "true");
  add(request, "resourceVersion", options.resource_version);
  add_if(request, "allowWatchBookmarks", options.bookmarks);
  if (options.time > base::Micros(0))
    add(request, "timeoutSeconds",
        std::to_string(std::chrono::ceil<std::chrono::seconds>(options.time).count()));
  return request;
}

Request get(const ObjectRef& object) { return {.path = path_of(object)}; }

Request create(const Resource& resource, std::string json) {
  return with_body(http::Verb::post, path_of(resource), json_type, std::move(json));
}

Request merge_patch(const ObjectRef& object, std::string json) {
  return with_body(http::Verb::patch, path_of(object), merge_type, std::move(json));
}

Request merge_patch_status(const ObjectRef& object, std::string json) {
  return with_body(http::Verb::patch, path_of(object) + "/status", merge_type, std::move(json));
}

Request remove(const ObjectRef& object, const DeleteOptions& options) {
  base::Object body{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!options.uid.empty()) body["preconditions"] = base::Object{{"uid", options.uid}};
  if (options.grace_seconds) body["gracePeriodSeconds"] = *options.grace_seconds;
  if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
  return with_body(http::Verb::delete_, path_of(object), json_type, json::print(body));
}

Request pod_log(const ObjectRef& pod, const LogOptions& options) {
  Request request{.path = path_of(pod) + "/log"};
  add(request, "container", options.container);
  add_if(request, "follow", options.follow);
  add_if(request, "timestamps", options.timestamps);
  add_if(request, "previous", options.previous);
  if (options.since) add(request, "sinceTime", base::format_time(*options.since));
  if (options.limit_bytes) add(request, "limitBytes", std::to_string(*options.limit_bytes));
  return request;
}

Request access_review(const Right& right) {
  const auto [group, version] = split_group(right.resource.group_version);
  base::Object attributes{{"namespace", right.resource.name_space},
                          {"verb", right.verb},
                          {"group", group},
                          {"resource", right.resource.plural}};
  if (!right.subresource.empty()) attributes["subresource"] = right.subresource;
  const base::Object body{{"apiVersion", "authorization.k8s.io/v1"},
                          {"kind", "SelfSubjectAccessReview"},
                          {"spec", base::Object{{"resourceAttributes", std::move(attributes)}}}};
  return with_body(http::Verb::post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                   json_type, json::print(body));
}

Request version() { return {.path = "/version"}; }

}  // namespace kube
