#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/apply.h"
#include "cli/get.h"
#include "cli/logs.h"
#include "cli/remote.h"
#include "cli/runs.h"
#include "cli/settings.h"
#include "model/views.h"

namespace cli {

struct ServerCommand {
  Given given;
  Role role = Role::server;
};
struct AgentCommand {
  Given given;
};
struct RbacCommand {
  std::string name = "fairlead-agent";
  std::string name_space = "default";
};
struct SuperviseCommand {
  std::string folder;
};
struct OpenapiCommand {};
struct VersionCommand {};
struct ConfigCommand {
  Given given;
  Role role = Role::server;
  Output output = Output::table;
};
struct CancelCommand {
  std::string run;
};
struct ExplainCommand {
  std::string run;
  std::string job;
  Output output = Output::table;
};
struct CreateAgentCommand {
  model::AgentRequest request;
  Output output = Output::table;
};
struct RotateAgentCommand {
  std::string name;
  std::string grace = "1h";
  Output output = Output::table;
};
struct RevokeAgentCommand {
  std::string name;
};
struct ConfirmPruneCommand {
  std::string name;
};
struct ForgetClusterCommand {
  std::string name;
  bool force = false;
};

/// What the command line asks for.
struct Command {
  std::variant<ServerCommand, AgentCommand, RbacCommand, SuperviseCommand, OpenapiCommand,
               VersionCommand, ConfigCommand, ApplyOptions, RunOptions, GetOptions, LogsOptions,
               CancelCommand, ExplainCommand, CreateAgentCommand, RotateAgentCommand,
               RevokeAgentCommand, ConfirmPruneCommand, ForgetClusterCommand>
      what;
  RemoteFlags remote;
};

/// What is printed instead of doing anything: help (code 0, standard output) or what was wrong
/// (code 2, standard error).
struct Usage {
  int code = 0;
  std::string text;
};

/// Reads the arguments, the program's name not among them.
std::variant<Command, Usage> parse(std::vector<std::string> arguments);

/// The answer to a first word that is none of these commands; nothing when it is one or a flag.
std::optional<Usage> unknown_command(const std::string& word,
                                     const std::vector<std::string>& commands);
/// What CLI11 says of bad use, in our words, and the flag that was probably meant.
std::string friendly(std::string message, const std::vector<std::string>& flags);
/// What is wrong with options that are each right; empty when nothing is.
std::string wrong_together(const Command&);

/// What `fairlead` alone and `fairlead --help` print.
std::string_view overview();

}  // namespace cli
