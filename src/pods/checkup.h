#pragma once

#include <string>

#include "kube/api.h"
#include "loop/bell.h"
#include "loop/clock.h"

namespace pods {

/// Asks a cluster from time to time who it is and what we may do there, so that a missing right is
/// told before work meets it. Loop thread only.
class Checkup {
 public:
  Checkup(loop::Clock& clock, kube::Api& api, std::string name_space)
      : clock_(clock), api_(api), name_space_(std::move(name_space)) {}

  /// Asks until it is cancelled: every ten minutes, and twice a minute while something is wrong.
  loop::Task<> run();
  /// `v1.34.0`; empty until it was told.
  const std::string& version() const { return version_; }
  /// What is wrong, a sentence; else empty.
  const std::string& trouble() const { return trouble_; }
  /// Rings when either of them is another one.
  loop::Bell& bell() { return bell_; }

 private:
  loop::Task<std::string> ask_version();
  loop::Task<std::string> missing_rights();
  loop::Task<kube::Response> call(kube::Request);

  loop::Clock& clock_;
  kube::Api& api_;
  const std::string name_space_;
  std::string version_, trouble_;
  loop::Bell bell_;
};

}  // namespace pods
