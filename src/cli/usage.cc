#include <fmt/format.h>

#include <algorithm>

#include "cli/parse.h"
#include "cli/text.h"
#include "json/position.h"

namespace cli {
namespace {

bool is_tree(Output output) { return output == Output::json || output == Output::yaml; }
constexpr auto watched_tree = "--watch and -o json or yaml do not go together";

std::string wrong(const GetOptions& get) {
  if (!is_noun(get.noun))
    return fmt::format(
        "'{}' is nothing to get; choose runs, run, jobs, job, pipelines, pipeline, clusters or "
        "agents",
        get.noun);
  if (get.noun.starts_with("job") && get.name.empty())
    return "say of which run: fairlead get jobs RUN";
  return get.watch && is_tree(get.output) ? watched_tree : "";
}

std::string wrong(const RunOptions& run) {
  if (run.name.empty() == run.file.empty())
    return "give the name of a pipeline, or a file with -f, and not both";
  return run.watch && is_tree(run.output) ? watched_tree : "";
}

std::string wrong(const LogsOptions& logs) {
  return logs.attempt && logs.job.empty() ? "--attempt needs a JOB" : "";
}

template <class Other>
std::string wrong(const Other&) {
  return "";
}

}  // namespace

std::string wrong_together(const Command& command) {
  return std::visit([](const auto& what) { return wrong(what); }, command.what);
}

std::string friendly(std::string message, const std::vector<std::string>& flags) {
  for (const std::string_view start :
       {"The following argument was not expected: ", "The following arguments were not expected: "})
    if (message.starts_with(start)) message.replace(0, start.size(), "unexpected: ");
  const auto word = message.substr(message.find_last_of(' ') + 1);
  const std::vector<std::string_view> views(flags.begin(), flags.end());
  if (!word.starts_with("--")) return message;
  if (const auto near = json::nearest(word, views); !near.empty())
    message += fmt::format("; did you mean {}?", near);
  return message;
}

std::optional<Usage> unknown_command(const std::string& word,
                                     const std::vector<std::string>& commands) {
  if (word.starts_with('-') || std::ranges::find(commands, word) != commands.end())
    return std::nullopt;
  const std::vector<std::string_view> views(commands.begin(), commands.end());
  const auto near = json::nearest(word, views);
  return Usage{2, fmt::format("error: unknown command '{}'{}\n`fairlead --help` lists them\n",
                              printable(word),
                              near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
}

std::string_view overview() {
  return R"(fairlead: one control plane for Kubernetes work

Try it:
  fairlead dev                              start everything on this machine
  fairlead run -f pipeline.yaml --watch     run a pipeline and look on

Work with pipelines and runs:
  apply -f FILE...      store pipelines from YAML or JSON
  run NAME | -f FILE    start a run; --watch shows it, the exit code is its verdict
  get NOUN [NAME]       show runs, a run, jobs, pipelines, clusters, agents
  logs [-f] RUN [JOB]   print what jobs wrote
  cancel RUN            ask a run to stop
  explain RUN [JOB]     say why it is as it is

Run the system:
  dev                   server, agent and local executor in one, for trying things
  server                the API and the control loops
  agent                 the hands of a server in a cluster
  agent rbac            print the least that an agent may do, for kubectl
  agent rotate|revoke   give an agent another key, or take its keys back
  create agent          make an agent and print its key, once
  cluster forget        give a cluster up for good
  config                the settings of a server and where each comes from
  version               print the version

Examples:
  fairlead apply -f pipelines/
  fairlead run deploy --param env=prod --watch
  fairlead get runs --state failed --since 24h
  fairlead logs -f @latest build
  fairlead get run @latest -o yaml

A RUN is an id, the unique start of one, or @latest. Client commands find their server by --server
and --token, FAIRLEAD_SERVER and FAIRLEAD_TOKEN, or what `fairlead dev` left in .fairlead.
Exit codes: 0 done or succeeded, 1 failed, 2 bad use, 3 canceled, 130 Ctrl-C.
`fairlead COMMAND --help` says more.
)";
}

}  // namespace cli
