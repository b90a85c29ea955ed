// A server that says hello, to see what HTTP alone costs: hello_load [PORT], then http_load.
#include <cstdio>
#include <cstdlib>

#include "http/server.h"
#include "loop/group.h"
#include "loop/loop.h"

namespace {

loop::Task<http::Response> hello(http::Request&) {
  co_return http::respond(200, "text/plain", "hello\n");
}

}  // namespace

int main(int argc, char** argv) {
  loop::Loop loop;
  loop::RealClock clock;
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
  auto listener = net::Listener::open(loop.executor(), {"127.0.0.1", port});
  std::printf("%s\n", listener.address().c_str());
  std::fflush(stdout);
  http::Server server(clock, {}, hello);
  loop::Group group(loop.executor());
  loop.on_stop_signal([&] { group.spawn("stop", server.stop(std::chrono::seconds(1))); });
  group.spawn("serve", server.serve(listener));
  loop.run_until_done(group.join());
}
