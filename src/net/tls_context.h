#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/tls.h"

struct ssl_ctx_st;
struct x509_store_ctx_st;

namespace net {

/// OpenSSL's shared part of many connections. Internal to this room, like everything here.
struct FreeContext {
  void operator()(ssl_ctx_st*) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeContext>;

/// Refuses as `check_tls` does.
base::Result<TlsContext> make_context(const TlsSettings&);
base::Result<TlsContext> make_context(const TlsServerSettings&);

/// What is wrong with the certificate that OpenSSL has just refused: `its certificate expired on
/// 2026-01-31`. `expected` is the name that was asked for; may be empty.
std::string complaint_about(x509_store_ctx_st*, const std::string& expected);

}  // namespace net
