#include "cli/get.h"

#include <fmt/format.h>

#include "cli/resolve.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/watch.h"
#include "json/encode.h"
#include "json/text.h"
#include "model/names.h"

namespace cli {
namespace {

using Text = base::Result<std::string>;

/// `5m` is a moment five minutes ago; anything else goes to the server as it is.
std::string moment(const std::string& text, base::Time now) {
  const auto ago = base::parse_duration(text);
  return ago && !text.empty() ? base::format_time(now - *ago) : text;
}

class Get {
 public:
  Get(Client& client, GetOptions options) : client_(client), options_(std::move(options)) {}

  loop::Task<int> run();

 private:
  bool prints_tree() const {
    return options_.output == Output::json || options_.output == Output::yaml;
  }
  std::size_t limit() const { return options_.all ? 0 : options_.limit; }
  TableStyle style() const {
    // Ages change by themselves: piped, every line would be new all the time.
    const bool ages = !options_.watch || client_.terminal.live;
    return {client_.api.clock().now(), options_.output == Output::wide, ages};
  }

  loop::Task<int> show_list();
  loop::Task<int> show_run();
  loop::Task<int> show_pipeline();
  loop::Task<Text> listing();
  template <class View>
  loop::Task<Text> list(std::string path, Parameters parameters, std::size_t most,
                        std::string (*table)(const std::vector<View>&, const TableStyle&));
  template <class View>
  Text show(const base::Array&, std::string (*table)(const std::vector<View>&, const TableStyle&));

  Client& client_;
  GetOptions options_;
};

loop::Task<int> Get::run() {
  const auto& noun = options_.noun;
  if (noun.starts_with("run") && !options_.name.empty()) co_return co_await show_run();
  if (noun.starts_with("pipeline") && !options_.name.empty()) co_return co_await show_pipeline();
  if (noun.starts_with("job")) {
    auto run = co_await resolve_run(client_.api, options_.name);
    if (!run) co_return client_.fail(run.error());
    options_.name = std::move(*run);
  }
  co_return co_await show_list();
}

loop::Task<int> Get::show_list() {
  if (options_.watch) co_return co_await watch_list(client_, [this] { return listing(); });
  const auto text = co_await listing();
  if (!text) co_return client_.fail(text.error());
  client_.terminal.out(*text);
  co_return 0;
}

template <class View>
loop::Task<Text> Get::list(std::string path, Parameters parameters, std::size_t most,
                           std::string (*table)(const std::vector<View>&, const TableStyle&)) {
  const auto items = co_await client_.api.list(std::move(path), std::move(parameters), most);
  if (!items) co_return items.error();
  co_return show(*items, table);
}

template <class View>
Text Get::show(const base::Array& items,
               std::string (*table)(const std::vector<View>&, const TableStyle&)) {
  if (prints_tree()) return print_value(base::Value{{"items", items}}, options_.output);
  const auto views = read_answer<std::vector<View>>(base::Value(items));
  if (!views) return views.error();
  if (views->empty() && !options_.watch) {
    client_.terminal.err(fmt::format("no {} found\n", options_.noun));
    return std::string();
  }
  return table(*views, style());
}

loop::Task<Text> Get::listing() {
  const auto& noun = options_.noun;
  if (noun.starts_with("pipeline"))
    co_return co_await list(path_of({"pipelines"}), {}, limit(), &pipelines_table);
  if (noun.starts_with("cluster"))
    co_return co_await list("/api/v1/clusters", {}, limit(), &clusters_table);
  if (noun.starts_with("agent"))
    co_return co_await list("/api/v1/agents", {}, limit(), &agents_table);
  if (noun.starts_with("job") && !options_.job.empty()) {
    const auto attempts = co_await client_.api.items(
        path_of({"runs", options_.name, "jobs", options_.job, "attempts"}));
    if (!attempts) co_return attempts.error();
    co_return show(*attempts, &attempts_table);
  }
  if (noun.starts_with("job"))
    co_return co_await list(path_of({"runs", options_.name, "jobs"}), {{"state", options_.state}},
                            limit(), &jobs_table);
  const auto now = client_.clock().now();
  Parameters parameters = {{"state", options_.state},
                           {"pipeline", options_.pipeline},
                           {"label", options_.label},
                           {"since", moment(options_.since, now)},
                           {"until", moment(options_.until, now)}};
  co_return co_await list(path_of({"runs"}), std::move(parameters), limit(), &runs_table);
}

std::string run_head(const model::RunView& run, base::Time now) {
  std::string text = fmt::format("run       {}\npipeline  {}{}\nstate     {}\n", printable(run.id),
                                 pipeline_text(run.pipeline),
                                 run.version ? fmt::format(" (version {})", *run.version) : "",
                                 model::word(run.state));
  if (!run.reason.empty()) text += fmt::format("reason    {}\n", printable(run.reason));
  text += fmt::format("created   {} ago, by {}\n", age_text(now - run.created),
                      printable(run.origin.empty() ? "api" : run.origin));
  if (run.started)
    text += fmt::format("took      {}\n", duration_text(run.finished.value_or(now) - *run.started));
  if (const auto* params = run.params.if_object(); params && !params->empty())
    text += fmt::format("params    {}\n", printable(json::print(run.params)));
  for (const auto& [key, value] : run.labels)
    text += fmt::format("label     {}={}\n", printable(key), printable(value));
  return text + "\n";
}

loop::Task<int> Get::show_run() {
  const auto id = co_await resolve_run(client_.api, options_.name);
  if (!id) co_return client_.fail(id.error());
  if (options_.watch) co_return co_await watch_run(client_, *id);
  auto value = co_await client_.api.get(path_of({"runs", *id}));
  if (!value) co_return client_.fail(value.error());
  if (prints_tree()) {
    client_.terminal.out(print_value(*value, options_.output));
    co_return 0;
  }
  const auto view = read_answer<model::RunView>(std::move(*value));
  if (!view) co_return client_.fail(view.error());
  const auto jobs = co_await client_.api.list_as<model::JobView>(
      path_of({"runs", *id, "jobs"}), {{"state", options_.state}}, limit());
  if (!jobs) co_return client_.fail(jobs.error());
  client_.terminal.out(run_head(*view, client_.clock().now()) + jobs_table(*jobs, style()));
  if (std::int64_t(jobs->size()) < view->jobs_total && options_.state.empty())
    client_.terminal.out(fmt::format("… {} more jobs; --all shows them\n",
                                     view->jobs_total - std::int64_t(jobs->size())));
  co_return 0;
}

loop::Task<int> Get::show_pipeline() {
  const auto [name, version] = split_version(options_.name);
  auto value = co_await client_.api.get(path_of({"pipelines", name}) +
                                        query_of({{"version", std::string(version)}}));
  if (!value) co_return client_.fail(value.error());
  if (prints_tree()) {
    client_.terminal.out(print_value(*value, options_.output));
    co_return 0;
  }
  const auto view = read_answer<model::PipelineView>(std::move(*value));
  if (!view) co_return client_.fail(view.error());
  client_.terminal.out(pipelines_table({*view}, style()));
  if (!view->spec.is_null()) client_.terminal.out("\n" + print_value(view->spec, Output::yaml));
  co_return 0;
}

}  // namespace

bool is_noun(const std::string& word) {
  for (const auto* each : {"run", "pipeline", "cluster", "agent", "job"})
    if (word == each || word == std::string(each) + "s") return true;
  return false;
}

loop::Task<int> get(Client& client, GetOptions options) {
  Get get(client, std::move(options));
  co_return co_await get.run();
}

}  // namespace cli
