#pragma once

#include "base/result.h"
#include "model/link.h"
#include "model/policy.h"

namespace core {

/// What of a job the policy of its project on a cluster forbids: each place with a pointer into the
/// job and a sentence. Looks at every field that reaches the Pod, also through the podTemplate, and
/// at what they make together; what nobody has thought of is forbidden. Server and agent both ask.
base::Faults check_policy(const model::JobSpec&, const model::Policy&);
base::Faults check_policy(const model::Work&, const model::Policy&);

}  // namespace core
