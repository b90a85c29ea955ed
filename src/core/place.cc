#include "core/place.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <queue>
#include <unordered_map>

namespace core {
namespace {

std::uint32_t free_of(const PlaceCluster& c) {
  return c.open && c.well && c.live < c.capacity ? c.capacity - c.live : 0;
}

bool may_go_to(const model::Placement* where, const PlaceCluster& c) {
  if (!where) return true;
  const auto& names = where->clusters;
  if (!names.empty() && std::ranges::find(names, c.name) == names.end()) return false;
  return std::ranges::all_of(where->labels, [&](const auto& label) {
    const auto at = c.labels.find(label.first);
    return at != c.labels.end() && at->second == label.second;
  });
}

/// The free share of a cluster at some moment, for a heap.
struct Share {
  std::uint32_t free = 0, capacity = 0;
  std::size_t index = 0;

  /// Whether it is chosen after another; without dividing.
  friend bool operator<(const Share& a, const Share& b) {
    const auto left = std::uint64_t(a.free) * b.capacity;
    const auto right = std::uint64_t(b.free) * a.capacity;
    return left != right ? left < right : a.index > b.index;
  }
};

/// Clusters that fill up while heads are placed.
class Filling {
 public:
  explicit Filling(std::vector<PlaceCluster> clusters) : clusters_(std::move(clusters)) {
    for (std::size_t i = 0; i < clusters_.size(); ++i) offer(i);
  }

  std::optional<std::size_t> choose(const model::Placement* where) {
    const auto best = where ? search(*where) : freest();
    if (best) {
      ++clusters_[*best].live;
      offer(*best);
    }
    return best;
  }

  std::span<const PlaceCluster> clusters() const { return clusters_; }

 private:
  Share share(std::size_t i) const { return {free_of(clusters_[i]), clusters_[i].capacity, i}; }
  void offer(std::size_t i) {
    if (free_of(clusters_[i]) > 0) shares_.push(share(i));
  }

  /// The heap has a share of each cluster as it is now, and older ones.
  std::optional<std::size_t> freest() {
    while (!shares_.empty()) {
      const auto top = shares_.top();
      if (top.free == free_of(clusters_[top.index])) return top.index;
      shares_.pop();
    }
    return {};
  }

  std::optional<std::size_t> search(const model::Placement& where) const {
    std::optional<Share> best;
    for (std::size_t i = 0; i < clusters_.size(); ++i)
      if (free_of(clusters_[i]) > 0 && may_go_to(&where, clusters_[i]) &&
          (!best || *best < share(i)))
        best = share(i);
    if (!best) return {};
    return best->index;
  }

  std::vector<PlaceCluster> clusters_;
  std::priority_queue<Share> shares_;
};

std::string wish(const model::Placement& where) {
  std::string text = "no cluster";
  if (!where.clusters.empty())
    text = fmt::format("no cluster named {}", fmt::join(where.clusters, " or "));
  std::vector<std::string> labels;
  for (const auto& [key, value] : where.labels) labels.push_back(fmt::format("{}={}", key, value));
  if (!labels.empty())
    return fmt::format("{} has label{} {}", text, labels.size() > 1 ? "s" : "",
                       fmt::join(labels, ", "));
  return fmt::format("there is {}", text);
}

/// Why nothing more goes there.
std::string state_of(const PlaceCluster& c) {
  if (!c.open) return "has no agent connected";
  if (!c.well) return "is in trouble";
  return fmt::format("is full ({} of {})", c.live, c.capacity);
}

}  // namespace

std::size_t room(std::span<const PlaceCluster> clusters) {
  std::size_t sum = 0;
  for (const auto& c : clusters) sum += free_of(c);
  return sum;
}

std::string why_not_placed(const PlaceHead& head, std::span<const PlaceCluster> clusters) {
  constexpr std::size_t named_max = 10;
  std::vector<std::string> each;
  std::size_t matching = 0;
  for (const auto& c : clusters) {
    if (!may_go_to(head.where, c)) continue;
    if (free_of(c) > 0) return "";
    if (++matching <= named_max) each.push_back(fmt::format("{} {}", c.name, state_of(c)));
  }
  if (matching == 0) return head.where ? wish(*head.where) : "there is no cluster";
  if (matching == 1) return fmt::format("cluster {}", each[0]);
  if (matching > named_max) each.emplace_back("…");
  return fmt::format("no {}cluster takes it: {}", head.where ? "matching " : "",
                     fmt::join(each, ", "));
}

std::vector<Placed> place(std::span<const PlaceHead> heads, std::vector<PlaceCluster> clusters) {
  Filling filling(std::move(clusters));
  std::unordered_map<const model::Placement*, std::string> nowhere;  // it only gets fuller
  std::vector<Placed> placed;
  placed.reserve(heads.size());
  for (const auto& head : heads) {
    if (const auto known = nowhere.find(head.where); known != nowhere.end()) {
      placed.push_back({{}, known->second});
      continue;
    }
    placed.push_back({filling.choose(head.where), {}});
    if (placed.back().cluster) continue;
    placed.back().why = why_not_placed(head, filling.clusters());
    nowhere.emplace(head.where, placed.back().why);
  }
  return placed;
}

}  // namespace core
