#include "pods/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "core/policy.h"
#include "json/parse.h"
#include "kube/pod.h"
#include "kube/status.h"
#include "pods/answers.h"
#include "pods/checkup.h"
#include "pods/logs.h"
#include "pods/view.h"

namespace pods {
namespace {

using namespace std::chrono_literals;
using agent::Created;

constexpr base::Micros call_time = 15s;
constexpr base::Micros list_time = 30s;
/// A Pod that was asked to go takes its grace, and a little for the node to say so.
constexpr base::Micros removal_time = 60s;
constexpr base::Micros missed_time = 3s;

std::string selector_of(const core::PodContext& c) {
  return "fairlead.dev/installation=" + c.installation +
         ",fairlead.dev/cluster=" + core::label_value(c.cluster);
}

[[noreturn]] void fail(const char* what, const kube::Response& answer) {
  throw base::Failure(std::string(what) + ": " + kube::describe(kube::status_of(answer)));
}

/// A patch of this object's finalizers without ours; nothing when it has none of ours. It holds
/// only for the version that was read.
std::optional<std::string> without_ours(const std::string& object) {
  const auto value = json::parse(object);
  if (!value) throw base::Failure("an object of the cluster cannot be read");
  boost::system::error_code none;
  const auto* all = value->find_pointer("/metadata/finalizers", none);
  const auto* version = value->find_pointer("/metadata/resourceVersion", none);
  if (!all || !all->is_array() || !version) return {};
  base::Array rest;
  for (const auto& each : all->get_array())
    if (each != "fairlead.dev/protect") rest.push_back(each);
  if (rest.size() == all->get_array().size()) return {};
  return boost::json::serialize(
      base::Object{{"metadata", {{"resourceVersion", *version}, {"finalizers", std::move(rest)}}}});
}

/// What there is to say of streams that are not read.
agent::LogPiece read_others(const Seen* seen) {
  if (!seen) return {.end = true, .lost = "the Pods went before they were seen"};
  if (seen->unseen > 0 && seen->last.outcome)
    throw base::Failure("Pods that have ended were not seen");
  const bool over = seen->last.outcome.has_value();
  return {.end = over,
          .lost = fmt::format("{} more streams: {} are kept of an attempt", seen->streams.others(),
                              model::log_streams_max)};
}

bool is_job(const model::Assignment& a) {
  return a.work->pod && a.work->pod->workload == model::Workload::job;
}

}  // namespace

/// What lives as long as the installation and cluster it is for.
struct Watch {
  Watch(loop::Clock& clock, kube::Api& api, const core::PodContext& context)
      : pods(clock, api, {kube::pods(context.namespace_), selector_of(context)}, kube::read_pod),
        jobs(clock, api, {kube::jobs(context.namespace_), selector_of(context)}, kube::read_job),
        events(clock, api, {kube::events(context.namespace_), "", "type!=Normal"},
               kube::read_kube_event),
        checkup(clock, api, context.namespace_),
        view(context, pods, jobs, events) {}
  View::Pods pods;
  View::Jobs jobs;
  View::Events events;
  Checkup checkup;
  View view;
};

struct PodExecutor::State {
  State(loop::Executor e, loop::Clock& c, kube::Api& a, Settings s)
      : clock(c),
        api(a),
        settings(std::move(s)),
        group(e),
        logs(group, c, a, settings.name_space, settings.followers_max) {}

  loop::Task<> ring_on(loop::Bell& bell);
  loop::Task<> synced(base::Mono after);
  loop::Task<Created> adopt(const model::Assignment&);
  loop::Task<kube::Response> call(kube::Request, base::Mono until);
  loop::Task<> make_secret(model::Assignment, std::string uid);
  loop::Task<> erase(std::string name, std::string uid, bool job);
  bool shows(const std::string& name, const std::string& uid) const;
  loop::Task<> look_anew();
  loop::Task<> free(std::string name, bool job);
  loop::Task<> give_up();
  loop::Task<> doom(std::string name);
  kube::ObjectRef ref(const std::string& name, bool job) const;
  Created made(const model::Assignment&, const std::string& json);

  loop::Clock& clock;
  kube::Api& api;
  const Settings settings;
  loop::Bell bell;
  loop::Group group;
  Logs logs;
  std::unique_ptr<Watch> watch;
  /// Who waits for what was deleted to be gone, by its name: not everybody hears of every change.
  std::map<std::string, std::shared_ptr<loop::Bell>> going;
  std::map<std::string, std::string> missed;  // uids of what a delete did not find, by their names
};

PodExecutor::PodExecutor(loop::Executor executor, loop::Clock& clock, kube::Api& api, Settings s)
    : state_(std::make_unique<State>(executor, clock, api, std::move(s))) {}

PodExecutor::~PodExecutor() = default;

loop::Task<> PodExecutor::State::ring_on(loop::Bell& from) {
  for (;;) {
    const auto heard = from.rings();
    co_await from.wait(clock, heard, loop::never);
    bell.ring();
  }
}

void PodExecutor::begin(const model::Session& session) {
  auto& s = *state_;
  s.logs.forget_all();
  const core::PodContext context{session.installation, session.cluster, s.settings.name_space,
                                 s.settings.policy};
  if (s.watch && s.watch->view.context().installation == context.installation &&
      s.watch->view.context().cluster == context.cluster)
    return;
  if (s.watch) throw base::Failure("the server is another installation now; restart the agent");
  s.watch = std::make_unique<Watch>(s.clock, s.api, context);
  s.group.spawn("watch Pods", s.watch->pods.run());
  s.group.spawn("watch Jobs", s.watch->jobs.run());
  s.group.spawn("watch events", s.watch->events.run());
  s.group.spawn("check up", s.watch->checkup.run());
  s.group.spawn("give up", s.give_up());
  s.group.spawn("hear of Pods", s.ring_on(s.watch->pods.bell()));
  s.group.spawn("hear of Jobs", s.ring_on(s.watch->jobs.bell()));
  s.group.spawn("hear of events", s.ring_on(s.watch->events.bell()));
  s.group.spawn("hear of checkups", s.ring_on(s.watch->checkup.bell()));
}

model::Health PodExecutor::health() {
  const auto& s = *state_;
  model::Health health{.namespace_ = s.settings.name_space};
  if (!s.watch) return health;
  health.kubernetes = s.watch->checkup.version();
  health.trouble = s.watch->pods.trouble();
  if (health.trouble.empty()) health.trouble = s.watch->jobs.trouble();
  if (health.trouble.empty()) health.trouble = s.watch->checkup.trouble();
  return health;
}

loop::Task<> PodExecutor::end() { return state_->group.stop(); }
loop::Bell& PodExecutor::changed() { return state_->bell; }

/// Waits until everything was listed since this moment.
loop::Task<> PodExecutor::State::synced(base::Mono after) {
  const auto until = clock.mono() + list_time;
  const auto is_new = [&](const auto& informer) {
    const auto fresh = informer.fresh_since();
    return fresh && *fresh >= after;
  };
  for (;;) {
    const auto heard = bell.rings();
    if (is_new(watch->pods) && is_new(watch->jobs)) co_return;
    if (clock.mono() >= until) throw base::Failure("the cluster's Pods could not be listed");
    co_await bell.wait(clock, heard, until);
  }
}

loop::Task<agent::Sightings> PodExecutor::look(bool whole) {
  auto& s = *state_;
  if (!s.watch) throw base::Failure("no session was opened");
  base::Mono after{};
  if (whole) {
    after = s.clock.mono();
    s.watch->pods.relist();
    s.watch->jobs.relist();
  }
  co_await s.synced(after);
  auto seen = s.watch->view.look(s.clock.now(), whole);
  for (const auto& o : seen.gone)
    if (const auto waiting = s.going.extract(o.name)) waiting.mapped()->ring();
  co_return seen;
}

kube::ObjectRef PodExecutor::State::ref(const std::string& name, bool job) const {
  return {job ? kube::jobs(settings.name_space) : kube::pods(settings.name_space), name};
}

loop::Task<kube::Response> PodExecutor::State::call(kube::Request request, base::Mono until) {
  return api.send(std::move(request), std::min(until, clock.mono() + call_time));
}

Created PodExecutor::State::made(const model::Assignment& a, const std::string& json) {
  std::string uid;
  if (is_job(a)) {
    auto job = std::make_shared<const model::BatchJob>(kube::read_job(json));
    uid = job->uid;
    watch->view.made(std::move(job), clock.mono());
  } else {
    auto pod = std::make_shared<const model::Pod>(kube::read_pod(json));
    uid = pod->uid;
    watch->view.made(std::move(pod), clock.mono());
  }
  if (core::needs_secret(*a.work)) group.spawn("make a Secret", make_secret(a, uid));
  bell.ring();
  return {.kind = Created::Kind::created, .uid = uid};
}

loop::Task<Created> PodExecutor::create(model::Assignment a, base::Mono until) {
  auto& s = *state_;
  if (!a.work) throw base::Failure("an assignment came without its work");
  const auto& context = s.watch->view.context();
  if (const auto faults = core::check_policy(*a.work, context.policy); !faults.empty())
    co_return Created{.kind = Created::Kind::refused,
                      .class_ = model::Class::config,
                      .message = faults.front().pointer + ": " + faults.front().message};
  const auto ref = s.ref(a.name, is_job(a));
  const auto body = boost::json::serialize(core::object_of(context, a));
  const auto answer = co_await s.call(kube::create(ref.resource, body), until);
  if (answer.status == 201) co_return s.made(a, answer.body);
  if (is_taken(answer)) co_return co_await s.adopt(a);
  co_return judge_create(answer);
}

/// Something has the name: ours, from a create whose answer was lost, or somebody else's.
loop::Task<Created> PodExecutor::State::adopt(const model::Assignment& a) {
  const auto answer = co_await call(kube::get(ref(a.name, is_job(a))), loop::never);
  if (answer.status != 200)
    co_return Created{.kind = Created::Kind::unknown,
                      .message = kube::describe(kube::status_of(answer))};
  const auto check = [&](const auto& object) {
    return core::name_taken(watch->view.context(), a, object.labels, object.annotations);
  };
  const auto taken =
      is_job(a) ? check(kube::read_job(answer.body)) : check(kube::read_pod(answer.body));
  if (!taken) co_return made(a, answer.body);
  co_return Created{
      .kind = Created::Kind::refused, .class_ = model::Class::config, .message = *taken};
}

/// Until it is there its Pod waits, which is no failure; so it is tried until the Pod goes.
loop::Task<> PodExecutor::State::make_secret(model::Assignment a, std::string uid) {
  const auto secret = core::secret_of(watch->view.context(), a, uid);
  if (!secret) co_return;
  const auto body = boost::json::serialize(*secret);
  for (;; co_await clock.sleep(1s)) {
    const auto* seen = watch->view.find(a.name);
    if (!seen || seen->uid() != uid) co_return;
    std::string why;
    try {
      const auto answer =
          co_await call(kube::create(kube::secrets(settings.name_space), body), loop::never);
      if (answer.status == 201 || is_taken(answer)) co_return;
      why = kube::describe(kube::status_of(answer));
    } catch (const base::Failure& e) {
      why = e.what();
    }
    base::log::warn("the payload of an attempt could not be stored yet",
                    {{"name", a.name}, {"why", why}});
  }
}

/// Asks for its deletion, if it is still the one with this uid.
loop::Task<> PodExecutor::State::erase(std::string name, std::string uid, bool job) {
  // The Pods of a Job are to be gone before it is.
  const auto answer = co_await call(
      kube::remove(ref(name, job), {.uid = uid, .propagation = job ? "Foreground" : ""}),
      loop::never);
  const bool gone = answer.status == 404 || answer.status == 409;
  if (answer.status >= 300 && !gone) fail("it could not be deleted", answer);
  if (!gone || !shows(name, uid)) co_return;
  if (missed.empty()) group.spawn("look anew", look_anew());
  missed.insert_or_assign(std::move(name), std::move(uid));
}

bool PodExecutor::State::shows(const std::string& name, const std::string& uid) const {
  const auto* seen = watch->view.find(name);
  return seen && seen->uid() == uid;
}

/// What a delete did not find is mostly told of a moment later. Who still shows it then has missed
/// something.
loop::Task<> PodExecutor::State::look_anew() {
  co_await clock.sleep(missed_time);
  const auto shown = [&](const auto& each) { return shows(each.first, each.second); };
  const bool any = std::ranges::any_of(missed, shown);
  missed.clear();
  if (!any) co_return;
  watch->pods.relist();
  watch->jobs.relist();
}

/// Takes our finalizer away, others stay.
loop::Task<> PodExecutor::State::free(std::string name, bool job) {
  const auto answer = co_await call(kube::get(ref(name, job)), loop::never);
  if (answer.status == 404) co_return;
  if (answer.status != 200) fail("it could not be read", answer);
  const auto patch = without_ours(answer.body);
  if (!patch) co_return;
  const auto freed = co_await call(kube::merge_patch(ref(name, job), *patch), loop::never);
  if (freed.status >= 300 && freed.status != 404) fail("its finalizer could not be removed", freed);
}

/// Looks after what cannot start as it is, and whose time to change that is over.
loop::Task<> PodExecutor::State::give_up() {
  for (;; co_await clock.sleep(1s))
    for (auto& name : watch->view.hopeless(clock.now())) group.spawn("delete", doom(name));
}

/// What cannot start is deleted; how it ended is told once it is gone, for until then it might.
loop::Task<> PodExecutor::State::doom(std::string name) {
  auto* seen = watch->view.find(name);
  if (!seen || seen->doomed || !seen->last.blocked) co_return;
  seen->doomed = seen->last.blocked;
  const auto uid = seen->uid();
  std::string why;
  try {
    co_await erase(name, uid, seen->job != nullptr);
    co_return;
  } catch (const base::Failure& e) {
    why = e.what();
  }
  base::log::warn("what cannot start could not be deleted yet", {{"name", name}, {"why", why}});
  co_await clock.sleep(1s);
  seen = watch->view.find(name);
  if (seen && seen->uid() == uid) seen->doomed = {};
  bell.ring();
}

void PodExecutor::complete(const model::Assignment& a) {
  const auto* seen = state_->watch->view.find(a.name);
  if (!seen || !a.work || !core::needs_secret(*a.work)) return;
  state_->group.spawn("make a Secret", state_->make_secret(a, seen->uid()));
}

loop::Task<> PodExecutor::stop(std::string name, std::string uid) {
  const auto* seen = state_->watch->view.find(name);
  if (!seen || seen->uid() != uid) co_return;
  const bool job = seen->job != nullptr;
  co_await state_->erase(std::move(name), std::move(uid), job);
}

loop::Task<bool> PodExecutor::remove(std::string name, std::string uid) {
  auto& s = *state_;
  const auto until = s.clock.mono() + removal_time;
  const auto is_there = [&] { return s.shows(name, uid); };
  if (!is_there()) co_return true;
  const auto* seen = s.watch->view.find(name);
  const bool job = seen->job != nullptr;
  const auto now = s.clock.now();
  if (const auto kept = s.watch->view.kept_until(*seen); kept > now) {
    co_await s.clock.sleep(std::min<base::Micros>(kept - now, removal_time));
    co_return false;
  }
  if (seen->pod && seen->pod->finalized_by_us) co_await s.free(name, job);
  co_await s.erase(name, uid, job);
  if (is_there()) {
    auto& waiting = s.going[name];
    if (!waiting) waiting = std::make_shared<loop::Bell>();
    const auto bell = waiting;
    co_await bell->wait(s.clock, bell->rings(), until);
  }
  co_return !is_there();
}

loop::Task<agent::LogPiece> PodExecutor::read_log(agent::LogName name, agent::LogFrom from,
                                                  std::size_t max) {
  auto& s = *state_;
  const auto* seen = s.watch->view.find(name.object);
  if (name.stream == model::other_streams) co_return read_others(seen);
  if (!seen) co_return s.logs.read_rest(name, from.offset, max);
  const auto* known = seen->streams.find(name.stream);
  if (!known) throw base::Failure("no container that writes this stream was seen");
  co_return s.logs.read(name, s.watch->view.log_source(*seen, *known), from, max);
}

void PodExecutor::prefer(const std::set<std::string>& names) { state_->logs.prefer(names); }

void PodExecutor::forget(const std::string& name) { state_->logs.forget(name); }
std::set<agent::LogName> PodExecutor::take_written() { return state_->logs.take_written(); }
loop::Bell& PodExecutor::written() { return state_->logs.written(); }

}  // namespace pods
