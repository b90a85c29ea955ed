#pragma once

#include <deque>
#include <vector>

#include "control/scene.h"
#include "core/place.h"
#include "model/link.h"
#include "store/clusters.h"
#include "store/runs.h"

namespace control {

/// Applies facts to a run inside a transaction: loads what they touch, stores what changed, with
/// the feed. A run that is held or unknown changes nothing. A broken invariant undoes this run's
/// part, holds the run, and everything else goes on. True if anything changed; `effects` are what
/// came of it.
bool apply(store::Tx&, Scene&, model::RunId, std::deque<core::Fact>, Touched&,
           core::Effects* effects = nullptr);

/// Stores a new run as its first facts leave it: each of its rows is written once.
void create(store::Tx&, Scene&, const store::NewRun&, const core::Plan&, Touched&);

/// Gives queued jobs a cluster while there is room, and offers what waits to be offered. Does the
/// same however it was called. The number of attempts placed.
std::size_t dispatch(store::Tx&, Scene&, Touched&);

/// Clusters as placement sees them.
std::vector<core::PlaceCluster> place_view(const std::vector<store::ClusterRecord>&, base::Time);

/// Offers what is assigned to this cluster as far as its session takes it.
void offer(store::Tx&, Scene&, const std::string& cluster, Touched&);

/// Nothing of this attempt is left on its cluster: its row goes. Output that is not stored by now
/// never will be, and readers have to know.
void forget(store::Tx&, const model::Assignment&);

bool has_continuation(store::Tx&);
/// Applies the oldest stored follow-up, once. False when there is none.
bool apply_continuation(store::Tx&, Scene&, Touched&);

}  // namespace control
