#include "cli/execute.h"

#include <fmt/format.h>

#include "base/log.h"
#include "cli/agents.h"
#include "cli/parse.h"
#include "cli/table.h"
#include "cli/text.h"

namespace cli {
namespace {

/// Runs the command it is called with.
class Runner {
 public:
  Runner(const Programs& programs, Surroundings& around, RemoteFlags remote)
      : programs_(programs), around_(around), remote_(std::move(remote)) {}

  int operator()(const ServerCommand& c) {
    const auto& program = c.role == Role::dev ? programs_.dev : programs_.server;
    return start(load_server_settings(around(c.given), c.role), program);
  }
  int operator()(const AgentCommand& c) {
    return start(load_agent_settings(around(c.given)), programs_.agent);
  }
  int operator()(const RbacCommand& c) { return programs_.rbac(c.name, c.name_space); }
  int operator()(const SuperviseCommand& c) { return programs_.supervise(c.folder); }
  int operator()(OpenapiCommand) { return programs_.openapi(); }
  int operator()(VersionCommand) {
    around_.terminal.out(fmt::format("fairlead {}\n", programs_.version));
    return 0;
  }
  int operator()(const ConfigCommand& c);
  int operator()(ApplyOptions o) {
    return ask([&](Client& c) { return apply(c, std::move(o)); });
  }
  int operator()(RunOptions o) {
    return ask([&](Client& c) { return run_pipeline(c, std::move(o)); });
  }
  int operator()(GetOptions o) {
    return ask([&](Client& c) { return get(c, std::move(o)); });
  }
  int operator()(LogsOptions o) {
    return ask([&](Client& c) { return logs(c, std::move(o)); });
  }
  int operator()(CancelCommand o) {
    return ask([&](Client& c) { return cancel_run(c, std::move(o.run)); });
  }
  int operator()(ExplainCommand o) {
    return ask([&](Client& c) { return explain(c, std::move(o.run), std::move(o.job), o.output); });
  }
  int operator()(CreateAgentCommand o) {
    return ask([&](Client& c) { return create_agent(c, std::move(o.request), o.output); });
  }
  int operator()(RotateAgentCommand o) {
    const auto grace = base::parse_duration(o.grace);
    if (!grace) return fail(grace.error());
    return ask(
        [&](Client& c) { return rotate_agent(c, std::move(o.name), {.grace = *grace}, o.output); });
  }
  int operator()(RevokeAgentCommand o) {
    return ask([&](Client& c) { return revoke_agent(c, std::move(o.name)); });
  }
  int operator()(ConfirmPruneCommand o) {
    return ask([&](Client& c) { return confirm_prune(c, std::move(o.name)); });
  }
  int operator()(ForgetClusterCommand o) {
    return ask([&](Client& c) { return forget_cluster(c, std::move(o.name), o.force); });
  }

 private:
  Given around(Given given) const {
    given.environment = around_.environment;
    return given;
  }
  int fail(const base::Error& error) {
    around_.terminal.err(render_error(error));
    return exit_code_of(error);
  }
  template <class Settings>
  int start(base::Result<config::Loaded<Settings>> loaded,
            const std::function<int(const Settings&)>& program) {
    if (!loaded) return fail(loaded.error());
    base::log::configure(loaded->values.log_level, loaded->values.log_format);
    return program(loaded->values);
  }
  int ask(const std::function<loop::Task<int>(Client&)>& command);

  const Programs& programs_;
  Surroundings& around_;
  RemoteFlags remote_;
};

int Runner::operator()(const ConfigCommand& c) {
  const auto loaded = load_server_settings(around(c.given), c.role);
  if (!loaded) return fail(loaded.error());
  if (c.output == Output::json || c.output == Output::yaml) {
    base::Array items;
    for (const auto& each : loaded->settings)
      items.push_back({{"key", each.key}, {"value", each.value}, {"source", each.source}});
    around_.terminal.out(print_value(base::Value{{"items", std::move(items)}}, c.output));
    return 0;
  }
  Table table({"SETTING", "VALUE", "SOURCE"});
  for (const auto& each : loaded->settings) table.add({each.key, each.value, each.source});
  around_.terminal.out(table.str());
  return 0;
}

int Runner::ask(const std::function<loop::Task<int>(Client&)>& command) {
  auto remote = find_remote(remote_, around_.environment, around_.here);
  if (!remote) return fail(remote.error());
  const auto where = remote->where;
  loop::Loop loop;
  loop::RealClock clock;
  Api api(clock, std::move(*remote));
  Client client{.loop = loop, .api = api, .terminal = around_.terminal, .bell = {}};
  int code = 1;
  const auto run = [](const auto& body, Client& c, int& out) -> loop::Task<> {
    out = co_await body(c);
  };
  try {
    loop.run_until_done(run(command, client, code));
  } catch (const base::Failure& failure) {
    const std::string why = printable(failure.what());
    around_.terminal.err(fmt::format("error: {}\n", why));
    if (why.starts_with("cannot reach"))
      around_.terminal.err(fmt::format(
          "  its address is from {}; `fairlead dev` starts a server on this machine\n", where));
  }
  return code;
}

}  // namespace

int execute(std::vector<std::string> arguments, const Programs& programs, Surroundings& around) {
  auto parsed = parse(std::move(arguments));
  if (const auto* usage = std::get_if<Usage>(&parsed)) {
    if (usage->code == 0)
      around.terminal.out(usage->text);
    else
      around.terminal.err(usage->text);
    return usage->code;
  }
  auto& command = std::get<Command>(parsed);
  Runner runner(programs, around, std::move(command.remote));
  try {
    return std::visit(runner, std::move(command.what));
  } catch (const std::exception& error) {
    around.terminal.err(fmt::format("error: {}\n", printable(error.what())));
    return 1;
  }
}

int run(int argc, char** argv, const Programs& programs) {
  auto environment = this_environment();
  StandardTerminal terminal(environment);
  std::error_code error;
  Surroundings around{std::move(environment), std::filesystem::current_path(error), terminal};
  return execute({argv + (argc > 0 ? 1 : 0), argv + argc}, programs, around);
}

}  // namespace cli
