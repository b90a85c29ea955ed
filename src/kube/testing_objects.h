#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/value.h"
#include "kube/request.h"
#include "loop/bell.h"

namespace kube::testing {

/// The objects of a cluster as an API server keeps them: versions, uids, deletion with grace and
/// finalizers, pages of one snapshot, the history that watches replay. It knows pods, jobs,
/// secrets, configmaps, events and nodes. Nothing happens by itself: a test plays kubelet and
/// controllers.
class Objects {
 public:
  using Object = std::shared_ptr<const base::Value>;

  /// What a call is answered with: an object, a list or a Status.
  struct Reply {
    int status = 200;
    base::Value body;
  };
  /// A line of a watch.
  struct Line {
    std::string type;
    Object object;
  };

  explicit Objects(loop::Clock& clock) : clock_(clock) {}

  Reply create(const Resource&, base::Value object);
  Reply get(const ObjectRef&) const;
  /// RFC 7386; of the status alone, or of all but the status, as Kubernetes keeps them apart.
  Reply patch(const ObjectRef&, const base::Value& patch, bool of_status);
  /// `options` is a DeleteOptions object, or null.
  Reply remove(const ObjectRef&, const base::Value& options);
  Reply list(const Selection&, const ListOptions&);
  /// What happened to the selection after this version, oldest first; nothing when its history is
  /// no longer kept.
  std::optional<std::vector<Line>> since(const Selection&, std::uint64_t version) const;
  /// What is there now, as a watch without a version begins.
  std::vector<Line> now(const Selection&) const;

  /// The object, or null.
  Object find(const ObjectRef&) const;
  /// Every object of the selection, in the order of their names.
  std::vector<Object> all(const Selection&) const;
  std::uint64_t version() const { return version_; }
  /// Rings at every change.
  loop::Bell& changed() { return changed_; }

  /// The scheduler's part: puts a Pod on a node.
  void bind(const ObjectRef& pod, const std::string& node);
  /// The kubelet's part of a deletion: the Pod has ended, and goes if no finalizer holds it.
  void confirm_deletion(const ObjectRef& pod);
  /// Forgets the history: watches from before are answered 410.
  void compact();
  /// Forgets the snapshots: pages that are asked for now are answered 410.
  void expire_pages() { snapshots_.clear(); }

 private:
  struct Key {
    std::string plural;
    std::string name_space;
    std::string name;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Happened {
    std::uint64_t version;
    std::string plural;
    Object before;  ///< Null: it was created.
    Object after;   ///< As it is now or, when it is gone, as it was last.
    bool gone = false;
  };
  /// The rest of a list that is read page by page.
  struct Snapshot {
    std::uint64_t version;
    std::vector<Object> rest;
  };

  static Key key_of(const ObjectRef&);
  Reply store(const Key&, base::Value object, int status);
  Reply erase(const Key&, base::Value object);
  void collect_dependents(const std::string& name_space, const std::string& uid);
  bool selects(const Selection&, const Object&) const;
  base::Value stamped(base::Value object);
  std::string time_text(base::Micros ahead = base::Micros(0)) const;

  loop::Clock& clock_;
  std::map<Key, Object> objects_;
  std::deque<Happened> history_;
  std::map<std::string, Snapshot> snapshots_;
  std::uint64_t version_ = 100;
  std::uint64_t forgotten_ = 100;  ///< Up to this version the history is gone.
  std::uint64_t made_ = 0;
  loop::Bell changed_;
};

/// A Status object.
base::Value status_object(int code, std::string_view reason, std::string_view message);

}  // namespace kube::testing
