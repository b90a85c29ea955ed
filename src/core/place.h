#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/pod_settings.h"

namespace core {

/// A cluster as placement sees it.
struct PlaceCluster {
  std::string name;
  bool open = false;           ///< Its agent holds a session.
  bool well = true;            ///< Its agent can work with it.
  std::uint32_t live = 0;      ///< Attempts on it that have not ended.
  std::uint32_t capacity = 0;  ///< How many there may be.
  std::map<std::string, std::string> labels;
};

/// An attempt that waits for a cluster.
struct PlaceHead {
  const model::Placement* where = nullptr;  ///< Null: anywhere. Heads of one job share theirs.
};

/// Where an attempt goes, or why it goes nowhere now.
struct Placed {
  std::optional<std::size_t> cluster;  ///< An index into the clusters.
  std::string why;                     ///< A sentence when there is none.
};

/// How many attempts could be placed now, if they may go anywhere.
std::size_t room(std::span<const PlaceCluster>);

/// Chooses a cluster for each head, in order: of those that it may go to and that have room the one
/// with the largest free share, the first by order when equal. At worst O(heads × clusters), and
/// O(heads × log clusters) for heads that may go anywhere.
std::vector<Placed> place(std::span<const PlaceHead>, std::vector<PlaceCluster>);

/// Why no cluster takes this head now; empty when one does.
std::string why_not_placed(const PlaceHead&, std::span<const PlaceCluster>);

}  // namespace core
