#pragma once

#include <boost/describe/enum.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "http/message.h"
#include "loop/clock.h"
#include "store/store.h"

namespace auth {

/// What a route asks of its caller.
///   open    nothing: probes
///   read    may look
///   invoke  may start and stop work
///   admin   may change who takes part
///   agent   is an agent, and acts for its own cluster only
enum class Access { open, read, invoke, admin, agent };
BOOST_DESCRIBE_ENUM(Access, open, read, invoke, admin, agent)

/// Who calls: the administrator, or an agent by its key.
struct Caller {
  bool admin = false;
  std::string agent;    ///< Its name; empty when it is no agent.
  std::string cluster;  ///< The agent's.
};

/// The administrator passes read, invoke and admin; an agent passes agent, and nothing else.
bool may(const Caller&, Access);

/// Knows callers by their bearer tokens (RFC 6750). Loop thread only.
class Gate {
 public:
  /// `admin_hash` is seal::hash_token of the administrator's token.
  Gate(store::Store&, loop::Clock&, std::string admin_hash);

  /// The caller, if this access is theirs. Refused with kind unauthenticated when the token is
  /// missing or unknown, with kind forbidden when it is somebody else's business.
  loop::Task<base::Result<Caller>> admit(const http::Request&, Access);
  /// Whether the request carries the administrator's token. Never waits.
  bool is_admin(const http::Request&) const;

  /// A key was taken back: none that is remembered passes unseen any more.
  void forget();

  /// How long a key that another server revoked may still pass, and how many known keys are
  /// remembered.
  static constexpr base::Micros remember_time = std::chrono::seconds(60);
  static constexpr std::size_t remember_max = 1024;

 private:
  struct Known {
    Caller caller;
    base::Mono until;
  };
  loop::Task<std::optional<Caller>> find(std::string_view token);
  void remember(const std::string& hash, const Caller&);

  store::Store& store_;
  loop::Clock& clock_;
  std::string admin_hash_;
  std::uint64_t forgotten_ = 0;                   // times
  std::unordered_map<std::string, Known> known_;  // by the hash of the key
};

}  // namespace auth
