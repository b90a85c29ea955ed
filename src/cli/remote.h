#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "http/url.h"

namespace cli {

/// All variables of a process.
using Environment = std::map<std::string, std::string>;
Environment this_environment();

/// The flags --server and --token; empty when not given.
struct RemoteFlags {
  std::string server;
  std::string token;
};

/// A server and what to tell it. The token is never printed.
struct Remote {
  http::Url url;
  std::string token;  ///< Empty: none is known, the server will say so.
  std::string
      where;  ///< What named the server, for messages: `--server`, `FAIRLEAD_SERVER`, a file.
};

/// Finds the server: flags, then FAIRLEAD_SERVER and FAIRLEAD_TOKEN, then the files `server` and
/// `token` that `dev` leaves in `.fairlead` here or in a folder above. A token from such a folder
/// goes to the server of that folder only; FAIRLEAD_TOKEN goes to any server but that one.
/// Refuses with `no_server`, or with what is wrong with the URL.
base::Result<Remote> find_remote(const RemoteFlags&, const Environment&,
                                 const std::filesystem::path& here);

}  // namespace cli
