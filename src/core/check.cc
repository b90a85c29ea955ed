#include "core/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/bytes.h"
#include "base/pointer.h"
#include "core/pod_check.h"
#include "model/names.h"

namespace core {
namespace {

using base::pointer_join;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The name part of a Kubernetes label: 1 to 63 letters, digits, '-', '_', '.', a word at both
/// ends.
bool is_label_name(std::string_view s) {
  return !s.empty() && s.size() <= 63 && is_word(s.front()) && is_word(s.back()) &&
         std::ranges::all_of(s,
                             [](char c) { return is_word(c) || c == '-' || c == '_' || c == '.'; });
}

/// A key of a Secret or ConfigMap.
bool is_entry_key(std::string_view s) {
  return !s.empty() && s.size() <= 253 && std::ranges::all_of(s, [](char c) {
    return is_word(c) || c == '-' || c == '_' || c == '.';
  });
}

/// Parameter names are made into flags and variables, so they are plain identifiers.
bool is_param_name(std::string_view s) {
  return !s.empty() && s.size() <= 63 && is_word(s.front()) &&
         !(s.front() >= '0' && s.front() <= '9') &&
         std::ranges::all_of(s, [](char c) { return is_word(c) || c == '_' || c == '-'; });
}

void check_text(std::string_view text, const PipelineLimits& limits, const std::string& at,
                Checker& c) {
  if (text.size() > limits.text_bytes_max)
    c.fault(at, fmt::format("longer than {} bytes", limits.text_bytes_max));
  if (text.find('\0') != text.npos) c.fault(at, "holds a NUL character");
}

void check_params(const model::PipelineSpec& spec, const PipelineLimits& limits, Checker& c) {
  if (spec.params.size() > limits.params_max)
    return c.fault("/params", fmt::format("there are {} parameters; at most {} are allowed",
                                          spec.params.size(), limits.params_max));
  std::unordered_set<std::string_view> seen;
  for (const auto& [name, param] : spec.params) {
    const auto at = pointer_join("/params", name);
    if (!seen.insert(name).second) c.fault(at, "there are two parameters of this name");
    if (!is_param_name(name))
      c.fault(at,
              "a parameter's name starts with a letter and has letters, digits, '_' and '-', at "
              "most 63");
    if (param.required && param.default_)
      c.fault(at + "/default",
              "a required parameter has no default; remove 'default' or 'required'");
    if (param.default_ && !fits(param.type, *param.default_))
      c.fault(at + "/default",
              fmt::format("the default is not of type {}", model::word(param.type)));
    if (param.default_ && param.default_->is_string())
      check_text(param.default_->get_string(), limits, at + "/default", c);
  }
}

void check_key_ref(const model::KeyRef& ref, const std::string& at, Checker& c) {
  if (!is_dns_name(ref.name)) c.fault(at + "/name", "not the name of an object");
  if (!is_entry_key(ref.key))
    c.fault(at + "/key", "not a key: use letters, digits, '-', '_' and '.', at most 253");
}

void check_env_source(const model::PipelineSpec& spec, const model::EnvSource& from,
                      const std::string& at, Checker& c) {
  const auto ways = int(!from.param.empty()) + int(bool(from.secret_key_ref)) +
                    int(bool(from.config_map_key_ref)) + int(bool(from.field_ref));
  if (ways != 1)
    return c.fault(at, "give one of param, secretKeyRef, configMapKeyRef and fieldRef");
  const auto named = [&](const auto& param) { return param.first == from.param; };
  if (!from.param.empty() && std::ranges::none_of(spec.params, named))
    c.fault(at + "/param", fmt::format("there is no parameter '{}'", from.param));
  if (from.secret_key_ref) check_key_ref(*from.secret_key_ref, at + "/secretKeyRef", c);
  if (from.config_map_key_ref) check_key_ref(*from.config_map_key_ref, at + "/configMapKeyRef", c);
  if (from.field_ref && from.field_ref->field_path.empty())
    c.fault(at + "/fieldRef/fieldPath", "name a field of the Pod, such as metadata.name");
}

void check_env_var(const model::PipelineSpec& spec, const model::EnvVar& var,
                   const PipelineLimits& limits, const std::string& at, Checker& c) {
  if (!is_env_name(var.name))
    c.fault(at + "/name",
            "a variable's name has letters, digits and '_' and does not start with a digit");
  if (var.name.starts_with("FAIRLEAD_"))
    c.fault(at + "/name", "names that start with FAIRLEAD_ are ours");
  if (var.value && var.value_from) c.fault(at, "give 'value' or 'valueFrom', not both");
  if (!var.value && !var.value_from) c.fault(at, "give the variable a 'value' or a 'valueFrom'");
  if (var.value) check_text(*var.value, limits, at + "/value", c);
  if (var.value_from) check_env_source(spec, *var.value_from, at + "/valueFrom", c);
}

void check_env(const model::PipelineSpec& spec, const model::JobSpec& job,
               const PipelineLimits& limits, const std::string& at, Checker& c) {
  if (job.env.size() > limits.env_max)
    return c.fault(at, fmt::format("there are {} variables; at most {} are allowed", job.env.size(),
                                   limits.env_max));
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < job.env.size(); ++i) {
    const auto here = fmt::format("{}/{}", at, i);
    check_env_var(spec, job.env[i], limits, here, c);
    if (!seen.insert(job.env[i].name).second)
      c.fault(here + "/name", "this variable is already set above");
  }
}

/// A Kubernetes quantity: digits with an optional fraction, then an optional suffix.
bool is_quantity(std::string_view s) {
  static constexpr std::string_view suffixes[] = {"",  "m",  "k",  "M",  "G",  "T",  "P",
                                                  "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  const auto end = s.find_first_not_of("0123456789.");
  const auto number = s.substr(0, std::min(end, s.size()));
  const bool numeric = !number.empty() && number.size() <= 20 && number != "." &&
                       std::ranges::count(number, '.') <= 1;
  return numeric && std::ranges::find(suffixes, s.substr(number.size())) != std::end(suffixes);
}

void check_quantities(const model::Quantities& quantities, const std::string& at, Checker& c) {
  for (const auto& [name, quantity] : quantities) {
    const auto here = pointer_join(at, name);
    const bool known = name == "cpu" || name == "memory" || name == "ephemeral-storage" ||
                       (name.find('/') != std::string::npos && is_label_key(name));
    if (!known)
      c.fault(
          here,
          "not a resource: use cpu, memory, ephemeral-storage or a name like vendor.com/device");
    if (!is_quantity(quantity)) c.fault(here, "not a quantity: write it like 500m, 2, 64Mi or 1Gi");
  }
}

void check_timeout(const std::optional<base::Micros>& given, base::Micros max,
                   const std::string& at, Checker& c) {
  if (!given) return;
  if (*given <= base::Micros(0)) c.fault(at, "a timeout is longer than 0s");
  if (*given > max)
    c.fault(at, fmt::format("longer than this server allows ({})", base::format_duration(max)));
}

void check_retry(const model::Retry& retry, const PipelineLimits& limits, const std::string& at,
                 Checker& c) {
  if (retry.attempts < 1 || retry.attempts > limits.attempts_max)
    c.fault(at + "/attempts",
            fmt::format("must be from 1 to {}; the first try counts", limits.attempts_max));
  const auto& b = retry.backoff;
  if (b.initial < base::Micros(0)) c.fault(at + "/backoff/initial", "cannot be negative");
  if (b.max > limits.run_max) c.fault(at + "/backoff/max", "too long");
  if (b.initial > b.max) c.fault(at + "/backoff/initial", "longer than 'max'");
  if (!(b.factor >= 1 && b.factor <= 100)) c.fault(at + "/backoff/factor", "must be from 1 to 100");
  if (!(b.jitter >= 0 && b.jitter <= 1)) c.fault(at + "/backoff/jitter", "must be from 0 to 1");
}

void check_words(const std::vector<std::string>& words, const PipelineLimits& limits,
                 const std::string& at, Checker& c) {
  if (words.size() > 1000) return c.fault(at, "more than 1000 words");
  for (std::size_t i = 0; i < words.size(); ++i)
    check_text(words[i], limits, fmt::format("{}/{}", at, i), c);
}

void check_section(const model::PipelineSpec& spec, const model::Named<model::JobSpec>& jobs,
                   std::string_view section, const PipelineLimits& limits, Checker& c) {
  for (const auto& [name, job] : jobs) {
    const auto at = pointer_join(section, name);
    if (!base::is_dns_label(name))
      c.fault(at,
              "a job's name is a DNS label: a-z, 0-9 and '-', at most 63, a letter or digit at "
              "both ends");
    check_job(spec, job, limits, at, c);
  }
}

}  // namespace

void Checker::fault(std::string pointer, std::string message) {
  if (count_++ < faults_max) faults_.push_back({std::move(pointer), std::move(message)});
}

base::Error Checker::refusal() const {
  auto message =
      count_ == 1 ? faults_.front().message : fmt::format("the pipeline has {} faults", count_);
  return base::invalid("invalid_pipeline", std::move(message), faults_);
}

bool fits(model::ParamType type, const base::Value& v) {
  switch (type) {
    case model::ParamType::string: return v.is_string();
    case model::ParamType::integer: return v.is_int64() || v.is_uint64();
    case model::ParamType::number: return v.is_number();
    case model::ParamType::boolean: return v.is_bool();
  }
  return false;
}

void check_labels(const std::map<std::string, std::string>& labels, const PipelineLimits& limits,
                  Checker& c) {
  if (labels.size() > limits.labels_max)
    c.fault("/labels", fmt::format("there are {} labels; at most {} are allowed", labels.size(),
                                   limits.labels_max));
  for (const auto& [key, value] : labels) check_label(key, value, pointer_join("/labels", key), c);
}

void check_label(std::string_view key, std::string_view value, const std::string& at, Checker& c) {
  if (!is_label_key(key))
    c.fault(at,
            "not a label key: use letters, digits, '-', '_' and '.', at most 63, with an "
            "optional DNS prefix before a '/'");
  if (!value.empty() && !is_label_name(value))
    c.fault(at,
            "not a label value: use letters, digits, '-', '_' and '.', at most 63, with a "
            "letter or digit at both ends");
}

bool is_label_key(std::string_view s) {
  const auto slash = s.find('/');
  if (slash == s.npos) return is_label_name(s);
  return is_label_name(s.substr(slash + 1)) && is_dns_name(s.substr(0, slash));
}

bool is_dns_name(std::string_view s) {
  if (s.size() > 253) return false;
  for (auto dot = s.find('.'); dot != s.npos; dot = s.find('.')) {
    if (!base::is_dns_label(s.substr(0, dot))) return false;
    s.remove_prefix(dot + 1);
  }
  return base::is_dns_label(s);
}

bool is_env_name(std::string_view s) {
  return !s.empty() && s.size() <= 256 && !(s.front() >= '0' && s.front() <= '9') &&
         std::ranges::all_of(s, [](char c) { return is_word(c) || c == '_'; });
}

void check_job(const model::PipelineSpec& spec, const model::JobSpec& job,
               const PipelineLimits& limits, const std::string& at, Checker& c) {
  if (job.image.empty()) c.fault(at + "/image", "name an image");
  if (job.image.size() > 1024 || job.image.find_first_of(" \t\r\n") != std::string::npos)
    c.fault(at + "/image", "not an image reference: it has spaces or more than 1024 characters");
  if (job.run && (!job.command.empty() || !job.args.empty()))
    c.fault(at + "/run", "give 'run', or 'command' and 'args', not both");
  if (job.run) check_text(*job.run, limits, at + "/run", c);
  check_words(job.command, limits, at + "/command", c);
  check_words(job.args, limits, at + "/args", c);
  check_env(spec, job, limits, at + "/env", c);
  check_quantities(job.resources.requests, at + "/resources/requests", c);
  check_quantities(job.resources.limits, at + "/resources/limits", c);
  check_timeout(job.timeouts.queue, limits.queue_max, at + "/timeouts/queue", c);
  check_timeout(job.timeouts.start, limits.start_max, at + "/timeouts/start", c);
  check_timeout(job.timeouts.run, limits.run_max, at + "/timeouts/run", c);
  check_retry(job.retry, limits, at + "/retry", c);
  if (job.pod) check_pod_settings(*job.pod, limits, at, c);
  if (job.cluster) check_cluster_settings(*job.cluster, limits, at, c);
}

void check_spec(const model::PipelineSpec& spec, const PipelineLimits& limits, Checker& c) {
  if (spec.kind != "Pipeline") c.fault("/kind", "must be Pipeline");
  if (!spec.name.empty() && !base::is_dns_label(spec.name))
    c.fault("/name",
            "a pipeline's name is a DNS label: a-z, 0-9 and '-', at most 63, a letter or digit at "
            "both ends");
  check_labels(spec.labels, limits, c);
  check_params(spec, limits, c);
  check_timeout(spec.timeout, limits.timeout_max, "/timeout", c);
  if (spec.cluster) check_cluster_settings(*spec.cluster, limits, "", c);
  if (spec.jobs.empty()) c.fault("/jobs", "a pipeline has at least one job");
  check_section(spec, spec.jobs, "/jobs", limits, c);
  check_section(spec, spec.finally, "/finally", limits, c);
}

}  // namespace core
