#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/plan.h"
#include "store/pipelines.h"

namespace control {

/// Compiled pipelines by the hash of their spec, the most recently used kept. Any thread.
class Plans {
 public:
  /// `jobs_max` bounds the memory: the jobs of all plans that are kept together.
  explicit Plans(core::PipelineLimits, std::size_t jobs_max = 400'000);

  /// The plan of a stored spec. Reads and compiles it when it is not at hand.
  std::shared_ptr<const core::Plan> get(store::Tx&, const std::string& hash);
  /// The plan, if it is at hand.
  std::shared_ptr<const core::Plan> find(const std::string& hash);
  /// Has a plan at hand for `get` in the transaction that stores its spec.
  void prepare(const std::string& hash, std::shared_ptr<const core::Plan>);
  /// Keeps the plan of a spec whose storing was committed.
  void keep(const std::string& hash, std::shared_ptr<const core::Plan>);
  /// Whether the spec is certain to be stored. A plan alone proves nothing: it may have been read
  /// in a transaction that was undone.
  bool is_stored(const std::string& hash);

  const core::PipelineLimits& limits() const { return limits_; }

 private:
  struct Kept {
    std::shared_ptr<const core::Plan> plan;
    std::list<std::string>::iterator age;
    bool stored = false;
  };
  void insert(const std::string& hash, std::shared_ptr<const core::Plan>, bool stored);

  core::PipelineLimits limits_;
  std::size_t jobs_max_;
  std::mutex mutex_;
  std::size_t jobs_ = 0;
  std::list<std::string> ages_;  // the most recently used first
  std::unordered_map<std::string, Kept> kept_;
};

/// A compiled pipeline with the canonical text of its spec and that text's hash.
struct Compiled {
  std::shared_ptr<const core::Plan> plan;
  std::string json;
  std::string hash;
};
/// Decodes, checks and compiles a pipeline. Pure; may take long for a big one.
base::Result<Compiled> compile_value(const base::Value&, const core::PipelineLimits&);

}  // namespace control
