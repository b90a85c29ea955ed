#include "cli/grammar.h"

namespace cli {

Grammar::Grammar() {
  app_.require_subcommand(0, 1);
  app_.get_formatter()->column_width(32);
  app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
  add_programs();
  add_hands();
  add_pipelines();
  add_runs();
  add_reads();
  add_rest();
}

CLI::App* Grammar::add(const std::string& name, const std::string& text, const char* examples) {
  auto* command = app_.add_subcommand(name, text);
  if (*examples) command->footer(std::string("Examples:\n") + examples);
  return command;
}

CLI::App* Grammar::add_client(const std::string& name, const std::string& text,
                              const char* examples) {
  return add_remote(add(name, text, examples));
}

CLI::App* Grammar::add_remote(CLI::App* command) {
  command
      ->add_option("--server", command_.remote.server,
                   "The server; default FAIRLEAD_SERVER, then what `fairlead dev` left")
      ->type_name("URL");
  command->add_option("--token", command_.remote.token, "Its token; better in FAIRLEAD_TOKEN")
      ->type_name("TOKEN");
  return command;
}

void Grammar::add_output(CLI::App* command, const std::string& text) {
  command->add_option("-o,--output", output_, text)
      ->check(CLI::IsMember({"table", "wide", "json", "yaml"}))
      ->type_name("FORM");
}

void Grammar::add_settings(CLI::App* command, std::span<const SettingText> texts, Given& given) {
  for (const auto& setting : texts) {
    const std::string key(setting.key);
    const std::string text(setting.text);
    if (setting.value.empty())
      command->add_flag_callback("--" + key, [&given, key] { given.flags[key] = "true"; }, text);
    else
      command
          ->add_option_function<std::string>(
              "--" + key, [&given, key](const std::string& v) { given.flags[key] = v; }, text)
          ->type_name(std::string(setting.value));
  }
  command->add_option("--config", given.file, "A file of settings; default FAIRLEAD_CONFIG")
      ->type_name("FILE");
}

void Grammar::add_programs() {
  auto* dev = add("dev", "Start a server, an agent and a local executor, for trying things",
                  "  fairlead dev\n  fairlead dev --listen 127.0.0.1:0 --data /tmp/try");
  add_settings(dev, server_setting_texts(), dev_.given);
  auto* server = add("server", "Start the API and the control loops",
                     "  fairlead server --listen 127.0.0.1:8080 --data /var/lib/fairlead");
  add_settings(server, server_setting_texts(), server_.given);
  auto* supervise = add("supervise", "Run one attempt", "");
  supervise->add_option("FOLDER", supervise_.folder)->required();
  supervise->group("");
  add("openapi", "Print the API's description", "")->group("");
}

void Grammar::add_hands() {
  auto* agent = add("agent", "Start the hands of a server in a cluster",
                    "  FAIRLEAD_KEY=... fairlead agent --server http://127.0.0.1:8080");
  add_settings(agent, agent_setting_texts(), agent_.given);
  auto* rbac =
      agent->add_subcommand("rbac", "Print what an agent may do in its namespace, for kubectl");
  rbac->add_option("--namespace", rbac_.name_space, "Where its Pods are made")->type_name("NAME");
  rbac->add_option("--name", rbac_.name, "Of the ServiceAccount")->type_name("NAME");
  rbac->footer("Examples:\n  fairlead agent rbac --namespace work | kubectl apply -f -");
  const auto of_agent = [&](const char* name, const char* text, std::string& which) {
    auto* command = add_remote(agent->add_subcommand(name, text));
    command->add_option("NAME", which, "The agent's name")->required();
    return command;
  };
  auto* rotate = of_agent("rotate", "Give an agent another key and print it, once", rotate_.name);
  rotate->add_option("--grace", rotate_.grace, "For so long the old key is good, too; default 1h")
      ->type_name("TIME");
  add_output(rotate);
  of_agent("revoke", "Take an agent's keys back; its session ends at once", revoke_.name);
  of_agent("confirm-prune", "Let an agent remove what its server does not know",
           confirm_prune_.name);
  auto* cluster = app_.add_subcommand("cluster", "Look after a cluster");
  cluster->require_subcommand(1);
  auto* forget = add_remote(cluster->add_subcommand(
      "forget", "Give a cluster up for good: what ran there is lost, and its agent's key is void"));
  forget->add_option("NAME", forget_.name, "The cluster's name")->required();
  forget->add_flag("--force", forget_.force, "Although its agent is connected");
  forget->footer("Examples:\n  fairlead cluster forget east");
}

void Grammar::add_pipelines() {
  auto* apply = add_client("apply", "Store pipelines from YAML or JSON",
                           "  fairlead apply -f pipeline.yaml\n  fairlead apply -f pipelines/\n"
                           "  generate | fairlead apply -f -");
  apply->add_option("-f,--file", apply_.files, "Files, folders, or - for standard input")
      ->required()
      ->type_name("FILE...");
}

void Grammar::add_runs() {
  auto* run = add_client("run", "Start a run of a stored pipeline, or of a file",
                         "  fairlead run deploy --param env=prod --watch\n"
                         "  fairlead run deploy@3 --payload body.json\n"
                         "  fairlead run -f pipeline.json --watch");
  const auto repeated = [&](const char* flag, std::vector<std::string>& to, const char* text) {
    run->add_option(flag, to, text)->allow_extra_args(false)->type_name("KEY=VALUE");
  };
  run->add_option("NAME", run_.name, "A stored pipeline, or NAME@VERSION");
  run->add_option("-f,--file", run_.file, "A pipeline to run as it is; - for standard input")
      ->type_name("FILE");
  repeated("--param", run_.params, "A parameter; repeatable");
  repeated("--label", run_.labels, "A label of the run; repeatable");
  run->add_option("--payload", run_.payload, "The payload; - for standard input")
      ->type_name("FILE");
  run->add_option("--payload-type", run_.payload_type, "Its content type")->type_name("TYPE");
  run->add_option("--idempotency-key", run_.idempotency_key,
                  "Sending it again with this key starts nothing new")
      ->type_name("KEY");
  run->add_flag("-w,--watch", run_.watch, "Show it until it ends; the exit code is its verdict");
  add_output(run);
  auto* cancel = add_client("cancel", "Ask a run to stop", "  fairlead cancel @latest");
  cancel->add_option("RUN", cancel_.run, "An id, the start of one, or @latest")->required();
  auto* explain = add_client("explain", "Say why a run or a job is as it is",
                             "  fairlead explain @latest\n  fairlead explain 01h2x build");
  explain->add_option("RUN", explain_.run, "An id, the start of one, or @latest")->required();
  explain->add_option("JOB", explain_.job, "A job of it");
  add_output(explain);
}

void Grammar::add_reads() {
  auto* get = add_client("get", "Show runs, a run, its jobs, pipelines, clusters or agents",
                         "  fairlead get runs --state failed --label team=docs\n"
                         "  fairlead get run @latest --watch\n"
                         "  fairlead get jobs 01h2x\n  fairlead get job 01h2x build\n"
                         "  fairlead get pipeline deploy -o yaml");
  get->add_option("NOUN", get_.noun, "runs, run, jobs, job, pipelines, pipeline, clusters, agents")
      ->required();
  get->add_option("NAME", get_.name, "A run (id, start of one, @latest) or a pipeline");
  get->add_option("JOB", get_.job, "With job: whose attempts to show");
  get->add_flag("-w,--watch", get_.watch, "Go on showing it");
  get->add_option("--state", get_.state, "Only in this state");
  get->add_option("--pipeline", get_.pipeline, "Only runs of this pipeline");
  get->add_option("--label", get_.label, "Only runs with this label")->type_name("KEY=VALUE");
  get->add_option("--since", get_.since, "Only runs since 2h ago, or since an RFC 3339 time");
  get->add_option("--until", get_.until, "Only runs before that");
  get->add_option("--limit", get_.limit, "How many at most (50)")->check(CLI::Range(1, 1'000'000));
  get->add_flag("--all", get_.all, "All of them");
  add_output(get, "table, wide, json or yaml");
  auto* logs = add_client("logs", "Print what jobs wrote",
                          "  fairlead logs @latest\n  fairlead logs -f 01h2x build\n"
                          "  fairlead logs 01h2x build --attempt 1\n"
                          "  fairlead logs 01h2x build --container proxy --tail 20");
  logs->add_option("RUN", logs_.run, "An id, the start of one, or @latest")->required();
  logs->add_option("JOB", logs_.job, "Only this job; else all, each line with its job's name");
  logs->add_flag("-f,--follow", logs_.follow, "Go on until the end");
  logs->add_option("--attempt", logs_.attempt, "This attempt; else the latest")
      ->check(CLI::Range(1, 1'000'000));
  logs->add_option("--container,--stream", logs_.container,
                   "Only this container, or POD/CONTAINER; else all, with their names if there "
                   "are several")
      ->type_name("NAME");
  logs->add_flag("--timestamps", logs_.timestamps, "When each line was written, where known");
  logs->add_option("--tail", logs_.tail, "Only so many last lines of each container")
      ->check(CLI::Range(0, 1'000'000'000));
}

void Grammar::add_rest() {
  auto* create = app_.add_subcommand("create", "Make an agent");
  create->require_subcommand(1);
  auto* agent = create->add_subcommand("agent", "Make an agent and print its key, once");
  agent->add_option("--name", create_agent_.request.name, "Its name")->required();
  agent->add_option("--cluster,--cluster-name", create_agent_.request.cluster, "Its cluster's name")
      ->required();
  add_remote(agent);
  agent->footer("Examples:\n  export FAIRLEAD_KEY=$(fairlead create agent --name a --cluster c)");
  add_output(agent);
  auto* config = add("config", "Show the settings of a server and where each comes from",
                     "  fairlead config --config fairlead.yaml");
  add_settings(config, server_setting_texts(), config_.given);
  config->add_flag("--dev", config_dev_, "Those of `fairlead dev`");
  add_output(config, "json or yaml");
  add("version", "Print the version", "");
}

}  // namespace cli
