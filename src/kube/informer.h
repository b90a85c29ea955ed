#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "kube/api.h"
#include "kube/watch.h"
#include "loop/bell.h"

namespace kube {

/// Drives a Watcher over an Api. The part of an informer that does not depend on what is kept.
class Follower {
 public:
  using Apply = std::function<void(const Change&)>;

  /// `apply` may throw base::Failure at what it cannot understand: everything is listed anew then.
  Follower(loop::Clock&, Api&, Selection, base::Rng, Apply apply);
  ~Follower();

  /// Follows until it is cancelled.
  loop::Task<> run();
  /// Asks for a new full list, however new the last one is.
  void relist();
  /// As Watcher's, once all of that list was applied.
  std::optional<base::Mono> fresh_since() const { return fresh_since_; }

  /// Why nothing can be seen of the cluster since some seconds; else empty.
  std::string trouble() const;

  static constexpr std::uint32_t page_limit = 500;

 private:
  struct Counters;
  loop::Task<> step();
  loop::Task<> list(Wish);
  loop::Task<> watch(Wish);
  loop::Task<> read_watch(Wish, bool* over);
  loop::Task<std::string> next_or_silence(http::Incoming&);
  loop::Task<> read_lines(http::Incoming&);
  void broke(std::string_view what, std::string_view why);

  loop::Clock& clock_;
  Api& api_;
  const Selection selection_;
  base::Rng rng_;
  const Apply apply_;
  Watcher watcher_;
  std::optional<base::Mono> fresh_since_;
  loop::Bell turned_;           ///< The wish is another one.
  std::string failure_;         ///< Of the last try, if it failed,
  base::Mono failing_since_{};  ///< and of those before it.
  std::unique_ptr<Counters> counters_;
};

/// Keeps a projection of every object of a selection in one namespace (or of the cluster), by name,
/// as new as the watch is. Loop thread only.
template <class T>
class Informer {
 public:
  /// Makes of an object's JSON what is kept of it; throws base::Failure when it cannot.
  using Project = std::function<T(std::string_view json)>;

  Informer(loop::Clock& clock, Api& api, Selection selection, Project project,
           base::Rng rng = base::Rng::from_entropy())
      : project_(std::move(project)),
        follower_(clock, api, std::move(selection), rng, [this](const Change& c) { apply(c); }) {}

  /// Keeps the cache until it is cancelled; outlived by this.
  loop::Task<> run() { return follower_.run(); }

  const std::map<std::string, std::shared_ptr<const T>>& all() const { return kept_; }
  std::shared_ptr<const T> find(const std::string& name) const {
    const auto at = kept_.find(name);
    return at == kept_.end() ? nullptr : at->second;
  }
  /// The names whose projection came, changed or went since this was last called.
  std::set<std::string> take_changes() { return std::exchange(changed_, {}); }

  /// An object that went, as it was when it was last seen.
  struct Gone {
    std::shared_ptr<const T> last;
    bool final = false;  ///< By its final event: nothing happened to it unseen.
  };
  /// What went since this was last called.
  std::map<std::string, Gone> take_gone() { return std::exchange(gone_, {}); }

  /// Whether the cache was complete once.
  bool synced() const { return fresh_since().has_value(); }
  /// The cache is at least as new as the server was at this moment: the start of the last complete
  /// list.
  std::optional<base::Mono> fresh_since() const { return follower_.fresh_since(); }
  /// Asks for a new full list. Who needs certainty awaits `fresh_since() >= ` the moment of this.
  void relist() { follower_.relist(); }
  /// As Follower's.
  std::string trouble() const { return follower_.trouble(); }
  /// Rings at changes and at the end of each list.
  loop::Bell& bell() { return bell_; }

 private:
  void apply(const Change& change) {
    switch (change.kind) {
      case Change::Kind::begin_list: return listed_.clear();
      case Change::Kind::item: listed_.emplace(change.name); return keep(change);
      case Change::Kind::applied: return keep(change);
      case Change::Kind::removed: return remove(change);
      case Change::Kind::end_list: return end_list();
    }
  }

  void keep(const Change& change) {
    auto fresh = std::make_shared<const T>(project_(change.json));
    auto& kept = kept_[std::string(change.name)];
    if (kept && *kept == *fresh) return;
    kept = std::move(fresh);
    note(std::string(change.name));
  }

  void remove(const Change& change) {
    const std::string name(change.name);
    forget(name);
    // Its last state may tell how it ended.
    if (!change.json.empty())
      gone_[name] = {std::make_shared<const T>(project_(change.json)), true};
  }

  void forget(const std::string& name) {
    const auto at = kept_.find(name);
    if (at == kept_.end()) return;
    gone_[name] = {std::move(at->second)};
    kept_.erase(at);
    note(name);
  }

  void end_list() {
    std::vector<std::string> gone;
    for (const auto& [name, kept] : kept_)
      if (!listed_.contains(name)) gone.push_back(name);
    for (const auto& name : gone) forget(name);
    listed_.clear();
    bell_.ring();
  }

  void note(std::string name) {
    changed_.insert(std::move(name));
    bell_.ring();
  }

  const Project project_;
  std::map<std::string, std::shared_ptr<const T>> kept_;
  std::map<std::string, Gone> gone_;
  std::set<std::string> changed_;
  std::set<std::string, std::less<>> listed_;
  loop::Bell bell_;
  Follower follower_;
};

}  // namespace kube
