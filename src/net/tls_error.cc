#include "net/tls_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>

namespace net {
namespace {

/// Not a number of OpenSSL's: those carry the number of a library.
constexpr int cut_off = 1;

const char* sentence_of(int reason) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "the server demands a client certificate and got none";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "the peer ended the handshake: it may demand a client certificate, or knows no cipher "
             "of ours";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return "the peer does not accept our certificate";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return "the peer says that our certificate is revoked";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return "the peer says that our certificate has expired";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return "the peer does not know the issuer of our certificate";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return "it shows no client certificate, and one is demanded";
    case SSL_R_CERTIFICATE_VERIFY_FAILED: return "its certificate is not accepted";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_RECORD_LENGTH_MISMATCH: return "the peer does not speak TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return "the peer speaks only versions of TLS before 1.2";
    default: return nullptr;
  }
}

class TlsCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int value) const override {
    if (value == cut_off) return "the connection was cut off in the middle of TLS";
    const auto code = static_cast<unsigned long>(value);
    if (ERR_GET_LIB(code) == ERR_LIB_SSL)
      if (const char* sentence = sentence_of(ERR_GET_REASON(code))) return sentence;
    const char* reason = ERR_reason_error_string(code);
    return std::string("TLS failed: ") + (reason ? reason : "for a reason that OpenSSL keeps");
  }
};

}  // namespace

const boost::system::error_category& tls_category() {
  static const TlsCategory category;
  return category;
}

boost::system::error_code tls_cut_off() { return {cut_off, tls_category()}; }

boost::system::error_code take_tls_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  // Nothing noted: OpenSSL met the end of the bytes where it wanted more.
  return code == 0 ? tls_cut_off() : boost::system::error_code(int(code), tls_category());
}

}  // namespace net
