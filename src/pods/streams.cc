#include "pods/streams.h"

#include <algorithm>
#include <tuple>

#include "core/naming.h"
#include "core/observe.h"
#include "model/link.h"

namespace pods {
namespace {

bool has_written(const model::ContainerStatus& c) { return core::has_run(c) || c.restarts > 0; }

/// Of the Pod `build-x2k-0-7pqr9` of Job `build-x2k`: `0-7pqr9`.
std::string short_name(const std::string& pod, const std::string& job) {
  const auto start = job + "-";
  return pod.starts_with(start) ? pod.substr(start.size()) : pod;
}

}  // namespace

bool Streams::knows(const std::string& pod, const std::string& container) const {
  return std::ranges::any_of(
      all_, [&](const Stream& s) { return s.pod == pod && s.container == container; });
}

const Stream* Streams::find(const std::string& name) const {
  const auto at = std::ranges::find(all_, name, &Stream::name);
  return at == all_.end() ? nullptr : &*at;
}

void Streams::note(const std::string& job, bool several, std::span<const model::Pod> pods) {
  std::vector<const model::Pod*> oldest_first;
  for (const auto& pod : pods) oldest_first.push_back(&pod);
  std::ranges::sort(oldest_first, {}, [](const auto* p) { return std::tie(p->created, p->name); });
  std::size_t others = 0;
  for (const auto* pod : oldest_first) {
    if (plain_.empty() && !several) plain_ = pod->name;
    for (const auto& c : pod->containers) {
      if (!has_written(c) || knows(pod->name, c.name)) continue;
      if (all_.size() >= model::log_streams_max) {
        ++others;
        continue;
      }
      const bool main = c.name == core::main_container;
      const auto name = pod->name != plain_ ? short_name(pod->name, job) + "/" + c.name
                        : main              ? std::string()
                                            : c.name;
      all_.push_back({name, pod->name, c.name});
    }
  }
  others_ = std::max(others_, others);
}

}  // namespace pods
