#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/runs.h"

namespace store {

/// A version of a stored pipeline.
struct PipelineRecord {
  std::string name;
  std::int64_t version = 0;
  std::string spec_hash;
  std::int64_t jobs = 0;
  std::string labels;  ///< JSON object
  base::Time created;
};

bool has_spec(Tx&, std::string_view hash);
/// A spec's canonical JSON, compressed and cut so that no row is above 512 KiB. Done outside a
/// transaction.
std::vector<std::string> spec_parts(std::string_view json);
void insert_spec_part(Tx&, std::string_view hash, std::size_t part, std::string_view bytes);
/// The canonical JSON; empty when the hash is unknown.
std::string read_spec(Tx&, std::string_view hash);

/// A version, or the latest one.
std::optional<PipelineRecord> read_pipeline(Tx&, std::string_view project, std::string_view name,
                                            std::optional<std::int64_t> version = {});
void insert_pipeline(Tx&, std::string_view project, const PipelineRecord&);
/// A page by name after the cursor, or the page before it.
std::vector<PipelineRecord> list_pipelines(Tx&, std::string_view project, std::string_view cursor,
                                           bool before, std::size_t limit);

}  // namespace store
