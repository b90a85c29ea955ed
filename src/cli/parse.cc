#include <fmt/format.h>

#include <algorithm>

#include "cli/grammar.h"
#include "cli/text.h"

namespace cli {

std::vector<std::string> Grammar::names() const {
  std::vector<std::string> all;
  for (const auto* each : app_.get_subcommands(nullptr)) all.push_back(each->get_name());
  return all;
}

/// The innermost command that was named.
const CLI::App* Grammar::used() const {
  const CLI::App* app = &app_;
  for (auto inner = app->get_subcommands(); !inner.empty(); inner = app->get_subcommands())
    app = inner.front();
  return app;
}

Command Grammar::chosen() {
  const auto name = app_.get_subcommands().front()->get_name();
  const auto form = output_of(output_);
  run_.output = get_.output = explain_.output = create_agent_.output = rotate_.output =
      config_.output = form;
  if (config_dev_) config_.role = Role::dev;
  auto& what = command_.what;
  if (name == "server") what = server_;
  if (name == "dev") what = dev_;
  if (name == "agent") what = agent_;
  const auto inner = used()->get_name();
  if (inner == "rbac") what = rbac_;
  if (inner == "rotate") what = rotate_;
  if (inner == "revoke") what = revoke_;
  if (inner == "confirm-prune") what = confirm_prune_;
  if (inner == "forget") what = forget_;
  if (name == "supervise") what = supervise_;
  if (name == "openapi") what = OpenapiCommand();
  if (name == "version") what = VersionCommand();
  if (name == "config") what = config_;
  if (name == "apply") what = apply_;
  if (name == "run") what = run_;
  if (name == "get") what = get_;
  if (name == "logs") what = logs_;
  if (name == "cancel") what = cancel_;
  if (name == "explain") what = explain_;
  if (name == "create") what = create_agent_;
  return std::move(command_);
}

/// `fairlead create agent`; empty for none.
std::string Grammar::path_of(const CLI::App* command) {
  if (!command) return "";
  const auto before = path_of(command->get_parent());
  return before + (before.empty() ? "" : " ") + command->get_name();
}

Usage Grammar::bad_use(const CLI::App* command, const std::string& message) const {
  const auto name = path_of(command);
  std::string usage;
  for (const auto* option : command->get_options()) {
    if (option->get_positional())
      usage += option->get_required() ? " " + option->get_name() : " [" + option->get_name() + "]";
    else if (option->get_required())
      usage += fmt::format(" {} {}", option->get_name().substr(0, option->get_name().find(',')),
                           option->get_type_name());
  }
  return {2, fmt::format("error: {}\nusage: {}{} [OPTIONS]\n`{} --help` says "
                         "more\n",
                         printable(message), name, usage, name)};
}

std::variant<Command, Usage> Grammar::parse(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" ||
      (arguments[0] == "help" && arguments.size() == 1))
    return Usage{0, std::string(overview())};
  if (arguments[0] == "help") std::swap(arguments[0], arguments[1]), arguments[1] = "--help";
  if (arguments[0] == "--version") arguments[0] = "version";
  if (auto unknown = unknown_command(arguments[0], names())) return *unknown;
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return Usage{0, used()->help(path_of(used()->get_parent()))};
  } catch (const CLI::ParseError& error) {
    std::vector<std::string> flags;
    for (const auto* option : used()->get_options())
      for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
    return bad_use(used(), friendly(error.what(), flags));
  }
  if (app_.get_subcommands().empty()) return Usage{0, std::string(overview())};
  const auto& used_command = *used();
  auto command = chosen();
  auto wrong = wrong_together(command);
  if (!wrong.empty()) return bad_use(&used_command, wrong);
  return command;
}

std::variant<Command, Usage> parse(std::vector<std::string> arguments) {
  return Grammar().parse(std::move(arguments));
}

}  // namespace cli
