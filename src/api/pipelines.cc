#include <fmt/format.h>

#include "api/handlers.h"
#include "api/views.h"
#include "control/submit.h"
#include "json/position.h"

namespace api {
namespace {

using base::Result;

std::string_view word_of(control::Stored::Change change) {
  switch (change) {
    case control::Stored::Change::created: return "created";
    case control::Stored::Change::updated: return "updated";
    case control::Stored::Change::unchanged: return "unchanged";
  }
  return "";
}

}  // namespace

loop::Task<Result<model::PipelineStored>> store_pipeline(Context& context,
                                                         Tree<model::PipelineSpec> body) {
  const auto stored = co_await control::store_pipeline(context.scene, std::string(the_project),
                                                       std::move(body.value));
  if (!stored) co_return stored.error();
  const bool fresh = stored->change != control::Stored::Change::unchanged;
  context.status = fresh ? 201 : 200;
  context.headers.set("Location",
                      fmt::format("/api/v1/projects/{}/pipelines/{}", the_project, stored->name));
  co_return model::PipelineStored{stored->name, stored->version,
                                  std::string(word_of(stored->change))};
}

loop::Task<Result<model::Page<model::PipelineView>>> list_pipelines(Context& context,
                                                                    PageQuery query) {
  const auto cursor = read_cursor(query.cursor);
  if (!cursor) co_return cursor.error();
  auto records = co_await context.scene.store.read([&](store::Tx& tx) {
    return store::list_pipelines(tx, the_project, cursor->key, cursor->before,
                                 std::size_t(query.limit.value) + 1);
  });
  std::vector<model::PipelineView> views;
  for (const auto& record : records) views.push_back(pipeline_view(record));
  co_return make_page(std::move(views), *cursor, query.limit,
                      [](const model::PipelineView& p) { return p.name; });
}

loop::Task<Result<model::PipelineView>> get_pipeline(Context& context, VersionQuery query) {
  const auto name = context.place("pipeline");
  struct Found {
    store::PipelineRecord record;
    std::string spec;
  };
  const auto found = co_await context.scene.store.read([&](store::Tx& tx) -> std::optional<Found> {
    auto record = store::read_pipeline(tx, the_project, name, query.version);
    if (!record) return {};
    auto spec = store::read_spec(tx, record->spec_hash);
    return Found{std::move(*record), std::move(spec)};
  });
  if (!found)
    co_return base::not_found(
        "no_such_pipeline",
        query.version
            ? fmt::format("there is no version {} of '{}'", *query.version, json::excerpt(name))
            : fmt::format("there is no pipeline '{}'", json::excerpt(name)));
  auto view = pipeline_view(found->record);
  context.heavy = found->spec.size() > inline_bytes_max;
  const auto parse = [&] { return stored_json(found->spec); };
  view.spec = context.heavy ? co_await loop::offload(context.scene.pool, parse) : parse();
  co_return view;
}

}  // namespace api
