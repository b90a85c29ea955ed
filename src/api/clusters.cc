#include <fmt/format.h>

#include <algorithm>

#include "api/handlers.h"
#include "api/views.h"
#include "json/position.h"
#include "seal/tokens.h"

namespace api {
namespace {

using base::Result;

/// A page of a list that is read whole, because there are few: ordered by name.
template <class T>
model::Page<T> page_of(std::vector<T> all, const Cursor& cursor, PageLimit limit) {
  const auto reach = std::size_t(limit.value) + 1;
  if (cursor.before) {
    std::erase_if(all, [&](const T& item) { return item.name >= cursor.key; });
    if (all.size() > reach) all.erase(all.begin(), all.end() - std::ptrdiff_t(reach));
  } else {
    std::erase_if(all, [&](const T& item) { return item.name <= cursor.key; });
    if (all.size() > reach) all.resize(reach);
  }
  return make_page(std::move(all), cursor, limit, [](const T& item) { return item.name; });
}

std::vector<model::ClusterView> read_views(store::Tx& tx) {
  std::vector<model::ClusterView> views;
  for (const auto& record : store::read_clusters(tx))
    views.push_back(cluster_view(record, tx.now()));
  return views;
}

base::Faults check(const model::AgentRequest& body) {
  constexpr std::string_view rule =
      "must be a DNS label: a-z, 0-9 and '-', at most 63, a letter or digit at both ends";
  base::Faults faults;
  if (!base::is_dns_label(body.name)) faults.push_back({"/name", std::string(rule)});
  if (!base::is_dns_label(body.cluster)) faults.push_back({"/cluster", std::string(rule)});
  return faults;
}

base::Error taken(const store::AgentRecord& other, const model::AgentRequest& body) {
  if (other.name == body.name)
    return base::conflict("agent_exists", fmt::format("there is an agent '{}' already", body.name));
  return base::conflict(
      "cluster_taken", fmt::format("cluster '{}' belongs to agent '{}'", body.cluster, other.name));
}

struct AgentTag;

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
  if (at == all.end())
    co_return base::not_found("no_such_cluster",
                              fmt::format("there is no cluster '{}'", json::excerpt(name)));
  co_return std::move(*at);
}

loop::Task<Result<model::Page<model::AgentView>>> list_agents(Context& context, PageQuery query) {
  const auto cursor = read_cursor(query.cursor);
  if (!cursor) co_return cursor.error();
  const auto records = co_await context.scene.store.read(&store::list_agents);
  std::vector<model::AgentView> views;
  for (const auto& record : records) views.push_back(agent_view(record));
  co_return page_of(std::move(views), *cursor, query.limit);
}

loop::Task<Result<model::AgentCreated>> create_agent(Context& context, model::AgentRequest body) {
  auto faults = check(body);
  if (!faults.empty())
    co_return base::invalid("invalid_agent", "the agent cannot be named so", std::move(faults));
  const auto key = seal::make_token();
  const auto hash = seal::hash_token(key);
  const auto id = base::Id<AgentTag>::make(context.scene.clock.now(), context.shared.rng).str();
  auto created =
      co_await context.scene.store.transact([&](store::Tx& tx) -> Result<model::AgentView> {
        const auto other = store::find_agent_named(tx, body.name, body.cluster);
        // A rerun after a commit whose outcome was unknown meets its own row.
        if (other && other->id != id) return taken(*other, body);
        const store::AgentRecord agent{id, body.name, body.cluster, tx.now(), {}};
        if (other) return agent_view(agent);
        if (!store::lock_cluster(tx, body.cluster))
          store::insert_cluster(tx, body.cluster, body.name);
        store::insert_agent(tx, agent, hash);
        return agent_view(agent);
      });
  if (!created) co_return created.error();
  context.headers.set("Cache-Control", "no-store");
  co_return model::AgentCreated{std::move(*created), key};
}

}  // namespace api
