#include "core/pod_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/bytes.h"
#include "base/hash.h"
#include "core/naming.h"
#include "core/pod_merge.h"
#include "core/pod_security.h"
#include "model/names.h"

namespace core {
namespace {

constexpr std::string_view payload_volume = "fairlead-payload";
constexpr std::string_view payload_file = "payload";
constexpr std::string_view hash_annotation = "spec-hash";

using Labels = std::map<std::string, std::string>;

std::string ours(std::string_view name) { return std::string(our_prefix).append(name); }

bool is_job(const model::Work& work) { return work.pod.get().workload == model::Workload::job; }

std::int64_t seconds_up(base::Micros time) {
  return std::chrono::ceil<std::chrono::seconds>(time).count();
}

/// The labels that an assignment has without its work.
Labels identity(const PodContext& context, const model::Assignment& a) {
  return {{ours("installation"), label_value(context.installation)},
          {ours("cluster"), label_value(context.cluster)},
          {ours("run"), a.key.run.str()},
          {ours("index"), std::to_string(a.key.job)},
          {ours("attempt"), std::to_string(a.key.attempt)},
          {ours("assignment"), a.name}};
}

Labels labels_of(const PodContext& context, const model::Assignment& a) {
  auto labels = identity(context, a);
  labels[ours("project")] = label_value(a.work->project);
  labels[ours("job")] = label_value(a.work->job);
  labels["app.kubernetes.io/managed-by"] = "fairlead";
  return labels;
}

/// What the template says of labels or annotations.
base::Object from_template(const model::Work& work, std::string_view name) {
  const auto* given = work.pod.get().pod_template.if_object();
  const auto* metadata = given ? given->if_contains("metadata") : nullptr;
  if (!metadata || !metadata->is_object()) return {};
  const auto* found = metadata->get_object().if_contains(name);
  return found && found->is_object() ? found->get_object() : base::Object();
}

/// Of a Pod, made by us or by a Job.
base::Object pod_metadata(const PodContext& context, const model::Assignment& a) {
  const auto& work = *a.work;
  auto labels = from_template(work, "labels");
  for (const auto& [key, value] : labels_of(context, a)) labels[key] = value;
  auto annotations = from_template(work, "annotations");
  if (work.payload && !needs_secret(work)) annotations[ours("payload")] = work.payload->bytes;
  return {{"labels", std::move(labels)}, {"annotations", std::move(annotations)}};
}

/// Of the object that we make: what a later agent, which has no work, must know of it.
base::Object own_metadata(const PodContext& context, const model::Assignment& a,
                          base::Object metadata) {
  const auto& work = *a.work;
  auto& annotations = metadata["annotations"].get_object();
  if (!work.keep_pods.empty()) annotations[ours(keep_pods_mark)] = work.keep_pods;
  if (!work.keep_logs.empty()) annotations[ours(keep_logs_mark)] = work.keep_logs;
  if (work.stop_unseen)
    annotations[ours(stop_unseen_mark)] = base::format_duration(*work.stop_unseen);
  if (work.pod.get().protect.value_or(false))
    metadata["finalizers"] = base::Array{base::Value(ours("protect"))};
  metadata["name"] = a.name;
  metadata["namespace"] = context.namespace_;
  return metadata;
}

base::Object job_metadata(const PodContext& context, const model::Assignment& a) {
  base::Object labels;
  for (const auto& [key, value] : labels_of(context, a)) labels[key] = value;
  return own_metadata(context, a, {{"labels", std::move(labels)}, {"annotations", base::Object()}});
}

base::Value literal(std::string_view name, std::string_view value) {
  return base::Object{{"name", name}, {"value", value}};
}

base::Value from_field(std::string_view name, std::string_view path) {
  return base::Object{{"name", name},
                      {"valueFrom", base::Object{{"fieldRef", base::Object{{"fieldPath", path}}}}}};
}

/// Ours come first, so that the job's own may name them.
base::Array environment(const model::Assignment& a, base::Value given) {
  base::Array env{literal("FAIRLEAD_RUN", a.key.run.text()), literal("FAIRLEAD_JOB", a.work->job),
                  literal("FAIRLEAD_ATTEMPT", std::to_string(a.key.attempt)),
                  from_field("FAIRLEAD_UID", "metadata.uid")};
  if (a.work->payload)
    env.push_back(literal("FAIRLEAD_PAYLOAD", fmt::format("{}/{}", our_mount, payload_file)));
  if (given.is_array())
    for (auto& var : given.get_array()) env.push_back(std::move(var));
  return env;
}

base::Value words(const std::vector<std::string>& list, bool expand) {
  base::Array out;
  for (const auto& word : list) out.emplace_back(expand ? word : unexpanded(word));
  return out;
}

base::Value quantities(const model::Quantities& given) {
  base::Object out;
  for (const auto& [name, quantity] : given) out[name] = quantity;
  return out;
}

base::Object container_of(const model::Work& work) {
  auto container = own_container(work.pod.get(), work.env);
  container["image"] = work.image;
  if (!work.command.empty()) container["command"] = words(work.command, !work.script);
  if (!work.args.empty()) container["args"] = words(work.args, true);
  base::Object resources;
  if (!work.resources.requests.empty()) resources["requests"] = quantities(work.resources.requests);
  if (!work.resources.limits.empty()) resources["limits"] = quantities(work.resources.limits);
  if (!resources.empty()) container["resources"] = std::move(resources);
  return container;
}

base::Value payload_volume_of(const model::Assignment& a) {
  base::Object volume{{"name", payload_volume}};
  if (needs_secret(*a.work)) {
    const base::Object item{{"key", payload_file}, {"path", payload_file}};
    volume["secret"] =
        base::Object{{"secretName", a.name}, {"items", base::Array{item}}, {"defaultMode", 0444}};
  } else {
    const auto path = fmt::format("metadata.annotations['{}']", ours("payload"));
    const base::Object item{{"path", payload_file},
                            {"fieldRef", base::Object{{"fieldPath", path}}}};
    volume["downwardAPI"] = base::Object{{"items", base::Array{item}}, {"defaultMode", 0444}};
  }
  return volume;
}

void append(base::Object& object, std::string_view list, base::Value entry) {
  auto& member = object[list];
  if (!member.is_array()) member = base::Array();
  member.get_array().push_back(std::move(entry));
}

base::Object spec_of(const PodContext& context, const model::Assignment& a) {
  const auto& work = *a.work;
  const auto& settings = work.pod.get();
  auto spec = merge_pod_spec(settings.pod_template, own_pod_spec(settings), container_of(work));
  harden(spec, context.policy);
  auto& main = spec["containers"].get_array().front().get_object();
  main["env"] = environment(a, main["env"]);
  if (work.payload) {
    append(spec, "volumes", payload_volume_of(a));
    append(main, "volumeMounts",
           base::Object{{"name", payload_volume}, {"mountPath", our_mount}, {"readOnly", true}});
  }
  spec["restartPolicy"] = "Never";
  spec["terminationGracePeriodSeconds"] = seconds_up(work.grace);
  return spec;
}

/// The object with the hash of all the rest of it, and what the hash is not of.
base::Value sealed(base::Object object, const model::Assignment& a) {
  const auto hash = base::hash_hex(boost::json::serialize(object));
  auto& annotations = object["metadata"].get_object()["annotations"].get_object();
  annotations[ours(hash_annotation)] = hash;
  annotations[ours(revision_mark)] = std::to_string(a.revision);
  return object;
}

std::int64_t deadline(const model::Work& work) { return seconds_up(work.run_timeout + work.grace); }

}  // namespace

std::string label_value(std::string_view text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  std::string out(text.substr(0, 63));
  std::ranges::replace_if(
      out, [&](char c) { return !is_word(c) && c != '-' && c != '_' && c != '.'; }, '-');
  while (!out.empty() && !is_word(out.back())) out.pop_back();
  const auto first = std::ranges::find_if(out, is_word);
  return {first, out.end()};
}

bool needs_secret(const model::Work& work) {
  return work.payload && (work.payload_secret || work.payload->bytes.size() > payload_inline_max ||
                          !base::is_utf8(work.payload->bytes));
}

base::Value pod_of(const PodContext& context, const model::Assignment& a) {
  auto spec = spec_of(context, a);
  spec["activeDeadlineSeconds"] = deadline(*a.work);
  return sealed({{"apiVersion", "v1"},
                 {"kind", "Pod"},
                 {"metadata", own_metadata(context, a, pod_metadata(context, a))},
                 {"spec", std::move(spec)}},
                a);
}

base::Value job_of(const PodContext& context, const model::Assignment& a) {
  const auto& settings = a.work->pod.get();
  base::Object spec{{"backoffLimit", 0},
                    {"podReplacementPolicy", "Failed"},
                    {"activeDeadlineSeconds", deadline(*a.work)}};
  if (settings.completions) spec["completions"] = *settings.completions;
  if (settings.parallelism) spec["parallelism"] = *settings.parallelism;
  if (settings.completion_mode) spec["completionMode"] = model::word(*settings.completion_mode);
  spec["template"] =
      base::Object{{"metadata", pod_metadata(context, a)}, {"spec", spec_of(context, a)}};
  return sealed({{"apiVersion", "batch/v1"},
                 {"kind", "Job"},
                 {"metadata", job_metadata(context, a)},
                 {"spec", std::move(spec)}},
                a);
}

base::Value object_of(const PodContext& context, const model::Assignment& a) {
  return is_job(*a.work) ? job_of(context, a) : pod_of(context, a);
}

std::optional<base::Value> secret_of(const PodContext& context, const model::Assignment& a,
                                     const std::string& owner_uid) {
  if (!needs_secret(*a.work)) return {};
  const bool job = is_job(*a.work);
  base::Object labels;
  for (const auto& [key, value] : labels_of(context, a)) labels[key] = value;
  const base::Object owner{{"apiVersion", job ? "batch/v1" : "v1"},
                           {"kind", job ? "Job" : "Pod"},
                           {"name", a.name},
                           {"uid", owner_uid}};
  return base::Object{{"apiVersion", "v1"},
                      {"kind", "Secret"},
                      {"metadata", base::Object{{"name", a.name},
                                                {"namespace", context.namespace_},
                                                {"labels", std::move(labels)},
                                                {"ownerReferences", base::Array{owner}}}},
                      {"type", "Opaque"},
                      {"immutable", true},
                      {"data", base::Object{{payload_file, base::base64(a.work->payload->bytes)}}}};
}

}  // namespace core
