#include "core/place.h"

#include <algorithm>

namespace core {
namespace {

std::size_t free_of(const PlaceCluster& c) {
  return c.open && c.live < c.capacity ? c.capacity - c.live : 0;
}

/// Whether a has a larger free share than b, without dividing.
bool freer(const PlaceCluster& a, const PlaceCluster& b) {
  return std::uint64_t(free_of(a)) * b.capacity > std::uint64_t(free_of(b)) * a.capacity;
}

}  // namespace

std::size_t room(std::span<const PlaceCluster> clusters) {
  std::size_t sum = 0;
  for (const auto& c : clusters) sum += free_of(c);
  return sum;
}

std::vector<std::size_t> place(std::size_t count, std::vector<PlaceCluster> clusters) {
  std::vector<std::size_t> chosen;
  while (chosen.size() < count) {
    std::size_t best = clusters.size();
    for (std::size_t i = 0; i < clusters.size(); ++i)
      if (free_of(clusters[i]) > 0 &&
          (best == clusters.size() || freer(clusters[i], clusters[best])))
        best = i;
    if (best == clusters.size()) break;
    ++clusters[best].live;
    chosen.push_back(best);
  }
  return chosen;
}

}  // namespace core
