#include <csignal>

#include "api/openapi.h"
#include "cli/cli.h"
#include "local/supervise.h"
#include "main/programs.h"

int main(int argc, char** argv) {
  // A peer that hangs up is an error of that write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  return cli::run(argc, argv,
                  {.version = fairlead::version,
                   .server = fairlead::run_server,
                   .dev = fairlead::run_dev,
                   .agent = fairlead::run_agent,
                   .supervise = local::supervise,
                   .openapi = api::openapi_json});
}
