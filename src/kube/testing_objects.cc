#include "kube/testing_objects.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/testing_selector.h"

namespace kube::testing {
namespace {

constexpr std::int64_t pod_grace_seconds = 30;

struct Kind {
  std::string_view group_version;
  std::string_view plural;
  std::string_view kind;
};
constexpr Kind kinds[] = {
    {"v1", "pods", "Pod"},     {"v1", "secrets", "Secret"}, {"v1", "configmaps", "ConfigMap"},
    {"v1", "events", "Event"}, {"v1", "nodes", "Node"},     {"batch/v1", "jobs", "Job"},
};

const Kind* kind_of(const Resource& r) {
  for (const auto& kind : kinds)
    if (kind.plural == r.plural && kind.group_version == r.group_version) return &kind;
  return nullptr;
}

Objects::Reply refuse(int code, std::string_view reason, std::string_view message) {
  return {code, status_object(code, reason, message)};
}

Objects::Reply not_found(const ObjectRef& o) {
  return refuse(404, "NotFound", fmt::format("{} \"{}\" not found", o.resource.plural, o.name));
}

/// RFC 7386, section 2.
void merge(base::Value& target, const base::Value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = base::Object();
  for (const auto& [name, value] : patch.get_object()) {
    if (value.is_null())
      target.get_object().erase(name);
    else
      merge(target.get_object()[name], value);
  }
}

const base::Value* at(const base::Value& object, std::string_view pointer) {
  boost::system::error_code none;
  return object.find_pointer(pointer, none);
}

std::int64_t number_at(const base::Value& object, std::string_view pointer,
                       std::int64_t otherwise) {
  const auto* value = at(object, pointer);
  return value && value->is_int64() ? value->get_int64() : otherwise;
}

bool has_finalizers(const base::Value& object) {
  const auto* list = at(object, "/metadata/finalizers");
  return list && list->is_array() && !list->get_array().empty();
}

base::Object& metadata_of(base::Value& object) {
  auto& metadata = object.as_object()["metadata"];
  if (!metadata.is_object()) metadata = base::Object();
  return metadata.get_object();
}

/// Seconds that the kubelet gets: none for a Pod that no node runs (any more).
std::int64_t grace_of(const base::Value& object, const base::Value& options, bool is_pod) {
  if (!is_pod) return 0;
  const auto phase = text_at(object, "/status/phase");
  if (text_at(object, "/spec/nodeName").empty() || phase == "Succeeded" || phase == "Failed")
    return 0;
  const auto own = number_at(object, "/spec/terminationGracePeriodSeconds", pod_grace_seconds);
  return number_at(options, "/gracePeriodSeconds", own);
}

std::string invalid_pod(const base::Value& pod) {
  const auto* containers = at(pod, "/spec/containers");
  const bool has = containers && containers->is_array() && !containers->get_array().empty();
  return has ? "" : "spec.containers: Required value";
}

}  // namespace

base::Value status_object(int code, std::string_view reason, std::string_view message) {
  return base::Object{{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", base::Object()},
                      {"status", code < 300 ? "Success" : "Failure"},
                      {"message", message},
                      {"reason", reason},
                      {"code", code}};
}

Objects::Key Objects::key_of(const ObjectRef& o) {
  return {o.resource.plural, o.resource.name_space, o.name};
}

std::string Objects::time_text(base::Micros ahead) const {
  return base::format_time(clock_.now() + ahead).substr(0, 19) + "Z";
}

/// With the next version.
base::Value Objects::stamped(base::Value object) {
  metadata_of(object)["resourceVersion"] = std::to_string(++version_);
  return object;
}

Objects::Reply Objects::store(const Key& key, base::Value object, int status) {
  auto& place = objects_[key];
  const auto before = place;
  place = std::make_shared<const base::Value>(stamped(std::move(object)));
  history_.push_back({version_, key.plural, before, place});
  changed_.ring();
  return {status, *place};
}

Objects::Reply Objects::erase(const Key& key, base::Value object) {
  const auto before = objects_.at(key);
  objects_.erase(key);
  const auto last = std::make_shared<const base::Value>(stamped(std::move(object)));
  history_.push_back({version_, key.plural, before, last, true});
  changed_.ring();
  return {200, *last};
}

Objects::Reply Objects::create(const Resource& resource, base::Value object) {
  const auto* kind = kind_of(resource);
  if (!kind) return refuse(404, "NotFound", "the server could not find the requested resource");
  if (!object.is_object()) return refuse(400, "BadRequest", "the object is no JSON object");
  std::string name(text_at(object, "/metadata/name"));
  if (name.empty())
    if (const auto prefix = text_at(object, "/metadata/generateName"); !prefix.empty())
      name = fmt::format("{}{:05x}", prefix, made_);
  if (name.empty()) return refuse(422, "Invalid", "metadata.name: Required value");
  if (kind->kind == "Pod")
    if (const auto why = invalid_pod(object); !why.empty())
      return refuse(422, "Invalid", fmt::format("Pod \"{}\" is invalid: {}", name, why));
  const Key key{resource.plural, resource.name_space, name};
  if (objects_.contains(key))
    return refuse(409, "AlreadyExists", fmt::format("{} \"{}\" already exists", key.plural, name));
  auto& root = object.get_object();
  root["kind"] = kind->kind;
  root["apiVersion"] = kind->group_version;
  auto& metadata = metadata_of(object);
  metadata["name"] = name;
  if (!resource.name_space.empty()) metadata["namespace"] = resource.name_space;
  metadata["uid"] = fmt::format("{:08x}-0000-4000-8000-{:012x}", ++made_, version_);
  metadata["creationTimestamp"] = time_text();
  // A status is never taken from who creates.
  root["status"] = base::Object();
  if (kind->kind == "Pod") root["status"] = base::Object{{"phase", "Pending"}};
  return store(key, std::move(object), 201);
}

Objects::Object Objects::find(const ObjectRef& o) const {
  const auto found = objects_.find(key_of(o));
  return found == objects_.end() ? nullptr : found->second;
}

Objects::Reply Objects::get(const ObjectRef& o) const {
  const auto found = find(o);
  return found ? Reply{200, *found} : not_found(o);
}

Objects::Reply Objects::patch(const ObjectRef& o, const base::Value& patch, bool of_status) {
  const auto before = find(o);
  if (!before) return not_found(o);
  const auto expected = text_at(patch, "/metadata/resourceVersion");
  if (!expected.empty() && expected != text_at(*before, "/metadata/resourceVersion"))
    return refuse(409, "Conflict",
                  "the object has been modified; please apply your changes to the latest version");
  base::Value after = *before;
  merge(after, patch);
  auto& root = after.get_object();
  if (of_status) {
    auto status = root["status"];
    after = *before;
    after.get_object()["status"] = std::move(status);
  } else {
    root["status"] = before->get_object().at("status");
    for (auto kept : {"name", "namespace", "uid", "creationTimestamp", "resourceVersion"})
      if (const auto* value = before->get_object().at("metadata").get_object().if_contains(kept))
        metadata_of(after)[kept] = *value;
  }
  if (after == *before) return {200, *before};
  const bool leaving = number_at(after, "/metadata/deletionGracePeriodSeconds", -1) == 0;
  if (leaving && !has_finalizers(after)) return erase(key_of(o), std::move(after));
  return store(key_of(o), std::move(after), 200);
}

Objects::Reply Objects::remove(const ObjectRef& o, const base::Value& options) {
  const auto before = find(o);
  if (!before) return not_found(o);
  const auto uid = text_at(*before, "/metadata/uid");
  const auto wanted = text_at(options, "/preconditions/uid");
  if (!wanted.empty() && wanted != uid)
    return refuse(
        409, "Conflict",
        fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", wanted,
                    uid));
  const auto propagation = text_at(options, "/propagationPolicy");
  if (propagation == "Foreground")
    return refuse(400, "BadRequest", "this miniature knows no foreground deletion");
  auto after = *before;
  auto& metadata = metadata_of(after);
  const auto grace = grace_of(*before, options, o.resource.plural == "pods");
  const auto had = number_at(*before, "/metadata/deletionGracePeriodSeconds", -1);
  if (grace > 0 || has_finalizers(*before)) {
    // A second request may only shorten what is left.
    if (had >= 0 && had <= grace) return {200, *before};
    metadata["deletionTimestamp"] = time_text(std::chrono::seconds(grace));
    metadata["deletionGracePeriodSeconds"] = grace;
    return store(key_of(o), std::move(after), 200);
  }
  auto reply = erase(key_of(o), std::move(after));
  if (propagation != "Orphan") collect_dependents(o.resource.name_space, std::string(uid));
  return reply;
}

/// The garbage collector's part.
void Objects::collect_dependents(const std::string& name_space, const std::string& uid) {
  std::vector<std::string> names;
  for (const auto& pod : all({pods(name_space)})) {
    const auto* owners = at(*pod, "/metadata/ownerReferences");
    if (!owners || !owners->is_array()) continue;
    for (const auto& owner : owners->get_array())
      if (text_at(owner, "/uid") == uid) names.emplace_back(text_at(*pod, "/metadata/name"));
  }
  for (const auto& name : names) remove({pods(name_space), name}, nullptr);
}

bool Objects::selects(const Selection& s, const Object& object) const {
  return object &&
         (s.resource.name_space.empty() ||
          text_at(*object, "/metadata/namespace") == s.resource.name_space) &&
         matches_labels(*object, s.label_selector) && matches_fields(*object, s.field_selector);
}

std::vector<Objects::Object> Objects::all(const Selection& s) const {
  std::vector<Object> out;
  for (const auto& [key, object] : objects_)
    if (key.plural == s.resource.plural && selects(s, object)) out.push_back(object);
  return out;
}

Objects::Reply Objects::list(const Selection& s, const ListOptions& options) {
  const auto* kind = kind_of(s.resource);
  if (!kind) return refuse(404, "NotFound", "the server could not find the requested resource");
  Snapshot snapshot{version_, {}};
  if (options.continue_token.empty()) {
    snapshot.rest = all(s);
  } else {
    const auto found = snapshots_.find(options.continue_token);
    if (found == snapshots_.end())
      return refuse(
          410, "Expired",
          "The provided continue parameter is too old to display a consistent list result.");
    snapshot = found->second;  // kept: an answer that was lost is asked for again
  }
  auto& rest = snapshot.rest;
  const auto count =
      options.limit == 0 ? rest.size() : std::min<std::size_t>(options.limit, rest.size());
  base::Array items;
  for (std::size_t i = 0; i < count; ++i) items.push_back(*rest[i]);
  base::Object metadata{{"resourceVersion", std::to_string(snapshot.version)}};
  rest.erase(rest.begin(), rest.begin() + std::ptrdiff_t(count));
  if (!rest.empty()) {
    const auto token = fmt::format("page-{}", ++made_);
    metadata["continue"] = token;
    metadata["remainingItemCount"] = rest.size();
    snapshots_[token] = std::move(snapshot);
  }
  return {200, base::Object{{"kind", fmt::format("{}List", kind->kind)},
                            {"apiVersion", kind->group_version},
                            {"metadata", std::move(metadata)},
                            {"items", std::move(items)}}};
}

std::optional<std::vector<Objects::Line>> Objects::since(const Selection& s,
                                                         std::uint64_t version) const {
  if (version < forgotten_) return std::nullopt;
  std::vector<Line> out;
  for (const auto& h : history_) {
    if (h.version <= version || h.plural != s.resource.plural) continue;
    const bool was = selects(s, h.before), is = !h.gone && selects(s, h.after);
    if (was || is) out.push_back({!was ? "ADDED" : is ? "MODIFIED" : "DELETED", h.after});
  }
  return out;
}

std::vector<Objects::Line> Objects::now(const Selection& s) const {
  std::vector<Line> out;
  for (const auto& object : all(s)) out.push_back({"ADDED", object});
  return out;
}

void Objects::bind(const ObjectRef& pod, const std::string& node) {
  const auto before = find(pod);
  if (!before) return;
  auto after = *before;
  after.at("spec").as_object()["nodeName"] = node;
  store(key_of(pod), std::move(after), 200);
}

void Objects::confirm_deletion(const ObjectRef& pod) {
  const auto before = find(pod);
  if (!before || text_at(*before, "/metadata/deletionTimestamp").empty()) return;
  auto after = *before;
  metadata_of(after)["deletionGracePeriodSeconds"] = 0;
  if (has_finalizers(after))
    store(key_of(pod), std::move(after), 200);
  else
    erase(key_of(pod), std::move(after));
}

void Objects::compact() {
  history_.clear();
  forgotten_ = version_;
}

}  // namespace kube::testing
