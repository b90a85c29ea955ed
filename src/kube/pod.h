#pragma once

#include <string_view>

#include "model/pod.h"

/// What we keep of objects of a cluster, read from their JSON. A field that is absent, or not what
/// the Kubernetes API says it is, reads as its default; what is no JSON object throws
/// base::Failure.
namespace kube {

/// The prefix of our labels, annotations and finalizers; others' are not kept.
inline constexpr std::string_view our_prefix = "fairlead.dev/";

model::Pod read_pod(std::string_view json);
model::BatchJob read_job(std::string_view json);
/// Of core/v1, with the newer fields that it shares with events.k8s.io/v1.
model::KubeEvent read_kube_event(std::string_view json);

}  // namespace kube
