#include "control/submit.h"

#include <boost/json/serialize.hpp>

#include "control/engine.h"
#include "core/check.h"
#include "core/params.h"
#include "store/feed.h"
#include "store/jobs.h"

namespace control {
namespace {

/// Bigger pipelines are compiled off the loop, and their rows are written in chunks of this many.
constexpr std::size_t jobs_inline_max = 500;
constexpr std::uint32_t jobs_chunk = 1000;

using base::Result;

base::Error unknown_pipeline(const std::string& name, std::optional<std::int64_t> version) {
  if (version)
    return base::not_found("no_such_pipeline", "there is no version " + std::to_string(*version) +
                                                   " of a pipeline '" + name + "' here");
  return base::not_found("no_such_pipeline", "there is no pipeline '" + name +
                                                 "' here; store it with fairlead apply -f FILE");
}

/// Whether a tree is large enough that decoding it would hold up the loop.
bool is_big(const base::Value& spec) {
  const auto* object = spec.if_object();
  const auto* jobs = object ? object->if_contains("jobs") : nullptr;
  return jobs && jobs->is_object() && jobs->get_object().size() > 100;
}

loop::Task<Result<Compiled>> compile(Scene& scene, base::Value spec) {
  if (!is_big(spec)) co_return compile_value(spec, scene.plans.limits());
  co_return co_await loop::offload(scene.pool, [&] {
    const auto tree = std::exchange(spec, {});  // even its end takes long
    return compile_value(tree, scene.plans.limits());
  });
}

/// What will be stored for a request, all of it decided.
struct Draft {
  SubmitRequest request;
  store::NewRun run;
  std::shared_ptr<const core::Plan> plan;
  std::vector<std::string> spec_parts;  ///< Empty when the spec is stored already.
};

/// The parameters of the run; everything that was given besides the pipeline is checked at once.
Result<base::Object> check_given(const SubmitRequest& request, const model::PipelineSpec& spec,
                                 const core::PipelineLimits& limits) {
  core::Checker checker;
  core::check_labels(request.labels, limits, checker);
  auto params = core::resolve_params(spec, request.params);
  if (!params)
    for (const auto& f : params.error().faults) checker.fault(f.pointer, f.message);
  if (checker.clean()) return params;
  auto refused = checker.refusal();
  refused.code = "invalid_run";
  if (refused.faults.size() > 1) refused.message = "the request has faults; see each of them";
  return refused;
}

Result<Draft> draft(SubmitRequest request, std::shared_ptr<const core::Plan> plan, std::string hash,
                    const core::PipelineLimits& limits) {
  auto params = check_given(request, plan->spec, limits);
  if (!params) return params.error();
  Draft d{.request = std::move(request), .run = {}, .plan = std::move(plan), .spec_parts = {}};
  auto& run = d.run;
  run.id = d.request.id;
  run.project = d.request.project;
  run.pipeline = d.request.pipeline.empty() ? d.plan->spec.name : d.request.pipeline;
  run.version = d.request.version;
  run.spec_hash = std::move(hash);
  run.params = boost::json::serialize(*params);
  run.labels = d.request.labels;
  run.labels.insert(d.plan->spec.labels.begin(), d.plan->spec.labels.end());
  run.origin = d.request.origin;
  run.jobs = std::uint32_t(d.plan->jobs.size());
  run.main_jobs = d.plan->main_count;
  return d;
}

/// The answer that this key got before, if it did.
std::optional<Result<Submitted>> replay(store::Tx& tx, const SubmitRequest& r) {
  if (r.idempotency_key.empty()) return {};
  const auto found = store::find_idempotency(tx, r.project, r.idempotency_route, r.idempotency_key);
  if (!found) return {};
  if (found->request_hash != r.request_hash)
    return base::invalid("idempotency_mismatch",
                         "this Idempotency-Key was used for another request; use a new one");
  return Submitted{*model::RunId::parse(found->body), true};
}

void insert_spec(store::Tx& tx, const Draft& d) {
  for (std::size_t i = d.spec_parts.size(); i-- > 0;)
    store::insert_spec_part(tx, d.run.spec_hash, i, d.spec_parts[i]);
}

/// The last step of a submit: from here on the run is accepted.
void accept(store::Tx& tx, Scene& scene, const Draft& d, Touched& touched) {
  const auto& r = d.request;
  if (r.payload) store::insert_payload(tx, r.id, *r.payload);
  if (!r.idempotency_key.empty())
    store::insert_idempotency(tx, r.project, r.idempotency_route, r.idempotency_key,
                              {r.request_hash, 201, r.id.str()});
  dispatch(tx, scene, touched);
}

struct Outcome {
  Result<Submitted> result;
  Touched touched;
};

Submitted::Seen see(store::Tx& tx, const store::NewRun& run) {
  return {*store::read_run(tx, run.project, run.id), store::count_jobs(tx, run.id)};
}

loop::Task<Outcome> submit_small(Scene& scene, const Draft& d) {
  co_return co_await scene.store.transact([&](store::Tx& tx) -> Outcome {
    if (auto before = replay(tx, d.request)) return {std::move(*before), {}};
    // A rerun after a commit whose outcome was unknown meets its own row.
    if (store::lock_run(tx, d.run.id)) return {Submitted{d.run.id, false}, {}};
    Touched touched;
    insert_spec(tx, d);
    create(tx, scene, d.run, *d.plan, touched);
    accept(tx, scene, d, touched);
    return {Submitted{d.run.id, false, see(tx, d.run)}, touched};
  });
}

/// Many rows: written chunk by chunk, so that others commit in between; shown at the end.
loop::Task<Outcome> submit_large(Scene& scene, Draft& d) {
  d.run.visible = false;
  // The first part last: it is what shows that a spec is whole.
  for (std::size_t i = d.spec_parts.size(); i-- > 0;)
    co_await scene.store.transact(
        [&](store::Tx& tx) { store::insert_spec_part(tx, d.run.spec_hash, i, d.spec_parts[i]); });
  co_await scene.store.transact([&](store::Tx& tx) { store::insert_run(tx, d.run); });
  for (std::uint32_t from = 0; from < d.run.jobs; from += jobs_chunk)
    co_await scene.store.transact([&](store::Tx& tx) {
      store::insert_jobs(tx, d.run.id, *d.plan, from, std::min(d.run.jobs, from + jobs_chunk));
    });
  co_return co_await scene.store.transact([&](store::Tx& tx) -> Outcome {
    if (auto again = replay(tx, d.request)) return {std::move(*again), {}};
    Touched touched;
    store::show_run(tx, d.run.id);
    apply(tx, scene, d.run.id, {core::Submitted{}}, touched);
    accept(tx, scene, d, touched);
    return {Submitted{d.run.id, false}, touched};
  });
}

/// The refusal of a pipeline that stood at this pointer of a larger input.
base::Error placed(base::Error refused, const std::string& at) {
  for (auto& fault : refused.faults) fault.pointer.insert(0, at);
  return refused;
}

/// A spec as it is stored. Compressing a big one would hold up the loop.
loop::Task<std::vector<std::string>> spec_parts(Scene& scene, const Compiled& compiled) {
  if (compiled.plan->jobs.size() <= jobs_inline_max) co_return store::spec_parts(compiled.json);
  co_return co_await loop::offload(scene.pool, [&] { return store::spec_parts(compiled.json); });
}

/// The plan of a request: of the spec that it brings, or of the stored pipeline that it names.
loop::Task<Result<Draft>> prepare(Scene& scene, SubmitRequest request) {
  if (!request.spec.is_null()) {
    auto compiled = co_await compile(scene, std::exchange(request.spec, {}));
    if (!compiled) co_return placed(compiled.error(), request.spec_at);
    const bool known = scene.plans.is_stored(compiled->hash);
    auto d = draft(std::move(request), compiled->plan, compiled->hash, scene.plans.limits());
    if (!d || known) co_return d;
    const bool stored = co_await scene.store.read(
        [&](store::Tx& tx) { return store::has_spec(tx, compiled->hash); });
    if (!stored) d->spec_parts = co_await spec_parts(scene, *compiled);
    co_return d;
  }
  struct Found {
    store::PipelineRecord record;
    std::shared_ptr<const core::Plan> plan;
  };
  auto found = co_await scene.store.read([&](store::Tx& tx) -> std::optional<Found> {
    auto record = store::read_pipeline(tx, request.project, request.pipeline, request.version);
    if (!record) return {};
    auto plan = scene.plans.get(tx, record->spec_hash);
    return Found{std::move(*record), std::move(plan)};
  });
  if (!found) co_return unknown_pipeline(request.pipeline, request.version);
  request.version = found->record.version;
  co_return draft(std::move(request), found->plan, found->record.spec_hash, scene.plans.limits());
}

}  // namespace

loop::Task<Result<Submitted>> submit(Scene& scene, SubmitRequest request) {
  // First of all: what was accepted once is answered again, whatever became of its pipeline since.
  if (!request.idempotency_key.empty()) {
    auto before = co_await scene.store.read([&](store::Tx& tx) { return replay(tx, request); });
    if (before) co_return std::move(*before);
  }
  auto d = co_await prepare(scene, std::move(request));
  if (!d) co_return d.error();
  scene.plans.prepare(d->run.spec_hash, d->plan);
  Outcome outcome = d->run.jobs <= jobs_inline_max ? co_await submit_small(scene, *d)
                                                   : co_await submit_large(scene, *d);
  // Only now is the spec certain to be stored; others may count on it.
  if (outcome.result) scene.plans.keep(d->run.spec_hash, d->plan);
  outcome.touched.ring(scene);
  co_return std::move(outcome.result);
}

loop::Task<Result<Stored>> store_pipeline(Scene& scene, std::string project, base::Value spec) {
  auto compiled = co_await compile(scene, std::move(spec));
  if (!compiled) co_return compiled.error();
  const auto& name = compiled->plan->spec.name;
  if (name.empty())
    co_return base::invalid("invalid_pipeline", "a stored pipeline needs a name",
                            {{"/name", "give the pipeline a name"}});
  const auto parts = co_await spec_parts(scene, *compiled);
  for (std::size_t i = parts.size(); i-- > 0;)
    co_await scene.store.transact(
        [&](store::Tx& tx) { store::insert_spec_part(tx, compiled->hash, i, parts[i]); });
  base::Object labels;
  for (const auto& [key, value] : compiled->plan->spec.labels) labels[key] = value;
  const auto stored = co_await scene.store.transact([&](store::Tx& tx) -> Stored {
    const auto latest = store::read_pipeline(tx, project, name);
    if (latest && latest->spec_hash == compiled->hash)
      return {name, latest->version, Stored::Change::unchanged};
    const auto version = latest ? latest->version + 1 : 1;
    store::insert_pipeline(tx, project,
                           {name,
                            version,
                            compiled->hash,
                            std::int64_t(compiled->plan->jobs.size()),
                            boost::json::serialize(labels),
                            {}});
    return {name, version, latest ? Stored::Change::updated : Stored::Change::created};
  });
  scene.plans.keep(compiled->hash, compiled->plan);
  co_return stored;
}

loop::Task<Result<bool>> cancel(Scene& scene, std::string project, model::RunId id) {
  struct Outcome {
    bool found = false, changed = false;
    Touched touched;
  };
  const auto outcome = co_await scene.store.transact([&](store::Tx& tx) -> Outcome {
    const auto run = store::lock_run(tx, id);
    if (!run || run->project != project) return {};
    Outcome out{.found = true};
    out.changed = apply(tx, scene, id, {core::Cancel{}}, out.touched);
    return out;
  });
  outcome.touched.ring(scene);
  if (!outcome.found) co_return base::not_found("no_such_run", "there is no run " + id.str());
  co_return outcome.changed;
}

}  // namespace control
