#pragma once

#include <CLI/CLI.hpp>

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "cli/parse.h"

/// The grammar of the command line. Only for cli/parse.cc and cli/grammar.cc.
namespace cli {

/// What CLI11 fills in, and which command that was.
class Grammar {
 public:
  Grammar();
  std::variant<Command, Usage> parse(std::vector<std::string> arguments);

 private:
  CLI::App* add(const std::string& name, const std::string& text, const char* examples);
  CLI::App* add_client(const std::string& name, const std::string& text, const char* examples);
  CLI::App* add_remote(CLI::App*);
  void add_programs();
  void add_hands();
  void add_pipelines();
  void add_runs();
  void add_reads();
  void add_rest();
  void add_settings(CLI::App*, std::span<const SettingText>, Given&);
  void add_output(CLI::App*, const std::string& text = "json or yaml: the API's object");
  Command chosen();
  std::vector<std::string> names() const;
  Usage bad_use(const CLI::App* command, const std::string& message) const;
  static std::string path_of(const CLI::App*);
  const CLI::App* used() const;

  CLI::App app_{"One control plane for Kubernetes work", "fairlead"};
  Command command_;
  ServerCommand server_, dev_{{}, Role::dev};
  AgentCommand agent_;
  RotateAgentCommand rotate_;
  RevokeAgentCommand revoke_;
  ConfirmPruneCommand confirm_prune_;
  ForgetClusterCommand forget_;
  RbacCommand rbac_;
  SuperviseCommand supervise_;
  ConfigCommand config_;
  ApplyOptions apply_;
  RunOptions run_;
  GetOptions get_;
  LogsOptions logs_;
  CancelCommand cancel_;
  ExplainCommand explain_;
  CreateAgentCommand create_agent_;
  std::string output_ = "table";
  bool config_dev_ = false;
};

}  // namespace cli
