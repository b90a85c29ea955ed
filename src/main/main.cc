#include <csignal>
#include <cstdio>

#include "api/api.h"
#include "cli/cli.h"
#include "local/supervise.h"
#include "main/programs.h"
#include "pods/rbac.h"

namespace {

int print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

int print_openapi() { return print(api::openapi_json()); }

int print_rbac(const std::string& name, const std::string& name_space) {
  return print(pods::rbac_manifest(name, name_space));
}

}  // namespace

int main(int argc, char** argv) {
  // A peer that hangs up is an error of that write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  return cli::run(argc, argv,
                  {.server = fairlead::run_server,
                   .dev = fairlead::run_dev,
                   .agent = fairlead::run_agent,
                   .rbac = print_rbac,
                   .supervise = local::supervise,
                   .openapi = print_openapi,
                   .version = fairlead::version});
}
