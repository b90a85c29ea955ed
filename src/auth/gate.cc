#include "auth/gate.h"

#include "seal/tokens.h"
#include "store/clusters.h"

namespace auth {
namespace {

base::Error refusal(base::Kind kind, std::string code, std::string message) {
  return {kind, std::move(code), std::move(message), {}};
}

base::Error unauthenticated() {
  return refusal(base::Kind::unauthenticated, "unauthenticated",
                 "this needs a valid token; send it as 'Authorization: Bearer TOKEN'");
}

base::Error forbidden(Access access) {
  return refusal(base::Kind::forbidden, "forbidden",
                 access == Access::agent
                     ? "this is for agents; use the key of one, not the administrator's token"
                     : "an agent's key is only for the link; use the administrator's token");
}

/// The token of a request; empty when there is none.
std::string_view bearer(const http::Request& request) {
  constexpr std::string_view scheme = "Bearer ";
  const auto value = request.headers.get("Authorization");
  if (value.size() <= scheme.size()) return {};
  if (!http::equal_no_case(value.substr(0, scheme.size()), scheme)) return {};
  const auto token = value.substr(scheme.size());
  return token.substr(std::min(token.find_first_not_of(' '), token.size()));
}

}  // namespace

bool may(const Caller& caller, Access access) {
  switch (access) {
    case Access::open: return true;
    case Access::read:
    case Access::invoke:
    case Access::admin: return caller.admin;
    case Access::agent: return !caller.admin && !caller.agent.empty();
  }
  return false;
}

Gate::Gate(store::Store& store, loop::Clock& clock, std::string admin_hash)
    : store_(store), clock_(clock), admin_hash_(std::move(admin_hash)) {}

loop::Task<base::Result<Caller>> Gate::admit(const http::Request& request, Access access) {
  if (access == Access::open) co_return Caller{};
  const auto token = bearer(request);
  if (token.empty()) co_return unauthenticated();
  const auto caller = co_await find(token);
  if (!caller) co_return unauthenticated();
  if (!may(*caller, access)) co_return forbidden(access);
  co_return *caller;
}

bool Gate::is_admin(const http::Request& request) const {
  const auto token = bearer(request);
  return !token.empty() && seal::equal_secret(seal::hash_token(token), admin_hash_);
}

loop::Task<std::optional<Caller>> Gate::find(std::string_view token) {
  const auto hash = seal::hash_token(token);
  if (seal::equal_secret(hash, admin_hash_)) co_return Caller{.admin = true};
  // What cannot be a key costs no read of the store.
  if (!seal::is_token(token)) co_return std::nullopt;
  const auto at = known_.find(hash);
  if (at != known_.end() && clock_.mono() < at->second.until) co_return at->second.caller;
  const auto forgotten = forgotten_;
  const auto owner =
      co_await store_.read([&](store::Tx& tx) { return store::find_agent(tx, hash); });
  if (!owner) {
    known_.erase(hash);
    co_return std::nullopt;
  }
  const Caller caller{.admin = false, .agent = owner->agent.name, .cluster = owner->agent.cluster};
  // What was read before a key was taken back says nothing now; and a former key ends on time.
  if (!owner->former && forgotten == forgotten_) remember(hash, caller);
  co_return caller;
}

void Gate::forget() {
  ++forgotten_;
  known_.clear();
}

void Gate::remember(const std::string& hash, const Caller& caller) {
  const auto now = clock_.mono();
  if (known_.size() >= remember_max)
    std::erase_if(known_, [&](const auto& entry) { return entry.second.until <= now; });
  if (known_.size() >= remember_max) known_.clear();
  known_[hash] = {caller, now + remember_time};
}

}  // namespace auth
