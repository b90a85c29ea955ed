#include "net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <vector>

#include "net/freed.h"
#include "net/tls_error.h"

namespace net {
namespace {

void free_names(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<free_names>>;

/// As RFC 7301 writes it: a length and the name.
constexpr unsigned char http_1_1[] = "\x08http/1.1";
constexpr unsigned http_1_1_size = sizeof http_1_1 - 1;
constexpr int names_said_max = 5;

base::Error bad(std::string_view pointer, std::string what) {
  return base::invalid("bad_certificate", what, {{std::string(pointer), what}});
}

Bio reader_of(const std::string& pem) { return Bio(BIO_new_mem_buf(pem.data(), int(pem.size()))); }

/// Without this, OpenSSL would ask whoever sits at the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

/// Every certificate of the text, in order; none when one of them cannot be read.
std::vector<Certificate> certificates_in(const std::string& pem) {
  std::vector<Certificate> all;
  const auto bio = reader_of(pem);
  ERR_clear_error();
  while (auto* one = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr))
    all.emplace_back(one);
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  // The end of the text looks like an error, too.
  if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE) all.clear();
  return all;
}

base::Result<void> trust(SSL_CTX* context, const std::string& pem, std::string_view pointer) {
  const auto issuers = certificates_in(pem);
  if (issuers.empty())
    return bad(pointer, "the certificate authority holds no PEM certificate that can be read");
  auto* const store = SSL_CTX_get_cert_store(context);
  for (const auto& issuer : issuers) X509_STORE_add_cert(store, issuer.get());
  // An issuer that is named is trusted, even when it has an issuer itself.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  ERR_clear_error();
  return {};
}

base::Result<void> show(SSL_CTX* context, const std::string& cert_pem, const std::string& key_pem) {
  if (key_pem.empty()) return bad("/key_pem", "the certificate has no private key beside it");
  auto chain = certificates_in(cert_pem);
  if (chain.empty())
    return bad("/cert_pem", "the certificate is no PEM certificate that can be read");
  const auto bio = reader_of(key_pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key)
    return bad("/key_pem", "the private key is no PEM key that can be read without a passphrase");
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
    return bad("/cert_pem", "the certificate cannot be used: " + take_tls_error().message());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return bad("/key_pem", "the private key does not belong to the certificate");
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context, chain[i].get());
  ERR_clear_error();
  return {};
}

/// A client that speaks no HTTP/1.1 is told nothing: it may do so all the same.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* out = nullptr;
  if (SSL_select_next_proto(&out, length, http_1_1, http_1_1_size, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = out;
  return SSL_TLSEXT_ERR_OK;
}

/// What both sides share. Sessions are not resumed: a connection is kept for many requests, and the
/// identity of a client is looked at each time.
TlsContext new_context(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  return context;
}

std::string day_of(const ASN1_TIME* time) {
  std::tm day{};
  if (ASN1_TIME_to_tm(time, &day) != 1) return "a date that cannot be read";
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

std::string text_of(const X509_NAME* name) {
  std::array<char, 256> text{};
  X509_NAME_oneline(name, text.data(), int(text.size()));
  const std::string_view all(text.data());
  return std::string(all.starts_with('/') ? all.substr(1) : all);
}

std::string text_of(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) {
    const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName));
    return {bytes, std::size_t(ASN1_STRING_length(name.d.dNSName))};
  }
  if (name.type != GEN_IPADD) return "";
  const auto* b = ASN1_STRING_get0_data(name.d.iPAddress);
  if (ASN1_STRING_length(name.d.iPAddress) == 4)
    return fmt::format("{}.{}.{}.{}", b[0], b[1], b[2], b[3]);
  return "an IPv6 address";
}

/// The names that a certificate is for, the first few of them.
std::string names_of(const X509* certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string out;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count && i < names_said_max; ++i) {
    const auto one = text_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!one.empty()) out += (out.empty() ? "" : ", ") + one;
  }
  if (count > names_said_max) out += " and more";
  return out.empty() ? "no name at all" : out;
}

}  // namespace

void FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

base::Result<TlsContext> make_context(const TlsSettings& s) {
  auto context = new_context(TLS_client_method());
  SSL_CTX_set_alpn_protos(context.get(), http_1_1, http_1_1_size);
  if (s.ca_pem.empty())
    SSL_CTX_set_default_verify_paths(context.get());
  else if (auto trusted = trust(context.get(), s.ca_pem, "/ca_pem"); !trusted)
    return trusted.error();
  if (s.cert_pem.empty() && !s.key_pem.empty())
    return bad("/cert_pem", "the private key has no certificate beside it");
  if (!s.cert_pem.empty())
    if (auto shown = show(context.get(), s.cert_pem, s.key_pem); !shown) return shown.error();
  return context;
}

base::Result<TlsContext> make_context(const TlsServerSettings& s) {
  auto context = new_context(TLS_server_method());
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  if (auto shown = show(context.get(), s.cert_pem, s.key_pem); !shown) return shown.error();
  if (s.client_ca_pem.empty()) return context;
  if (auto trusted = trust(context.get(), s.client_ca_pem, "/client_ca_pem"); !trusted)
    return trusted.error();
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  for (const auto& issuer : certificates_in(s.client_ca_pem))
    SSL_CTX_add_client_CA(context.get(), issuer.get());
  return context;
}

std::string complaint_about(x509_store_ctx_st* store, const std::string& expected) {
  const int error = X509_STORE_CTX_get_error(store);
  const auto* const certificate = X509_STORE_CTX_get_current_cert(store);
  if (!certificate) return X509_verify_cert_error_string(error);
  const std::string which = X509_STORE_CTX_get_error_depth(store) == 0
                                ? "its certificate"
                                : fmt::format("the issuer of its certificate, {},",
                                              text_of(X509_get_subject_name(certificate)));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}", which, day_of(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid before {}; is the clock of this machine right?", which,
                         day_of(X509_get0_notBefore(certificate)));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return fmt::format("its certificate was issued by {}, an issuer that is not trusted here",
                         text_of(X509_get_issuer_name(certificate)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("its certificate is for {}, not for {}", names_of(certificate), expected);
    default:
      return fmt::format("{} is not accepted: {}", which, X509_verify_cert_error_string(error));
  }
}

}  // namespace net
