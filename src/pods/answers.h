#pragma once

#include <string>

#include "agent/executor.h"
#include "kube/api.h"

namespace pods {

/// What the answer to a POST of ours means, by PROTOCOL.md's "Answers to a create". A 409 means
/// `unknown` here: whether what has the name is ours takes a look at it.
agent::Created judge_create(const kube::Response&);

/// Whether the answer says that something of this name is there already.
bool is_taken(const kube::Response&);

}  // namespace pods
