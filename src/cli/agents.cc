#include "cli/agents.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "json/encode.h"

namespace cli {

loop::Task<int> create_agent(Client& client, model::AgentRequest request, Output output) {
  auto value = co_await client.api.post("/api/v1/agents", json::encode(request));
  if (!value) co_return client.fail(value.error());
  if (output == Output::json || output == Output::yaml) {
    client.terminal.out(print_value(*value, output));
    co_return 0;
  }
  const auto created = read_answer<model::AgentCreated>(std::move(*value));
  if (!created) co_return client.fail(created.error());
  const auto& url = client.api.remote().url;
  client.terminal.err(
      fmt::format("agent/{} created for cluster {}; its key is shown this once.\nStart it with "
                  "FAIRLEAD_KEY set: fairlead agent --server http://{}{}\n",
                  printable(created->agent.name), printable(created->agent.cluster),
                  net::to_string(url.server), url.prefix));
  client.terminal.out(printable(created->key) + "\n");
  co_return 0;
}

}  // namespace cli
