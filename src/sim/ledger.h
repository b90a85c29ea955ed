#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/link.h"

namespace sim {

/// What truly happened to one object of a cluster. Written by the world alone; entries stay.
struct Execution {
  model::AttemptKey key;
  std::string cluster, name, uid;
  base::Mono made;
  std::optional<base::Mono> began;  ///< When its process began, if it did.
  std::optional<base::Mono> ended;  ///< From then on it can never run.
  std::optional<model::Outcome> outcome;
  std::string output;
  std::string side;      ///< What a second container of it wrote, if it has one.
  bool removed = false;  ///< An agent took it away.
};

/// Everything that ever ran, in the order of its making, and what is wrong with it by itself.
class Ledger {
 public:
  /// Told of a violation: about which run, and in words.
  using Complain = std::function<void(model::RunId, std::string)>;
  explicit Ledger(Complain complain) : complain_(std::move(complain)) {}

  std::size_t make(Execution, std::uint32_t capacity);
  void begin(std::size_t, base::Mono);
  void end(std::size_t, base::Mono, model::Outcome);
  void write(std::size_t at, std::string_view bytes) { all_[at].output += bytes; }
  void write_aside(std::size_t at, std::string_view bytes) { all_[at].side += bytes; }
  /// An agent takes away what is left of it.
  void remove(std::size_t);
  /// The server told the world that this attempt is over: from now on it must not begin.
  void closed(const model::AttemptKey&, base::Mono);

  const Execution& at(std::size_t i) const { return all_[i]; }
  const std::vector<Execution>& all() const { return all_; }
  /// Those of one job, oldest first.
  std::vector<const Execution*> of(model::RunId, std::uint32_t job) const;
  std::size_t live(const std::string& cluster) const;

 private:
  using Job = std::pair<model::RunId, std::uint32_t>;
  Complain complain_;
  std::vector<Execution> all_;
  std::map<Job, std::vector<std::size_t>> jobs_;
  std::map<std::string, std::size_t> live_;
  std::map<model::AttemptKey, base::Mono> closed_;
};

std::string text(const model::AttemptKey&);

}  // namespace sim
