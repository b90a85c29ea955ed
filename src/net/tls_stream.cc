#include "net/tls_stream.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include "net/tls_error.h"

namespace net {
namespace {

using boost::system::error_code;
using boost::system::system_error;

/// Who waits for long needs little; who finds it full is given more.
constexpr std::size_t waiting_bytes = 4 << 10;
constexpr std::size_t busy_bytes = 32 << 10;
constexpr std::size_t write_bytes_max = 128 << 10;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

bool is_ip(const std::string& name) {
  error_code ec;
  boost::asio::ip::make_address(name, ec);
  return !ec;
}

/// What the callback below is told and tells.
struct Judgement {
  std::string expected;
  std::string complaint;
};

/// OpenSSL asks for every certificate of a chain; the first complaint is the one that counts.
int judge(int ok, X509_STORE_CTX* store) {
  if (ok) return 1;
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* judgement = static_cast<Judgement*>(SSL_get_app_data(ssl));
  if (judgement->complaint.empty())
    judgement->complaint = complaint_about(store, judgement->expected);
  return 0;
}

/// Two buffers join OpenSSL and the stream below. After the handshake, reading touches only the one
/// and writing only the other: what OpenSSL wants to say because of what it read (an update of
/// keys) goes out with the next write, as RFC 8446 section 4.6.3 allows.
class TlsStream final : public Stream {
 public:
  TlsStream(ssl_ctx_st* context, std::unique_ptr<Stream> below, TlsRole role)
      : below_(std::move(below)), role_(std::move(role)), ssl_(SSL_new(context)) {
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    if (!ssl_ || !in_ || !out_) throw std::bad_alloc();
    SSL_set_bio(ssl_.get(), in_, out_);  // owns both from here on
    judgement_.expected = role_.expected;
    SSL_set_app_data(ssl_.get(), &judgement_);
    if (role_.server) {
      SSL_set_verify(ssl_.get(), SSL_get_verify_mode(ssl_.get()), judge);
      SSL_set_accept_state(ssl_.get());
      return;
    }
    SSL_set_verify(ssl_.get(), role_.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                   role_.verify ? judge : nullptr);
    SSL_set_connect_state(ssl_.get());
    expect_name();
  }

  loop::Task<> handshake() {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_.get());
      const int want = SSL_get_error(ssl_.get(), done);
      const auto error = done == 1 ? error_code() : take_tls_error();
      if (done != 1 && want != SSL_ERROR_WANT_READ) {
        co_await say_alert();
        throw refused(error);
      }
      co_await flush();
      if (done == 1) co_return;
      if (!co_await fill())
        throw base::Failure(fmt::format(
            "cannot speak TLS with {}: it closed the connection during the handshake", role_.peer));
    }
  }

  loop::Task<std::size_t> read_some(char* data, std::size_t size) override {
    for (;;) {
      ERR_clear_error();
      std::size_t n = 0;
      if (SSL_read_ex(ssl_.get(), data, size, &n)) co_return n;
      const int want = SSL_get_error(ssl_.get(), 0);
      if (want == SSL_ERROR_ZERO_RETURN) co_return 0;
      if (want != SSL_ERROR_WANT_READ) throw system_error(take_tls_error());
      if (!co_await fill()) throw system_error(tls_cut_off());
    }
  }

  loop::Task<> write_all(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (half_written_) throw system_error(boost::asio::error::broken_pipe);
      const auto part = bytes.substr(0, write_bytes_max);
      ERR_clear_error();
      std::size_t n = 0;
      if (!SSL_write_ex(ssl_.get(), part.data(), part.size(), &n))
        throw system_error(take_tls_error());
      bytes.remove_prefix(n);
      co_await flush();
    }
  }

  loop::Task<> finish() override {
    if (half_written_ || (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) co_return;
    try {
      ERR_clear_error();
      SSL_shutdown(ssl_.get());
      co_await flush();
      co_await below_->finish();
    } catch (const system_error& e) {
      // A broken connection is finished, too.
      if (e.code() == boost::asio::error::operation_aborted) throw;
    }
  }

  void cancel() override { below_->cancel(); }
  void close() override { below_->close(); }
  bool quiet() override {
    return !SSL_has_pending(ssl_.get()) && BIO_ctrl_pending(in_) == 0 && below_->quiet();
  }
  std::string peer() const override { return below_->peer(); }

 private:
  void expect_name() {
    const auto& name = role_.expected;
    auto* const param = SSL_get0_param(ssl_.get());
    X509_VERIFY_PARAM_set_hostflags(
        param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const bool ip = is_ip(name);
    const bool set = ip ? X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str())
                        : X509_VERIFY_PARAM_set1_host(param, name.c_str(), name.size()) &&
                              SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
    // Without the name, any certificate of a trusted issuer would do.
    if (!set) throw base::Failure(fmt::format("\"{}\" is not a name for TLS", name));
  }

  base::Failure refused(const error_code& error) const {
    const auto& why = judgement_.complaint.empty() ? error.message() : judgement_.complaint;
    return base::Failure(fmt::format("cannot speak TLS with {}: {}", role_.peer, why));
  }

  /// Tells the peer what we do not like, if it still listens.
  loop::Task<> say_alert() {
    try {
      co_await flush();
    } catch (const system_error& e) {
      if (e.code() == boost::asio::error::operation_aborted) throw;
    }
  }

  /// Brings more bytes from below to OpenSSL; false at their end.
  loop::Task<bool> fill() {
    const auto size = busy_ ? busy_bytes : waiting_bytes;
    if (received_.size() != size) received_ = std::string(size, '\0');
    const auto n = co_await below_->read_some(received_.data(), size);
    busy_ = n == size;
    BIO_write(in_, received_.data(), int(n));
    co_return n > 0;
  }

  /// Sends what OpenSSL has to say. A write that ends half-way leaves a record nobody can end.
  loop::Task<> flush() {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out_, &data);
    if (size <= 0) co_return;
    sending_.assign(data, std::size_t(size));
    (void)BIO_reset(out_);
    half_written_ = true;
    co_await below_->write_all(sending_);
    half_written_ = false;
  }

  std::unique_ptr<Stream> below_;
  const TlsRole role_;
  Judgement judgement_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  std::string received_;
  bool busy_ = false;  // there was more than fits
  std::string sending_;
  bool half_written_ = false;
};

}  // namespace

loop::Task<std::unique_ptr<Stream>> shake_hands(ssl_ctx_st* context, std::unique_ptr<Stream> below,
                                                TlsRole role) {
  auto stream = std::make_unique<TlsStream>(context, std::move(below), std::move(role));
  co_await stream->handshake();
  co_return stream;
}

}  // namespace net
