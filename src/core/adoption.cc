#include <fmt/format.h>

#include <charconv>

#include "core/naming.h"
#include "core/pod_spec.h"

namespace core {
namespace {

std::string_view find(const KubeLabels& labels, std::string_view name) {
  const auto at = labels.find(std::string(our_prefix).append(name));
  return at == labels.end() ? std::string_view() : std::string_view(at->second);
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t n = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (code != std::errc() || end != text.data() + text.size()) return {};
  return n;
}

/// A label or annotation that the seen object should have as the one we would send has it.
std::optional<std::string> disagree(const base::Object& sent, const KubeLabels& seen,
                                    std::string_view kind) {
  for (const auto& [key, value] : sent) {
    if (!std::string_view(key).starts_with(our_prefix)) continue;
    const auto at = seen.find(std::string(key));
    if (at == seen.end()) return fmt::format("it has no {} {}", kind, std::string_view(key));
    if (at->second != std::string_view(value.get_string()))
      return fmt::format("its {} {} differs", kind, std::string_view(key));
  }
  return {};
}

}  // namespace

std::optional<model::AttemptKey> key_of(const PodContext& context, const KubeLabels& labels) {
  if (find(labels, "installation") != label_value(context.installation) ||
      find(labels, "cluster") != label_value(context.cluster))
    return {};
  const auto run = model::RunId::parse(find(labels, "run"));
  const auto index = number(find(labels, "index"));
  const auto attempt = number(find(labels, "attempt"));
  if (!run || !index || !attempt) return {};
  return model::AttemptKey{*run, *index, *attempt};
}

std::optional<std::string> name_taken(const PodContext& context, const model::Assignment& a,
                                      const KubeLabels& labels, const KubeLabels& annotations) {
  const auto taken = [&](std::string_view why) {
    return fmt::format("name taken: an object named {} is there already and is not ours: {}",
                       a.name, why);
  };
  if (key_of(context, labels) != a.key || find(labels, "assignment") != a.name)
    return taken("its labels are not those of this attempt");
  if (!a.work) return {};
  const auto sent = object_of(context, a);
  const auto& metadata = sent.at("metadata").get_object();
  auto why = disagree(metadata.at("labels").get_object(), labels, "label");
  if (!why) {
    const auto key = std::string(our_prefix) + "spec-hash";
    const base::Object hash{{key, metadata.at("annotations").at(key)}};
    why = disagree(hash, annotations, "annotation");
  }
  if (why) return taken(*why);
  return {};
}

}  // namespace core
