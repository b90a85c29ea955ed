#include <fmt/format.h>

#include <algorithm>

#include "api/handlers.h"
#include "api/views.h"
#include "control/link.h"
#include "json/position.h"

namespace api {
namespace {

using base::Result;

std::vector<model::ClusterView> read_views(store::Tx& tx) {
  std::vector<model::ClusterView> views;
  for (const auto& record : store::read_clusters(tx))
    views.push_back(cluster_view(record, tx.now()));
  return views;
}

base::Error no_such_cluster(std::string_view name) {
  return base::not_found("no_such_cluster",
                         fmt::format("there is no cluster '{}'", json::excerpt(name)));
}

}  // namespace

loop::Task<Result<model::Page<model::ClusterView>>> list_clusters(Context& context,
                                                                  PageQuery query) {
  const auto cursor = read_cursor(query.cursor);
  if (!cursor) co_return cursor.error();
  co_return page_of(co_await context.scene.store.read(&read_views), *cursor, query.limit);
}

loop::Task<Result<model::ClusterView>> get_cluster(Context& context) {
  const auto name = context.place("cluster");
  auto all = co_await context.scene.store.read(&read_views);
  const auto at = std::ranges::find(all, name, &model::ClusterView::name);
  if (at == all.end()) co_return no_such_cluster(name);
  co_return std::move(*at);
}

loop::Task<Result<Nothing>> forget_cluster(Context& context, model::ClusterForget body) {
  const std::string name(context.place("cluster"));
  auto& scene = context.scene;
  auto refused = co_await scene.store.transact([&](store::Tx& tx) -> std::optional<base::Error> {
    const auto record = store::lock_cluster(tx, name);
    if (!record) return no_such_cluster(name);
    if (record->is_open(tx.now()) && !body.force)
      return base::conflict("cluster_connected",
                            fmt::format("the agent of cluster '{}' is connected: what runs there "
                                        "would be lost though it lives; stop the agent first, or "
                                        "force it",
                                        name));
    return {};
  });
  if (refused) co_return std::move(*refused);
  for (bool more = true; more;) {
    const auto turn = co_await scene.store.transact([&](store::Tx& tx) {
      control::Touched touched;
      const bool rest = control::forget_cluster(tx, scene, name, touched);
      return std::pair(rest, touched);
    });
    turn.second.ring(scene);
    more = turn.first;
  }
  context.shared.gate.forget();
  co_return Nothing{};
}

}  // namespace api
