#include <fmt/format.h>

#include "api/handlers.h"
#include "api/views.h"
#include "control/link.h"
#include "json/position.h"
#include "seal/tokens.h"

namespace api {
namespace {

using base::Result;

constexpr base::Micros grace_max = std::chrono::days(30);

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

base::Error no_such_agent(std::string_view name) {
  return base::not_found("no_such_agent",
                         fmt::format("there is no agent '{}'", json::excerpt(name)));
}

/// Changes the agent that the path names, in one transaction: `change(tx, record)`.
template <class Change>
loop::Task<Result<model::AgentView>> change_agent(Context& context, Change change) {
  const std::string name(context.place("agent"));
  auto agent =
      co_await context.scene.store.transact([&](store::Tx& tx) -> std::optional<model::AgentView> {
        auto record = store::lock_agent(tx, name);
        if (!record) return {};
        change(tx, *record);
        return agent_view(*record);
      });
  if (!agent) co_return no_such_agent(name);
  co_return std::move(*agent);
}

/// An answer with a key in it, which nobody on the way is to keep.
model::AgentCreated with_key(Context& context, model::AgentView agent, std::string key) {
  context.headers.set("Cache-Control", "no-store");
  return {std::move(agent), std::move(key)};
}

struct AgentTag;

}  // namespace

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
  co_return with_key(context, std::move(*created), key);
}

loop::Task<Result<model::AgentCreated>> rotate_agent(Context& context, model::KeyRotation body) {
  if (body.grace > grace_max)
    co_return base::invalid("invalid_input", "/grace: at most 30 days",
                            {{"/grace", "at most 30 days"}});
  const auto key = seal::make_token();
  const auto hash = seal::hash_token(key);
  auto agent = co_await change_agent(context, [&](store::Tx& tx, store::AgentRecord& record) {
    store::replace_agent_key(tx, record.name, hash, tx.now() + body.grace);
    record.revoked.reset();
  });
  if (!agent) co_return agent.error();
  context.shared.gate.forget();
  co_return with_key(context, std::move(*agent), key);
}

loop::Task<Result<model::AgentView>> revoke_agent(Context& context) {
  auto agent = co_await change_agent(context, [](store::Tx& tx, store::AgentRecord& record) {
    store::revoke_agent(tx, record.name);
    store::fence_session(tx, record.cluster);
    if (!record.revoked) record.revoked = tx.now();
  });
  if (!agent) co_return agent.error();
  context.shared.gate.forget();
  context.scene.links.ring();  // its stream learns that its session is over
  co_return std::move(*agent);
}

loop::Task<Result<model::AgentView>> confirm_prune(Context& context) {
  return change_agent(context, [](store::Tx& tx, const store::AgentRecord& record) {
    store::confirm_prune(tx, record.cluster);
  });
}

}  // namespace api
