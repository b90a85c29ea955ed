#include "kube/pod.h"

#include <algorithm>
#include <limits>

#include "kube/on_demand.h"

namespace kube {
namespace {

using on_demand::elements;
using on_demand::fields;
using on_demand::number;
using on_demand::text;
using on_demand::value;

using model::Condition;
using model::ContainerStatus;
using model::Marks;

/// Longer than any mark that is looked at; a payload is.
constexpr std::size_t mark_bytes_max = 128;

std::int32_t small(value v) {
  const auto n = number(v).value_or(0);
  using Range = std::numeric_limits<std::int32_t>;
  return std::int32_t(std::clamp<std::int64_t>(n, Range::min(), Range::max()));
}

std::optional<base::Time> time(value v) {
  const auto parsed = base::parse_time(text(v));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

Marks our_marks(value v) {
  Marks out;
  fields(v, [&](std::string_view key, value each) {
    if (!key.starts_with(our_prefix)) return;
    auto found = text(each);
    if (found.size() <= mark_bytes_max)
      out.emplace(key.substr(our_prefix.size()), std::move(found));
  });
  out.shrink_to_fit();
  return out;
}

bool has_our_finalizer(value v) {
  bool found = false;
  elements(v, [&](value each) { found = found || text(each).starts_with(our_prefix); });
  return found;
}

std::string controller_uid(value v) {
  std::string out;
  elements(v, [&](value owner) {
    std::string uid;
    bool controls = false;
    fields(owner, [&](std::string_view key, value each) {
      if (key == "uid") uid = text(each);
      if (key == "controller")
        controls = each.type() == on_demand::json_type::boolean && each.get_bool();
    });
    if (controls) out = uid;
  });
  return out;
}

template <class T>
void read_metadata(T& out, std::string_view key, value v) {
  if (key == "name") out.name = text(v);
  if (key == "uid") out.uid = text(v);
  if (key == "labels") out.labels = our_marks(v);
  if (key == "annotations") out.annotations = our_marks(v);
  if (key == "deletionTimestamp") out.deleted = time(v);
}

Condition read_condition(value v) {
  Condition out;
  fields(v, [&](std::string_view key, value each) {
    if (key == "type") out.type = text(each);
    if (key == "status") out.status = text(each);
    if (key == "reason") out.reason = text(each);
    if (key == "message") out.message = text(each);
  });
  return out;
}

template <class Keep>
std::vector<Condition> read_conditions(value v, Keep keep) {
  std::vector<Condition> out;
  elements(v, [&](value each) {
    auto condition = read_condition(each);
    if (keep(condition)) out.push_back(std::move(condition));
  });
  return out;
}

/// The others only say that a Pod is not ready yet, which its phase and containers say better.
bool speaks_against_pod(const Condition& c) {
  return (c.type == "PodScheduled" && c.status == "False") ||
         (c.type == "DisruptionTarget" && c.status == "True");
}

bool tells_of_job(const Condition& c) {
  return c.status == "True" &&
         (c.type == "Complete" || c.type == "Failed" || c.type == "Suspended");
}

void read_state(ContainerStatus& out, value state) {
  fields(state, [&](std::string_view phase, value v) {
    if (v.type() != on_demand::json_type::object) return;
    using Phase = ContainerStatus::Phase;
    if (phase == "running") out.phase = Phase::running;
    if (phase == "terminated") out.phase = Phase::terminated;
    fields(v, [&](std::string_view key, value each) {
      if (key == "reason") out.reason = text(each);
      if (key == "message") out.message = text(each);
      if (key == "startedAt") out.started = time(each);
      if (key == "finishedAt") out.finished = time(each);
      if (key == "exitCode") out.exit_code = small(each);
      if (key == "signal") out.signal = small(each);
    });
  });
}

ContainerStatus read_container_status(value v) {
  ContainerStatus out;
  fields(v, [&](std::string_view key, value each) {
    if (key == "name") out.name = text(each);
    if (key == "restartCount") out.restarts = small(each);
    if (key == "state") read_state(out, each);
  });
  return out;
}

std::vector<ContainerStatus> read_container_statuses(value v) {
  std::vector<ContainerStatus> out;
  elements(v, [&](value each) { out.push_back(read_container_status(each)); });
  return out;
}

/// The containers as the spec names them: the order that counts, and who is what.
std::vector<ContainerStatus> read_containers(value v, bool init) {
  std::vector<ContainerStatus> out;
  elements(v, [&](value container) {
    ContainerStatus one{.init = init};
    fields(container, [&](std::string_view key, value each) {
      if (key == "name") one.name = text(each);
      if (key == "restartPolicy") one.sidecar = init && text(each) == "Always";
    });
    out.push_back(std::move(one));
  });
  return out;
}

/// Puts each status in the place of its container. One whose container the spec does not name
/// (there is none on a real server) is kept all the same.
void fill_in(std::vector<ContainerStatus>& containers, std::vector<ContainerStatus> statuses,
             bool init) {
  for (auto& status : statuses) {
    status.init = init;
    const auto at = std::ranges::find_if(containers, [&](const ContainerStatus& c) {
      return c.init == init && c.name == status.name;
    });
    if (at == containers.end()) {
      containers.push_back(std::move(status));
      continue;
    }
    status.sidecar = at->sidecar;
    *at = std::move(status);
  }
}

/// Reads a Pod in one pass, whatever the order of its fields.
struct PodReader {
  model::Pod pod;
  std::vector<ContainerStatus> init, main, init_statuses, main_statuses;

  void metadata(std::string_view key, value v) {
    read_metadata(pod, key, v);
    if (key == "creationTimestamp") pod.created = time(v);
    if (key == "finalizers") pod.finalized_by_us = has_our_finalizer(v);
    if (key == "ownerReferences") pod.owner_uid = controller_uid(v);
  }
  void spec(std::string_view key, value v) {
    if (key == "nodeName") pod.node = text(v);
    if (key == "initContainers") init = read_containers(v, true);
    if (key == "containers") main = read_containers(v, false);
  }
  void status(std::string_view key, value v) {
    if (key == "phase") pod.phase = text(v);
    if (key == "reason") pod.reason = text(v);
    if (key == "message") pod.message = text(v);
    if (key == "conditions") pod.conditions = read_conditions(v, speaks_against_pod);
    if (key == "initContainerStatuses") init_statuses = read_container_statuses(v);
    if (key == "containerStatuses") main_statuses = read_container_statuses(v);
  }
  model::Pod finish() {
    fill_in(init, std::move(init_statuses), true);
    fill_in(main, std::move(main_statuses), false);
    pod.containers = std::move(init);
    std::ranges::move(main, std::back_inserter(pod.containers));
    return std::move(pod);
  }
};

void read_job_spec(model::BatchJob& job, std::string_view key, value v) {
  if (key == "parallelism") job.parallelism = small(v);
  if (key == "completions" && v.type() == on_demand::json_type::number) job.completions = small(v);
}

void read_job_status(model::BatchJob& job, std::string_view key, value v) {
  if (key == "active") job.active = small(v);
  if (key == "ready") job.ready = small(v);
  if (key == "succeeded") job.succeeded = small(v);
  if (key == "failed") job.failed = small(v);
  if (key == "startTime") job.started = time(v);
  if (key == "conditions") job.conditions = read_conditions(v, tells_of_job);
}

/// When an event last happened: the best of the fields that writers of different ages fill in.
struct EventTimes {
  std::optional<base::Time> created, first, last, happened, series;
  std::optional<base::Time> best() const {
    for (const auto& each : {series, last, happened, first, created})
      if (each) return each;
    return std::nullopt;
  }
};

void read_event_field(model::KubeEvent& event, EventTimes& times, std::string_view key, value v) {
  if (key == "type") event.type = text(v);
  if (key == "reason") event.reason = text(v);
  if (key == "message") event.message = text(v);
  if (key == "count") event.count = std::max(event.count, small(v));
  if (key == "firstTimestamp") times.first = time(v);
  if (key == "lastTimestamp") times.last = time(v);
  if (key == "eventTime") times.happened = time(v);
  // A value is read once: only those that are objects come here.
  if (key == "metadata" || key == "involvedObject" || key == "series")
    fields(v, [&](std::string_view name, value each) {
      if (key == "metadata" && name == "creationTimestamp") times.created = time(each);
      if (key == "involvedObject" && name == "uid") event.object_uid = text(each);
      if (key == "involvedObject" && name == "name") event.object_name = text(each);
      if (key == "series" && name == "count") event.count = std::max(event.count, small(each));
      if (key == "series" && name == "lastObservedTime") times.series = time(each);
    });
}

}  // namespace

model::Pod read_pod(std::string_view json) {
  PodReader reader;
  std::string copy(json);
  on_demand::over(copy, "a Pod", [&](value root) {
    fields(root, [&](std::string_view section, value v) {
      fields(v, [&](std::string_view key, value each) {
        if (section == "metadata") reader.metadata(key, each);
        if (section == "spec") reader.spec(key, each);
        if (section == "status") reader.status(key, each);
      });
    });
  });
  return reader.finish();
}

model::BatchJob read_job(std::string_view json) {
  model::BatchJob job;
  std::string copy(json);
  on_demand::over(copy, "a Job", [&](value root) {
    fields(root, [&](std::string_view section, value v) {
      fields(v, [&](std::string_view key, value each) {
        if (section == "metadata") read_metadata(job, key, each);
        if (section == "spec") read_job_spec(job, key, each);
        if (section == "status") read_job_status(job, key, each);
      });
    });
  });
  return job;
}

model::KubeEvent read_kube_event(std::string_view json) {
  model::KubeEvent event;
  EventTimes times;
  std::string copy(json);
  on_demand::over(copy, "an Event", [&](value root) {
    fields(root, [&](std::string_view key, value v) { read_event_field(event, times, key, v); });
  });
  event.last = times.best();
  return event;
}

}  // namespace kube
