#pragma once

#include <boost/describe/enum.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/rng.h"
#include "base/time.h"
#include "kube/wire.h"

namespace kube {

/// What a cache has to do. Views are into the page or line that was read.
struct Change {
  enum class Kind {
    begin_list,  ///< Forget what was listed so far, not what is kept.
    item,        ///< Listed: keep it.
    end_list,    ///< What is kept and was not listed since `begin_list` is gone.
    applied,     ///< Keep it.
    removed,     ///< It is gone.
  };
  BOOST_DESCRIBE_NESTED_ENUM(Kind, begin_list, item, end_list, applied, removed)
  Kind kind;
  std::string_view name = {};
  std::string_view json = {};
};

/// The request that a watcher wants to be sent next, not before this moment.
struct Wish {
  enum class Kind { list, watch } kind = Kind::list;
  std::string continue_token = {};    ///< Of a list.
  std::string resource_version = {};  ///< Of a watch.
  base::Mono not_before = {};
  friend bool operator==(const Wish&, const Wish&) = default;
};

/// Follows a set of objects: lists them page by page, then watches from the list's version on. A
/// watch that ends, breaks or falls silent goes on from the last version it has seen and never
/// means that anything happened to an object; only an event or a newer list says so. Pure: what
/// happened comes in with its time, what to do goes out.
class Watcher {
 public:
  explicit Watcher(base::Rng);

  const Wish& wish() const { return wish_; }
  /// What was wished for is being sent.
  void sent(base::Mono now);
  /// A page came back.
  std::vector<Change> page(const Page&, base::Mono now);
  /// The watch says something.
  std::optional<Change> event(const WatchEvent&, base::Mono now);
  /// A watch that had begun ended, broke, or was silent for too long.
  void ended(base::Mono now);
  /// What was wished for was refused with this status, or got no answer at all (0).
  void failed(int status, base::Mono now, std::optional<base::Micros> retry_after = {});
  /// Something was seen that cannot be understood: only a new list tells what is true.
  void lost(base::Mono now);
  /// Asks for a list that begins after now.
  void relist(base::Mono now);

  /// The moment when the last complete list was asked for: what is kept is at least that new.
  std::optional<base::Mono> fresh_since() const { return fresh_since_; }

 private:
  void start_list(base::Mono not_before);
  base::Mono later(base::Mono now);

  base::Rng rng_;
  Wish wish_;
  bool first_page_ = true;
  unsigned tries_ = 0;  ///< That came to nothing, in a row.
  base::Mono sent_;
  base::Mono list_sent_;  ///< The first page of the list under way.
  base::Mono wanted_;     ///< No list that was asked for before this is enough.
  std::optional<base::Mono> fresh_since_;
};

}  // namespace kube
