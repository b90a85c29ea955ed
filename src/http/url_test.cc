#include "http/url.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "http/testing.h"
#include "net/testing.h"
#include "net/tls.h"

namespace http::testing {
namespace {

TEST(Dialer, TrustsWhomItIsToldToTrust) {
  const net::testing::Authority authority;
  const auto own = authority.issue();
  net::TlsAcceptor acceptor({own.cert_pem, own.key_pem});
  World w([](Request&) -> loop::Task<Response> { co_return respond(200, "text/plain", "hello"); });
  const auto url = parse_url("https://127.0.0.1:" + std::to_string(w.address().port));
  const auto file = std::filesystem::path(::testing::TempDir()) / "trusted.pem";
  std::ofstream(file) << authority.pem();
  ::setenv("SSL_CERT_FILE", file.c_str(), 1);
  const auto trusting = make_dialer(*url);
  ::unsetenv("SSL_CERT_FILE");
  const auto strict = make_dialer(*url);
  std::filesystem::remove(file);
  const auto scenario = [&]() -> loop::Task<> {
    Client client(w.clock, *trusting), stranger(w.clock, *strict);
    const auto answer = co_await client.send({.server = url->server}, w.soon());
    EXPECT_EQ(answer.body, "hello");
    std::string why;
    try {
      co_await stranger.send({.server = url->server}, w.soon());
    } catch (const base::Failure& e) {
      why = e.what();
    }
    EXPECT_NE(why.find("certificate"), std::string::npos) << why;
  };
  w.loop.run_until_done(play_beside(w.loop.executor(), w.clock, w.server,
                                    w.server.serve(w.listener, &acceptor), scenario()));
}

}  // namespace
}  // namespace http::testing
