#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/plan.h"

namespace core {

/// Collects faults, at most `faults_max`; what comes after only counts.
class Checker {
 public:
  static constexpr std::size_t faults_max = 100;
  void fault(std::string pointer, std::string message);
  bool clean() const { return count_ == 0; }
  /// Those that were kept.
  const base::Faults& faults() const { return faults_; }
  /// The refusal that holds them all.
  base::Error refusal() const;

 private:
  base::Faults faults_;
  std::size_t count_ = 0;
};

/// Checks everything about a pipeline but its edges: names, parameters, labels, each job by itself.
void check_spec(const model::PipelineSpec&, const PipelineLimits&, Checker&);

/// Checks labels, of a pipeline or a run; faults point into `/labels`.
void check_labels(const std::map<std::string, std::string>&, const PipelineLimits&, Checker&);

/// Checks one label of Kubernetes form; `pointer` is its place.
void check_label(std::string_view key, std::string_view value, const std::string& pointer,
                 Checker&);

/// Checks one job by itself; `pointer` is its place.
void check_job(const model::PipelineSpec&, const model::JobSpec&, const PipelineLimits&,
               const std::string& pointer, Checker&);

/// Whether this is a Kubernetes label key: an optional DNS name, '/', and a label's name.
bool is_label_key(std::string_view);
/// Whether this is a DNS name (RFC 1123) of at most 253 characters, as Kubernetes objects have.
bool is_dns_name(std::string_view);
/// Whether this may be a variable's name: letters, digits and '_', at most 256, no digit first.
bool is_env_name(std::string_view);

/// Whether this value is of this parameter type.
bool fits(model::ParamType, const base::Value&);

}  // namespace core
