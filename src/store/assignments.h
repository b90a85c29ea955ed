#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/link.h"
#include "store/store.h"

namespace store {

/// An assignment with the cluster it is on. Its `work` is not stored; the link fills it in.
struct AssignmentRecord {
  model::Assignment assignment;
  std::string cluster;
};

/// Inserts assignments, with the row of each attempt.
void insert_assignments(Tx&, std::span<const AssignmentRecord>);
std::optional<AssignmentRecord> lock_assignment(Tx&, const model::AttemptKey&);
/// Whether the attempt is on this cluster.
bool is_assigned(Tx&, const model::AttemptKey&, std::string_view cluster);
/// Stores state, wanted, epoch, uid and revision.
void update_assignment(Tx&, const model::Assignment&);
void delete_assignment(Tx&, const model::AttemptKey&);

/// What changed on a cluster since a revision, in its order; what is not offered yet is not shown.
std::vector<model::Assignment> pull_assignments(Tx&, std::string_view cluster, std::uint64_t after,
                                                std::size_t limit);
/// What waits to be offered, oldest first.
std::vector<model::AttemptKey> unoffered_assignments(Tx&, std::string_view cluster,
                                                     std::size_t limit);
/// Attempts that may be alive and are not marked unreachable.
std::vector<model::AttemptKey> reachable_assignments(Tx&, std::string_view cluster,
                                                     std::size_t limit);
/// Everything that belongs on a cluster, in the order of its revisions.
std::vector<model::AttemptKey> cluster_assignments(Tx&, std::string_view cluster,
                                                   std::size_t limit);
std::int64_t count_assignments(Tx&, model::RunId);

}  // namespace store
