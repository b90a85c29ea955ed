#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kube/config.h"
#include "loop/clock.h"

namespace kube {

/// What a credential plugin answers: the `status` of an ExecCredential.
struct ExecCredential {
  std::string token;     ///< Secret; may be empty when there is a certificate.
  std::string cert_pem;  ///< Goes with key_pem; may be empty.
  std::string key_pem;   ///< Secret.
  std::optional<base::Time> expires;
};

/// Runs the plugin beside the loop, without a shell, and gives what it wrote (at most 1 MiB). It
/// gets our environment but for FAIRLEAD_*, no input, and our standard error. Throws base::Failure
/// that names it when it cannot be started, fails, or is not done at this moment; it is killed
/// then, and when the caller is cancelled.
loop::Task<std::string> run_plugin(loop::Clock&, const ExecPlugin&, base::Mono until);

/// Reads the answer of a plugin of this API version. Refuses with code `bad_credential`; never
/// quotes the text.
base::Result<ExecCredential> read_exec_credential(std::string_view text,
                                                  std::string_view api_version);

}  // namespace kube
