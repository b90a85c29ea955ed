#pragma once

#include "base/value.h"
#include "model/policy.h"

namespace core {

/// Fills in what a PodSpec leaves open so that it passes the Pod Security level *restricted*, as
/// far as the policy and what the author said allow:
///   - RuntimeDefault seccomp, no service account token, no service links
///   - no privilege escalation; all capabilities dropped; uid 65532 and runAsNonRoot
/// An author who says `runAsUser` or `runAsNonRoot` chooses the user. Where the policy allows
/// `root` the image chooses it, and containers keep the runtime's capabilities: an image that
/// expects root expects to change owners and read its own files.
void harden(base::Object& pod_spec, const model::Policy&);

}  // namespace core
