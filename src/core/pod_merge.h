#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/value.h"
#include "model/link.h"

namespace core {

/// What a job says of its Pod in its own fields, as PodSpec has it, without containers.
base::Object own_pod_spec(const model::PodSettings&);
/// What it says of its main container there, beside image, command and resources.
base::Object own_container(const model::PodSettings&, std::span<const model::EnvVar>);

/// The PodSpec that an author asks for: the podTemplate's, and over it `own` and `container`. Lists
/// with a key are merged by it, as Kubernetes merges them: containers, volumes, variables and pull
/// secrets by name, mounts by path; what is over replaces a whole entry, but of a container its
/// fields. Tolerations and envFrom are added; other lists are replaced. The main container is
/// first.
base::Object merge_pod_spec(const base::Value& pod_template, base::Object own,
                            base::Object container);

/// A text in which the kubelet expands nothing: `$(NAME)` stays as it is.
std::string unexpanded(std::string_view);

}  // namespace core
