#include "store/pipelines.h"

#include <fmt/format.h>
#include <algorithm>

#include "sql/queries.h"
#include "store/compress.h"
#include "store/rows.h"

namespace store {
namespace {

namespace q = sql::q;
constexpr std::size_t part_bytes_max = 512 << 10;

PipelineRecord record(const sql::Row& r, std::string name, int from) {
  return {std::move(name),    r.number(from),  r.str(from + 1),
          r.number(from + 2), r.str(from + 3), base::from_micros(r.number(from + 4))};
}

}  // namespace

bool has_spec(Tx& tx, std::string_view hash) {
  bool found = false;
  tx.connection.run(q::has_spec, {hash}, [&](const sql::Row& r) { found = r.number(0) > 0; });
  return found;
}

std::vector<std::string> spec_parts(std::string_view json) {
  // The plain size comes first: decompression must know what to expect.
  const auto packed = fmt::format("{}\n", json.size()) + compress(json);
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < packed.size(); at += part_bytes_max)
    parts.push_back(packed.substr(at, part_bytes_max));
  return parts;
}

void insert_spec_part(Tx& tx, std::string_view hash, std::size_t part, std::string_view bytes) {
  tx.connection.run(q::insert_spec_part, {hash, part, sql::Cell::bytes(bytes)});
}

std::string read_spec(Tx& tx, std::string_view hash) {
  std::string packed;
  tx.connection.run(q::read_spec, {hash}, [&](const sql::Row& r) { packed += r.text(0); });
  const auto end = packed.find('\n');
  if (end == packed.npos) return {};
  return decompress(std::string_view(packed).substr(end + 1), std::stoul(packed.substr(0, end)));
}

std::optional<PipelineRecord> read_pipeline(Tx& tx, std::string_view project, std::string_view name,
                                            std::optional<std::int64_t> version) {
  std::optional<PipelineRecord> found;
  const auto take = [&](const sql::Row& r) { found = record(r, std::string(name), 0); };
  if (version)
    tx.connection.run(q::read_pipeline_version, {project, name, *version}, take);
  else
    tx.connection.run(q::latest_pipeline, {project, name}, take);
  return found;
}

void insert_pipeline(Tx& tx, std::string_view project, const PipelineRecord& p) {
  tx.connection.run(q::insert_pipeline, {project, p.name, p.version, p.spec_hash, p.jobs, p.labels,
                                         base::to_micros(tx.now())});
}

std::vector<PipelineRecord> list_pipelines(Tx& tx, std::string_view project,
                                           std::string_view cursor, bool before,
                                           std::size_t limit) {
  std::vector<PipelineRecord> found;
  tx.connection.run(before ? q::list_pipelines_before : q::list_pipelines, {project, cursor, limit},
                    [&](const sql::Row& r) { found.push_back(record(r, r.str(0), 1)); });
  if (before) std::ranges::reverse(found);
  return found;
}

}  // namespace store
