#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace core {

/// A cluster as placement sees it.
struct PlaceCluster {
  std::string name;
  bool open = false;           ///< Its agent holds a session.
  std::uint32_t live = 0;      ///< Attempts on it that have not ended.
  std::uint32_t capacity = 0;  ///< How many there may be.
};

/// How many attempts could be placed now.
std::size_t room(std::span<const PlaceCluster>);

/// Chooses a cluster for each of `count` attempts: the one with the largest free share, the first
/// by order when equal. Gives indices into `clusters`, fewer than `count` when the room is used up.
std::vector<std::size_t> place(std::size_t count, std::vector<PlaceCluster> clusters);

}  // namespace core
