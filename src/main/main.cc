#include <csignal>
#include <cstdio>

#include "api/api.h"
#include "cli/cli.h"
#include "local/supervise.h"
#include "main/programs.h"

namespace {

int print_openapi() {
  const auto text = api::openapi_json();
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  // A peer that hangs up is an error of that write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  return cli::run(argc, argv,
                  {.server = fairlead::run_server,
                   .dev = fairlead::run_dev,
                   .agent = fairlead::run_agent,
                   .supervise = local::supervise,
                   .openapi = print_openapi,
                   .version = fairlead::version});
}
