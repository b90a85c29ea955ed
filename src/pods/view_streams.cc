#include <algorithm>

#include "core/naming.h"
#include "model/link.h"
#include "pods/view.h"

namespace pods {
namespace {

using model::ContainerStatus;

bool is_over(const model::Pod& pod) { return pod.phase == "Succeeded" || pod.phase == "Failed"; }

bool makes_several(const model::BatchJob& job) {
  return job.completions ? *job.completions > 1 : job.parallelism > 1;
}

}  // namespace

void View::note_streams(Seen& seen, std::span<const model::Pod> pods) {
  seen.streams.note(seen.job ? seen.job->name : seen.pod->name,
                    seen.job && makes_several(*seen.job), pods);
  if (!seen.job) return;
  std::size_t ended = 0;
  if (const auto names = pods_by_job_.find(seen.job->uid); names != pods_by_job_.end())
    for (const auto& name : names->second) {
      const auto pod = pods_.find(name);
      ended += !pod || is_over(*pod);
    }
  const auto counted =
      std::size_t(std::max(seen.job->succeeded, 0) + std::max(seen.job->failed, 0));
  seen.unseen = counted - std::min(counted, ended);
}

std::vector<std::string> View::stream_names(const Seen& seen) const {
  std::vector<std::string> names;
  for (const auto& stream : seen.streams.all()) names.push_back(stream.name);
  // Nobody can tell that it wrote nothing.
  if (seen.lost_sight && !seen.streams.find("")) names.emplace_back();
  // A Job and its Pods are watched apart: while it has counted more than were shown, more may come.
  const bool behind = seen.last.outcome && seen.unseen > 0;
  if (seen.streams.others() > 0 || behind) names.emplace_back(model::other_streams);
  return names;
}

LogSource View::log_source(const Seen& seen, const Stream& stream) const {
  LogSource out{.pod = stream.pod, .container = stream.container};
  const auto pod = seen.job ? pods_.find(stream.pod) : seen.pod;
  out.gone = out.ended = !pod;
  if (!pod) return out;
  const auto c = std::ranges::find(pod->containers, stream.container, &ContainerStatus::name);
  if (c == pod->containers.end()) return out;
  out.restarts = c->restarts;
  const bool over = seen.last.outcome.has_value();
  const bool terminated = c->phase == ContainerStatus::Phase::terminated;
  out.ended = is_over(*pod) || (terminated && (!c->sidecar || over));
  // Once `main` has ended, the others run on until the Pod is removed, which waits for the logs.
  // Only if nothing but sidecars is left, its node ends them.
  const bool rest = std::ranges::any_of(pod->containers, [](const ContainerStatus& each) {
    return !each.init && each.phase != ContainerStatus::Phase::terminated;
  });
  if (out.ended || seen.job || !over || (c->sidecar && !rest)) return out;
  out.ended = true;
  out.left = stream.container != core::main_container;
  return out;
}

}  // namespace pods
