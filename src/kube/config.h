#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/url.h"
#include "net/tls.h"

namespace kube {

/// A program that gives credentials (client-go credential plugin, client.authentication.k8s.io/v1
/// and v1beta1).
struct ExecPlugin {
  std::string api_version;
  std::string command;  ///< A path, or a name to be found in PATH.
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  ///< Added to ours.
  std::string install_hint;  ///< Told when there is no such program.
  std::string info;          ///< The JSON it finds in KUBERNETES_EXEC_INFO.
};

/// How we say who we are, beside a client certificate. At most one of token, user and exec is set.
struct Login {
  std::string token = {};                 ///< Secret.
  std::filesystem::path token_file = {};  ///< Goes before `token`, and may change.
  std::string user = {};                  ///< Of basic authentication.
  std::string password = {};              ///< Secret.
  std::optional<ExecPlugin> exec = {};
};

/// A cluster, and who we are there.
struct Config {
  http::Url server;
  net::TlsSettings tls;
  Login login;
  std::string name_space = "default";
  std::string context;  ///< The name in the kubeconfig; `in-cluster` inside a Pod.
};

/// A kubeconfig that was read from this file; file names in it are relative to its folder.
struct Kubeconfig {
  std::filesystem::path path;
  std::string text;
  std::string context = {};  ///< Chosen by the user; empty: its `current-context`.
};

/// The chosen context of a kubeconfig. Fields it does not need are ignored; what it reads is
/// checked, certificates too. Refuses with code `bad_kubeconfig`: the sentence and the fault name
/// the file and the place. It never quotes a secret.
base::Result<Config> read_kubeconfig(const Kubeconfig&);
/// The same of a file on disk.
base::Result<Config> load_kubeconfig(const std::filesystem::path&, std::string context = "");

/// What Kubernetes gives every Pod that may speak to its API server.
struct PodSurroundings {
  std::string host;  ///< KUBERNETES_SERVICE_HOST
  std::string port;  ///< KUBERNETES_SERVICE_PORT
  std::filesystem::path folder = "/var/run/secrets/kubernetes.io/serviceaccount";
};

/// The cluster whose Pod we are, with the token of its service account. Refuses with code
/// `not_in_cluster`.
base::Result<Config> in_cluster_config(const PodSurroundings&);

}  // namespace kube
