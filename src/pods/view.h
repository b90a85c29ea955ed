#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/executor.h"
#include "core/observe.h"
#include "core/pod_spec.h"
#include "kube/informer.h"
#include "model/pod.h"
#include "pods/logs.h"
#include "pods/streams.h"

namespace pods {

/// What is seen of one attempt: its Pod, or its Job with the Pods of that.
struct Seen {
  std::shared_ptr<const model::Pod> pod;
  std::shared_ptr<const model::BatchJob> job;
  core::Observation last;
  std::string waited;  ///< Why it did not run yet, when that was last seen.
  std::optional<base::Time> blocked_since;
  base::Box<model::Outcome> doomed;  ///< It was deleted because it could not start.
  Streams streams;                   ///< Of its output.
  std::size_t unseen = 0;   ///< Pods that its Job says have ended, and that no watch has shown yet.
  bool lost_sight = false;  ///< It went while nobody watched: it may have run, and written more.

  const std::string& uid() const { return job ? job->uid : pod->uid; }
  const model::Marks& marks() const { return job ? job->annotations : pod->annotations; }
};

/// Turns what informers keep into what an agent is told: of each attempt what changed, and what
/// went, as it was at last. Loop thread only; it makes no request.
class View {
 public:
  using Pods = kube::Informer<model::Pod>;
  using Jobs = kube::Informer<model::BatchJob>;
  using Events = kube::Informer<model::KubeEvent>;

  View(core::PodContext context, Pods& pods, Jobs& jobs, Events& events)
      : context_(std::move(context)), pods_(pods), jobs_(jobs), events_(events) {}

  /// What is new since the last look; all of it when `whole`, which both informers were listed for.
  agent::Sightings look(base::Time now, bool whole);
  /// A Pod or Job that was made a moment ago and that no watch may have shown yet.
  void made(std::shared_ptr<const model::Pod>, base::Mono now);
  void made(std::shared_ptr<const model::BatchJob>, base::Mono now);

  /// What is known of the attempt with this name; null when there is none.
  Seen* find(const std::string& name);
  /// What writes a stream of this attempt.
  LogSource log_source(const Seen&, const Stream&) const;
  /// Until when it is to stay by its `keepPods`, once it has ended.
  base::Time kept_until(const Seen&) const;
  /// Names of attempts that cannot start as they are, and whose time to change that is over.
  std::vector<std::string> hopeless(base::Time now) const;
  const core::PodContext& context() const { return context_; }

 private:
  void take_events(std::set<std::string>& names);
  void take_made(std::set<std::string>& names);
  void take_pods(std::set<std::string>& names);
  using SeenByName = std::map<std::string, Seen>;
  void refresh(const std::string& name, base::Time now, agent::Sightings&);
  void missing(SeenByName::iterator, base::Time now, agent::Sightings&);
  void drop(SeenByName::iterator, agent::Sightings&);
  bool is_awaited(const std::string& name, const Seen&) const;
  void observe(Seen&, base::Time now);
  std::vector<model::KubeEvent> events_about(const Seen&) const;
  std::vector<model::Pod> pods_of(const Seen&) const;
  void note_streams(Seen&, std::span<const model::Pod>);
  std::vector<std::string> stream_names(const Seen&) const;
  std::optional<agent::Object> object_of(const Seen&) const;

  const core::PodContext context_;
  Pods& pods_;
  Jobs& jobs_;
  Events& events_;
  SeenByName seen_;                         // by the attempt's name
  std::set<std::string> blocked_;           // names of those that cannot start as they are
  std::map<std::string, base::Mono> made_;  // what no watch has shown yet, and since when
  std::set<std::string> untold_;            // what was made since the last look
  std::optional<base::Mono> pods_listed_, jobs_listed_;       // by the last look
  std::map<std::string, std::string> jobs_by_uid_;            // names
  std::map<std::string, std::set<std::string>> pods_by_job_;  // names, by the uid of their Job
  std::map<std::string, std::map<std::string, model::KubeEvent>> about_;  // by the uid of an object
  std::map<std::string, std::string> about_whom_;                         // by the event's name
  std::map<std::string, Pods::Gone> last_pods_;
  std::map<std::string, Jobs::Gone> last_jobs_;
};

}  // namespace pods
