#include "api/handlers.h"
#include "api/views.h"
#include "control/submit.h"
#include "model/names.h"

namespace api {
namespace {

using base::Result;

/// Job rows that one page of runs may count; runs beyond it are shown without their counts.
constexpr std::int64_t counted_rows_max = 20'000;

Result<store::RunFilter> read_filter(const RunsQuery& query) {
  store::RunFilter filter;
  if (query.state) filter.state = model::word(*query.state);
  filter.pipeline = query.pipeline;
  filter.since = query.since;
  filter.until = query.until;
  if (query.label.empty()) return filter;
  const auto equals = query.label.find('=');
  if (equals == 0 || equals == query.label.npos) return bad_query("'label': write it as key=value");
  filter.label_key = query.label.substr(0, equals);
  filter.label_value = query.label.substr(equals + 1);
  return filter;
}

std::vector<model::RunView> views_of(store::Tx& tx, const std::vector<store::RunRecord>& records) {
  std::vector<model::RunView> views;
  std::int64_t rows = 0;
  for (const auto& record : records) {
    rows += record.jobs;
    views.push_back(run_view(record, rows <= counted_rows_max
                                         ? store::count_jobs(tx, record.run.id)
                                         : std::map<std::string, std::int64_t>()));
  }
  return views;
}

}  // namespace

loop::Task<Result<model::Page<model::RunView>>> list_runs(Context& context, RunsQuery query) {
  const auto filter = read_filter(query);
  if (!filter) co_return filter.error();
  const auto cursor = read_cursor(query.cursor);
  if (!cursor) co_return cursor.error();
  if (cursor->given && !model::RunId::parse(cursor->key)) co_return bad_cursor();
  auto views = co_await context.scene.store.read([&](store::Tx& tx) {
    return views_of(tx, store::list_runs(tx, the_project, *filter, {cursor->key, cursor->before},
                                         std::size_t(query.limit.value) + 1));
  });
  co_return make_page(std::move(views), *cursor, query.limit,
                      [](const model::RunView& run) { return run.id; });
}

loop::Task<Result<model::RunView>> read_run_view(control::Scene& scene, std::string id) {
  co_return co_await scene.store.read([&](store::Tx& tx) -> Result<model::RunView> {
    const auto record = find_run(tx, id);
    if (!record) return no_such_run(id);
    return run_view(*record, store::count_jobs(tx, record->run.id));
  });
}

loop::Task<Result<model::RunView>> get_run(Context& context) {
  co_return co_await read_run_view(context.scene, std::string(context.place("run")));
}

loop::Task<Result<model::RunView>> cancel_run(Context& context) {
  const std::string text(context.place("run"));
  const auto id = model::RunId::parse(text);
  if (!id) co_return no_such_run(text);
  const auto canceled = co_await control::cancel(context.scene, std::string(the_project), *id);
  if (!canceled) co_return canceled.error();
  co_return co_await read_run_view(context.scene, text);
}

}  // namespace api
