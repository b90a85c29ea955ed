#include "local/create.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/bytes.h"
#include "local/files.h"
#include "local/records.h"
#include "loop/clock.h"

namespace local {
namespace {

using agent::Created;

Created refused(std::string why) {
  return {Created::Kind::refused, "", model::Class::config, std::move(why)};
}

Created wait(std::string why) { return {.kind = Created::Kind::wait, .message = std::move(why)}; }

/// What this job asks for and only Kubernetes has; empty when there is nothing. What decides where
/// and as whom a Pod runs is left aside, as the image is.
std::string_view beyond_us(const model::Work& work) {
  const auto& pod = work.pod.get();
  if (pod.workload == model::Workload::job) return "workload: job";
  if (!pod.volume_mounts.empty()) return "volumeMounts";
  if (!pod.working_dir.empty()) return "workingDir";
  if (!pod.env_from.empty()) return "envFrom";
  const auto outside = [](const model::EnvVar& var) { return !var.value; };
  return std::ranges::any_of(work.env, outside) ? "env from a Secret, ConfigMap or field" : "";
}

bool is_late(base::Mono until) { return loop::RealClock().mono() >= until; }

/// What stands under this name already; nothing when a create may go on there.
std::optional<Created> find_attempt(const std::filesystem::path& folder,
                                    const model::Assignment& assignment) {
  if (!is_there(folder)) return std::nullopt;
  if (std::filesystem::is_directory(std::filesystem::symlink_status(folder))) {
    const bool half_made = !is_there(folder / "spec.json") && is_half_made(folder);
    // Read after that look: another creator may have published meanwhile, and its supervisor begun.
    const auto spec = read_spec(folder);
    if (!spec && half_made && !is_there(folder / "spec.json")) return std::nullopt;
    if (spec && spec->name == assignment.name && key_of(*spec) == assignment.key)
      return Created{.kind = Created::Kind::created, .uid = spec->uid};
  }
  return refused(fmt::format("name taken: {} holds something else; move it away", folder.string()));
}

class Creation {
 public:
  Creation(const std::filesystem::path& root, const model::Assignment& assignment, base::Mono until,
           const AfterStep& after)
      : root_(root),
        folder_(root / assignment.name),
        assignment_(assignment),
        until_(until),
        after_(after) {}

  Created run() {
    if (auto found = find_attempt(folder_, assignment_)) return *found;
    if (!assignment_.work) return refused("the assignment came without its work");
    if (const auto what = beyond_us(*assignment_.work); !what.empty())
      return refused(fmt::format("the local executor has no {}; run this job on Kubernetes", what));
    if (is_late(until_)) return wait("its time was up before it was created");
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) fail("cannot make", folder_);
    after_(Step::folder);
    // Also after EEXIST: a folder may have come from somebody else since the first look.
    if (auto found = find_attempt(folder_, assignment_)) return *found;
    return publish_spec();
  }

  bool published() const { return published_; }

 private:
  Created publish_spec() {
    const auto spec = make_spec(assignment_);
    if (spec.has_payload)
      write_draft(payload_path(folder_, spec), assignment_.work->payload->bytes);
    after_(Step::payload);
    const auto draft = folder_ / ("spec.json." + spec.uid);
    write_draft(draft, text_of(spec));
    after_(Step::draft);
    if (is_late(until_)) {
      std::filesystem::remove(draft);
      std::filesystem::remove(payload_path(folder_, spec));
      return wait("its time was up before it was created");
    }
    published_ = true;
    if (!publish(draft, folder_ / "spec.json")) return find_attempt(folder_, assignment_).value();
    after_(Step::published);
    sync_folder(folder_);
    sync_folder(root_);
    after_(Step::synced);
    return {.kind = Created::Kind::created, .uid = spec.uid};
  }

  const std::filesystem::path& root_;
  std::filesystem::path folder_;
  const model::Assignment& assignment_;
  base::Mono until_;
  const AfterStep& after_;
  bool published_ = false;
};

}  // namespace

bool is_half_made(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("spec.json.") && !name.starts_with("payload-")) return false;
  }
  return true;
}

Created make_attempt(const std::filesystem::path& root, const model::Assignment& assignment,
                     base::Mono until, const AfterStep& after) {
  if (!base::is_dns_label(assignment.name))
    return refused(fmt::format("'{}' is not a name for a folder", assignment.name));
  Creation creation(root, assignment, until, after);
  try {
    return creation.run();
  } catch (const std::exception& error) {
    const auto kind = creation.published() ? Created::Kind::unknown : Created::Kind::wait;
    return {.kind = kind, .message = error.what()};
  }
}

}  // namespace local
