#include "control/plans.h"

#include <algorithm>

#include "base/hash.h"
#include "core/check.h"
#include "core/run_machine.h"
#include "json/decode.h"
#include "json/encode.h"
#include "json/parse.h"
#include "json/text.h"

namespace control {

Plans::Plans(core::PipelineLimits limits, std::size_t jobs_max)
    : limits_(limits), jobs_max_(jobs_max) {}

std::shared_ptr<const core::Plan> Plans::find(const std::string& hash) {
  std::lock_guard lock(mutex_);
  const auto at = kept_.find(hash);
  if (at == kept_.end()) return nullptr;
  ages_.splice(ages_.begin(), ages_, at->second.age);
  return at->second.plan;
}

bool Plans::is_stored(const std::string& hash) {
  std::lock_guard lock(mutex_);
  const auto at = kept_.find(hash);
  return at != kept_.end() && at->second.stored;
}

void Plans::prepare(const std::string& hash, std::shared_ptr<const core::Plan> plan) {
  insert(hash, std::move(plan), false);
}

void Plans::keep(const std::string& hash, std::shared_ptr<const core::Plan> plan) {
  insert(hash, std::move(plan), true);
}

void Plans::insert(const std::string& hash, std::shared_ptr<const core::Plan> plan, bool stored) {
  std::lock_guard lock(mutex_);
  if (const auto at = kept_.find(hash); at != kept_.end()) {
    at->second.stored = at->second.stored || stored;
    return;
  }
  jobs_ += plan->jobs.size();
  ages_.push_front(hash);
  kept_[hash] = {std::move(plan), ages_.begin(), stored};
  while (jobs_ > jobs_max_ && ages_.size() > 1) {
    const auto oldest = kept_.find(ages_.back());
    jobs_ -= oldest->second.plan->jobs.size();
    kept_.erase(oldest);
    ages_.pop_back();
  }
}

std::shared_ptr<const core::Plan> Plans::get(store::Tx& tx, const std::string& hash) {
  if (auto plan = find(hash)) return plan;
  const auto value = json::parse(store::read_spec(tx, hash));
  if (!value) throw core::Broken("a stored pipeline cannot be read: " + value.error().message);
  // What was accepted once stays accepted, whatever the limits of this server are.
  auto limits = limits_;
  limits.queue_max = limits.start_max = limits.run_max = limits.timeout_max = base::Micros::max();
  auto compiled = compile_value(*value, limits);
  if (!compiled)
    throw core::Broken("a stored pipeline cannot be compiled: " + compiled.error().message);
  insert(hash, compiled->plan, false);
  return compiled->plan;
}

namespace {

/// Whether a pointer is at or below one of the first `count` faults: what was read there is no
/// good.
bool is_unread(const base::Faults& faults, std::size_t count, std::string_view pointer) {
  return std::any_of(faults.begin(), faults.begin() + std::ptrdiff_t(count), [&](const auto& f) {
    return !f.pointer.empty() && pointer.starts_with(f.pointer) &&
           (pointer.size() == f.pointer.size() || pointer[f.pointer.size()] == '/');
  });
}

/// What could be read is checked too, so that all faults are named at once.
void add_plan_faults(model::PipelineSpec spec, const core::PipelineLimits& limits,
                     base::Faults& faults) {
  const auto unread = faults.size();
  const auto plan = core::compile(std::move(spec), limits);
  if (plan) return;
  for (const auto& f : plan.error().faults)
    if (faults.size() < core::Checker::faults_max && !is_unread(faults, unread, f.pointer))
      faults.push_back(f);
}

}  // namespace

base::Result<Compiled> compile_value(const base::Value& value, const core::PipelineLimits& limits) {
  base::Faults faults;
  auto spec = json::decode<model::PipelineSpec>(value, faults);
  if (!faults.empty()) {
    add_plan_faults(std::move(spec), limits, faults);
    return base::invalid("invalid_pipeline", "the pipeline cannot be read", std::move(faults));
  }
  auto json = json::print(json::encode(spec));
  auto plan = core::compile(std::move(spec), limits);
  if (!plan) return plan.error();
  auto hash = base::hash_hex(json);
  return Compiled{*plan, std::move(json), std::move(hash)};
}

}  // namespace control
