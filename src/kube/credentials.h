#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kube/config.h"
#include "loop/clock.h"

namespace kube {

/// What lets a request in. Never logged.
struct Pass {
  std::string authorization = {};  ///< The header's value; may be empty. Secret.
  std::string cert_pem = {};       ///< A client certificate that a plugin gave; mostly empty.
  std::string key_pem = {};        ///< Secret.
  std::uint64_t number = 0;        ///< Another one whenever something of it is new.
};

/// Knows at every moment how to say who we are: tokens and users as they are, a token file read
/// again after a minute, a plugin run again when what it gave expires; both at once after a
/// refusal. Loop thread only.
class Credentials {
 public:
  Credentials(loop::Clock&, Login);
  ~Credentials();

  /// Throws base::Failure when there is none to be had before this moment. However many ask, one
  /// plugin runs; after it failed, it is not asked again for five seconds.
  loop::Task<Pass> pass(base::Mono until);
  /// The server answered 401 to this pass, so that the next one is fetched anew.
  void refused(const Pass&);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kube
