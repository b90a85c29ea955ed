#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "http/message.h"

/// Requests of the Kubernetes API as values. Field meanings: Kubernetes API reference and
/// https://kubernetes.io/docs/reference/using-api/api-concepts/.
namespace kube {

/// A request, not sent yet.
struct Request {
  http::Verb verb = http::Verb::get;
  std::string path = {};  ///< Its segments are percent-encoded.
  std::vector<std::pair<std::string, std::string>> query = {};
  std::string content_type = {};
  std::string body = {};
  friend bool operator==(const Request&, const Request&) = default;
};

/// Path and query as they are sent.
std::string target_of(const Request&);

/// A kind of objects, in one namespace or in none.
struct Resource {
  std::string group_version;    ///< `v1`, `batch/v1`
  std::string plural;           ///< `pods`
  std::string name_space = {};  ///< Empty: of the cluster, or across all namespaces.
  friend bool operator==(const Resource&, const Resource&) = default;
};

Resource pods(std::string name_space);
Resource jobs(std::string name_space);
/// Of core/v1, which are about an `involvedObject`.
Resource events(std::string name_space);
Resource secrets(std::string name_space);
Resource nodes();

/// Which objects of a kind; empty selectors take all.
struct Selection {
  Resource resource;
  std::string label_selector = {};
  std::string field_selector = {};
};

/// A page of a list. Without a resource version it is the newest state there is.
struct ListOptions {
  std::uint32_t limit = 0;  ///< Objects a page; 0: all in one.
  std::string continue_token = {};
  std::string resource_version = {};
};
Request list(const Selection&, const ListOptions& = {});

/// A watch from a resource version on.
struct WatchOptions {
  std::string resource_version;
  bool bookmarks = true;
  base::Micros time =
      base::Micros(0);  ///< When the server ends it, in whole seconds; 0: its choice.
};
Request watch(const Selection&, const WatchOptions&);

/// One object by its name.
struct ObjectRef {
  Resource resource;
  std::string name;
};
Request get(const ObjectRef&);
/// `json` is the whole object.
Request create(const Resource&, std::string json);
/// `json` is an RFC 7386 merge patch.
Request merge_patch(const ObjectRef&, std::string json);
/// The same of the status subresource.
Request merge_patch_status(const ObjectRef&, std::string json);

/// How an object is deleted.
struct DeleteOptions {
  std::string uid = {};  ///< Only if it is still this object, else 409.
  std::optional<std::int64_t> grace_seconds = {};
  std::string propagation = {};  ///< `Background`, `Foreground`, `Orphan`; empty: the kind's own.
};
Request remove(const ObjectRef&, const DeleteOptions& = {});

/// Which part of a container's log.
struct LogOptions {
  std::string container = {};
  bool follow = false;
  bool timestamps = false;
  bool previous = false;  ///< Of the container before its last restart.
  std::optional<base::Time> since = {};
  std::optional<std::int64_t> limit_bytes = {};
};
Request pod_log(const ObjectRef& pod, const LogOptions& = {});

/// A right that we may have.
struct Right {
  std::string verb;  ///< `create`
  Resource resource;
  std::string subresource = {};  ///< `log`
};
/// SelfSubjectAccessReview: `status.allowed` of the answer says whether we have it.
Request access_review(const Right&);

/// The version of the API server: `gitVersion` of the answer.
Request version();

}  // namespace kube
