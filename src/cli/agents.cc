#include "cli/agents.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "http/message.h"
#include "json/encode.h"

namespace cli {

namespace {

/// The key to standard output, what to do with it to standard error.
int show_key(Client& client, base::Result<base::Value> value, std::string_view done,
             Output output) {
  if (!value) return client.fail(value.error());
  if (output == Output::json || output == Output::yaml) {
    client.terminal.out(print_value(*value, output));
    return 0;
  }
  const auto created = read_answer<model::AgentCreated>(std::move(*value));
  if (!created) return client.fail(created.error());
  const auto& remote = client.api.remote().url;
  client.terminal.err(
      fmt::format("agent/{} {} for cluster {}; its key is shown this once.\nStart it with "
                  "FAIRLEAD_KEY set: fairlead agent --server {}://{}{}\n",
                  printable(created->agent.name), done, printable(created->agent.cluster),
                  remote.tls ? "https" : "http", net::to_string(remote.server), remote.prefix));
  client.terminal.out(printable(created->key) + "\n");
  return 0;
}

/// Asks for it, and says what it came to.
loop::Task<int> ask(Client& client, std::string path, base::Value body, std::string done) {
  const auto answer = co_await client.api.post(std::move(path), std::move(body));
  if (!answer) co_return client.fail(answer.error());
  client.terminal.out(done + "\n");
  co_return 0;
}

std::string path_of(std::string_view list, std::string_view name, std::string_view what) {
  return fmt::format("/api/v1/{}/{}/{}", list, http::percent_encode(name), what);
}

}  // namespace

loop::Task<int> create_agent(Client& client, model::AgentRequest request, Output output) {
  auto value = co_await client.api.post("/api/v1/agents", json::encode(request));
  co_return show_key(client, std::move(value), "created", output);
}

loop::Task<int> rotate_agent(Client& client, std::string name, model::KeyRotation rotation,
                             Output output) {
  auto value = co_await client.api.post(path_of("agents", name, "rotate"), json::encode(rotation));
  co_return show_key(client, std::move(value), "has another key", output);
}

loop::Task<int> revoke_agent(Client& client, const std::string& name) {
  return ask(client, path_of("agents", name, "revoke"), base::Object(),
             fmt::format("agent/{} revoked; what runs on its cluster goes on, unseen until "
                         "`fairlead agent rotate` gives it another key",
                         printable(name)));
}

loop::Task<int> confirm_prune(Client& client, const std::string& name) {
  return ask(client, path_of("agents", name, "confirm-prune"), base::Object(),
             fmt::format("agent/{} may remove what the server does not know", printable(name)));
}

loop::Task<int> forget_cluster(Client& client, const std::string& name, bool force) {
  return ask(client, path_of("clusters", name, "forget"), json::encode(model::ClusterForget{force}),
             fmt::format("cluster/{} forgotten", printable(name)));
}

}  // namespace cli
