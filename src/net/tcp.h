#pragma once

#include <memory>
#include <string>

#include "loop/task.h"
#include "net/address.h"
#include "net/stream.h"

namespace net {

/// A TCP port that is listened on.
class Listener {
 public:
  /// Binds and listens; port 0 takes a free one. Throws base::Failure that names the address and a
  /// remedy.
  static Listener open(loop::Executor, const Address&);
  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) noexcept;
  ~Listener();

  /// The port in use, never 0.
  std::uint16_t port() const;
  /// `host:port` in use.
  std::string address() const;
  /// Waits for the next connection. A shortage (files, memory) makes a short pause and goes on;
  /// only cancellation and `close` end it, with operation_aborted.
  loop::Task<std::unique_ptr<Stream>> accept();
  void close();

 private:
  struct State;
  explicit Listener(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

/// Connects to the first address of this name that answers. Throws boost::system::system_error. The
/// deadline is the caller's, through loop::within.
loop::Task<std::unique_ptr<Stream>> connect(Address);

/// Makes connections; the seam where tests put a gate that drops, delays and slices.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// As `connect`. The deadline is the caller's, through loop::within.
  virtual loop::Task<std::unique_ptr<Stream>> dial(const Address&) = 0;
  /// Whether nobody between can read or change what its streams carry.
  virtual bool secure() const { return false; }
};

/// Dials over plain TCP.
class TcpDialer final : public Dialer {
 public:
  loop::Task<std::unique_ptr<Stream>> dial(const Address&) override;
};

}  // namespace net
