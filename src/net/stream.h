#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "loop/task.h"

namespace net {

/// A connected byte stream: TCP or TLS. At most one read and one write run at a time. A
/// broken connection throws boost::system::system_error; deadlines are the caller's (loop::within,
/// or cancel).
class Stream {
 public:
  virtual ~Stream() = default;

  /// Reads at least one byte; 0 is the orderly end. `data` outlives the wait.
  virtual loop::Task<std::size_t> read_some(char* data, std::size_t size) = 0;
  /// Writes everything. The bytes outlive the wait.
  virtual loop::Task<> write_all(std::string_view bytes) = 0;
  /// Ends our side: the peer reads the end, and its bytes can still be read.
  virtual loop::Task<> finish() = 0;
  /// Ends the read and the write under way with operation_aborted; the stream stays usable. How
  /// much of such a write was sent is not known; after it, TLS refuses to write on.
  virtual void cancel() = 0;
  /// Ends everything at once. Safe to call again.
  virtual void close() = 0;
  /// True while nothing has arrived and the peer has not closed: an idle connection fit for reuse.
  virtual bool quiet() = 0;
  /// The other end as `host:port`, for logs.
  virtual std::string peer() const = 0;
};

}  // namespace net
