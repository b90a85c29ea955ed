#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/tcp.h"

/// TLS 1.2 and 1.3 over any byte stream. One certificate text may hold a whole chain, its own
/// certificate first. A stream that ends without TLS's own end (close_notify) was cut off: reading
/// it throws.
namespace net {

/// What a client wants of TLS: whom it trusts, who it is itself, and whom it expects.
struct TlsSettings {
  std::string ca_pem = {};    ///< The issuers to trust; empty: those of the system.
  std::string cert_pem = {};  ///< Our certificate, shown when the server asks; may be empty.
  std::string key_pem = {};   ///< The private key of `cert_pem`. Secret.
  /// The DNS name or IP address that the server's certificate must have, sent to it unless it is an
  /// address; empty: the dialed host.
  std::string server_name = {};
  bool verify = true;  ///< False accepts every certificate; only where the user says so.
  friend bool operator==(const TlsSettings&, const TlsSettings&) = default;
};

/// What a server shows, and whom it lets in.
struct TlsServerSettings {
  std::string cert_pem = {};
  std::string key_pem = {};        ///< Secret.
  std::string client_ca_pem = {};  ///< When set, clients must show a certificate of these issuers.
};

/// Refuses certificates and keys that cannot be used, with code `bad_certificate` and one fault
/// that points at the member, such as `/ca_pem`.
base::Result<void> check_tls(const TlsSettings&);
base::Result<void> check_tls(const TlsServerSettings&);

/// Dials and does the handshake, ALPN `http/1.1`.
class TlsDialer final : public Dialer {
 public:
  /// Over TCP. Throws base::Failure where `check_tls` refuses.
  explicit TlsDialer(const TlsSettings&);
  /// Over what this dialer makes; it outlives this one.
  TlsDialer(const TlsSettings&, Dialer&);
  ~TlsDialer() override;

  /// As `connect`. What goes wrong in the handshake is a base::Failure that names the server and
  /// says what its certificate lacks.
  loop::Task<std::unique_ptr<Stream>> dial(const Address&) override;
  bool secure() const override { return true; }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The server's side: makes TLS streams of accepted connections.
class TlsAcceptor {
 public:
  /// Throws base::Failure where `check_tls` refuses.
  explicit TlsAcceptor(const TlsServerSettings&);
  ~TlsAcceptor();

  /// Does the handshake; throws base::Failure that names the client when it fails, and
  /// boost::system::system_error when the connection breaks. The deadline is the caller's.
  loop::Task<std::unique_ptr<Stream>> accept(std::unique_ptr<Stream>);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace net
