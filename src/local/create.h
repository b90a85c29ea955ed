#pragma once

#include <filesystem>
#include <functional>

#include "agent/executor.h"

namespace local {

/// The steps of a create, in order. After each the agent may die; a later create finishes the rest.
///   folder     the attempt's folder is there: an empty one has never started
///   payload    the payload is in its file, under the uid of this try
///   draft      the spec is written, under a name that nobody reads
///   published  the spec has its name: from here on the attempt exists, with this uid
///   synced     it survives a power cut; only now a supervisor is spawned
enum class Step { folder, payload, draft, published, synced };

/// Told after each step. For tests of an agent that dies there.
using AfterStep = std::function<void(Step)>;

/// Makes the folder of this attempt, or finds it. Starts nothing. Blocks on the disk: for a pool
/// thread. What is not published by `until` (of the real clock) is not published at all.
agent::Created make_attempt(
    const std::filesystem::path& root, const model::Assignment&, base::Mono until,
    const AfterStep& after = [](Step) {});

/// Whether this folder holds nothing but what a create writes before it publishes the spec.
bool is_half_made(const std::filesystem::path& folder);

}  // namespace local
