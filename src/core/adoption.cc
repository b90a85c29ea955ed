#include <fmt/format.h>

#include <charconv>

#include "core/naming.h"
#include "core/pod_spec.h"

namespace core {
namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t n = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (code != std::errc() || end != text.data() + text.size()) return {};
  return n;
}

/// A label or annotation that the seen object should have as the one we would send has it.
std::optional<std::string> disagree(const base::Object& sent, const model::Marks& seen,
                                    std::string_view kind) {
  for (const auto& [name, value] : sent) {
    const std::string_view key = name;
    if (!key.starts_with(our_prefix)) continue;
    const auto at = seen.find(key.substr(our_prefix.size()));
    if (at == seen.end()) return fmt::format("it has no {} {}", kind, key);
    if (at->second != std::string_view(value.get_string()))
      return fmt::format("its {} {} differs", kind, key);
  }
  return {};
}

}  // namespace

std::string_view mark_in(const model::Marks& marks, std::string_view name) {
  const auto at = marks.find(name);
  return at == marks.end() ? std::string_view() : std::string_view(at->second);
}

std::optional<model::AttemptKey> key_of(const PodContext& context, const model::Marks& labels) {
  if (mark_in(labels, "installation") != label_value(context.installation) ||
      mark_in(labels, "cluster") != label_value(context.cluster))
    return {};
  const auto run = model::RunId::parse(mark_in(labels, "run"));
  const auto index = number(mark_in(labels, "index"));
  const auto attempt = number(mark_in(labels, "attempt"));
  if (!run || !index || !attempt) return {};
  return model::AttemptKey{*run, *index, *attempt};
}

std::optional<std::string> name_taken(const PodContext& context, const model::Assignment& a,
                                      const model::Marks& labels, const model::Marks& annotations) {
  const auto taken = [&](std::string_view why) {
    return fmt::format("name taken: an object named {} is there already and is not ours: {}",
                       a.name, why);
  };
  if (key_of(context, labels) != a.key || mark_in(labels, "assignment") != a.name)
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
