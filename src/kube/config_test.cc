#include "kube/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/bytes.h"
#include "json/parse.h"
#include "kube/testing_folder.h"
#include "net/testing.h"

namespace kube {
namespace {

using ::testing::AllOf;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view two_contexts = R"(
apiVersion: v1
kind: Config
preferences: {colors: true}
current-context: dev
clusters:
- name: near
  cluster: {server: "https://10.0.0.1:6443/k8s/clusters/c-1"}
- name: far
  cluster:
    server: https://far.example.org
    tls-server-name: kubernetes
    insecure-skip-tls-verify: true
users:
- name: me
  user: {token: sesame}
- name: robot
  user: {username: robot, password: "p:w"}
contexts:
- name: dev
  context: {cluster: near, user: me, namespace: work}
- name: prod
  context: {cluster: far, user: robot}
)";

base::Result<Config> read(std::string text, std::string context = "") {
  return read_kubeconfig({"/etc/k/config", std::move(text), std::move(context)});
}

/// The smallest kubeconfig with this in its cluster and its user.
std::string config_with(std::string_view cluster, std::string_view user) {
  return fmt::format(R"(
current-context: a
contexts: [{{name: a, context: {{cluster: a, user: a}}}}]
clusters: [{{name: a, cluster: {{server: "https://h:1", {}}}}}]
users: [{{name: a, user: {{{}}}}}]
)",
                     cluster, user);
}

TEST(Kubeconfig, TakesTheCurrentContextOrTheOneThatIsNamed) {
  const auto dev = read(std::string(two_contexts)).value();
  EXPECT_EQ(dev.context, "dev");
  EXPECT_EQ(dev.name_space, "work");
  EXPECT_EQ(dev.server.server, (net::Address{"10.0.0.1", 6443}));
  EXPECT_EQ(dev.server.prefix, "/k8s/clusters/c-1");
  EXPECT_TRUE(dev.server.tls && dev.tls.verify);
  EXPECT_EQ(dev.login.token, "sesame");

  const auto prod = read(std::string(two_contexts), "prod").value();
  EXPECT_EQ(prod.name_space, "default");
  EXPECT_EQ(prod.server.server.port, 443);
  EXPECT_EQ(prod.tls.server_name, "kubernetes");
  EXPECT_FALSE(prod.tls.verify);
  EXPECT_EQ(prod.login.user, "robot");
  EXPECT_EQ(prod.login.password, "p:w");
}

TEST(Kubeconfig, ReadsCertificatesInlineAndFromFilesBesideIt) {
  const Folder folder;
  const net::testing::Authority authority;
  const auto own = authority.issue();
  folder.write("ca.crt", authority.pem());
  folder.write("me.crt", own.cert_pem);
  folder.write("me.key", own.key_pem);
  const auto inline_key = base::base64(own.key_pem);
  folder.write("config", config_with("certificate-authority: ca.crt",
                                     fmt::format("client-certificate: me.crt, client-key: nowhere, "
                                                 "client-key-data: \"{}\\n{}\", tokenFile: token",
                                                 inline_key.substr(0, 64), inline_key.substr(64))));
  const auto config = load_kubeconfig(folder.path() / "config").value();
  EXPECT_EQ(config.tls.ca_pem, authority.pem());
  EXPECT_EQ(config.tls.cert_pem, own.cert_pem);
  EXPECT_EQ(config.tls.key_pem, own.key_pem);
  EXPECT_EQ(config.login.token_file, folder.path() / "token");
}

TEST(Kubeconfig, ReadsAPluginAndTellsItAboutItsCluster) {
  const auto config = read(R"(
current-context: a
contexts: [{name: a, context: {cluster: a, user: a}}]
clusters:
- name: a
  cluster:
    server: https://h:1
    tls-server-name: kubernetes
    extensions:
    - {name: client.authentication.k8s.io/exec, extension: {audience: 7}}
    - {name: other, extension: {x: 1}}
users:
- name: a
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: bin/login
      args: [--cluster, near]
      env: [{name: REGION, value: north}]
      installHint: Install it.
      interactiveMode: IfAvailable
      provideClusterInfo: true
)");
  const auto& plugin = config.value().login.exec.value();
  EXPECT_EQ(plugin.command, "/etc/k/bin/login");
  EXPECT_EQ(plugin.arguments, (std::vector<std::string>{"--cluster", "near"}));
  EXPECT_EQ(plugin.environment.at(0), (std::pair<std::string, std::string>{"REGION", "north"}));
  EXPECT_EQ(plugin.install_hint, "Install it.");
  EXPECT_EQ(json::parse(plugin.info).value(),
            json::parse(R"({"apiVersion": "client.authentication.k8s.io/v1",
                            "kind": "ExecCredential",
                            "spec": {"interactive": false,
                                     "cluster": {"server": "https://h:1",
                                                 "tls-server-name": "kubernetes",
                                                 "config": {"audience": 7}}}})")
                .value());
}

TEST(Kubeconfig, ABareCommandIsLookedUpInPath) {
  const auto exec = "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}";
  const auto config = read(config_with("", exec)).value();
  EXPECT_EQ(config.login.exec->command, "aws");
  EXPECT_THAT(config.login.exec->info, Not(HasSubstr("cluster")));
}

TEST(Kubeconfig, WhatIsWrongIsNamedWithFileAndPlace) {
  const std::string v1 = "exec: {apiVersion: client.authentication.k8s.io/v1, command: a, ";
  const struct {
    std::string text;
    std::string context;
    std::string place;
    std::string message;
  } cases[] = {
      {"[1", "", "", "2:1"},
      {"a: 1\n---\nb: 1", "", "", "expected one object"},
      {"contexts: []", "", "/current-context", "no context is chosen"},
      {std::string(two_contexts), "x", "/contexts", "no context \"x\"; there are: dev, prod"},
      {"current-context: 7", "", "/current-context", "expected a text"},
      {"contexts: {a: 1}", "a", "/contexts", "expected a list"},
      {"contexts: [{name: a, context: {cluster: b}}]", "a", "/clusters",
       "no cluster \"b\"; there are: none"},
      {"contexts: [{name: a}]", "a", "/contexts/0/context", "it is missing"},
      {"contexts: [{name: a, context: {user: b}}]", "a", "/contexts/0/context/cluster",
       "the context names no cluster"},
      {config_with("server: ftp://a", ""), "", "", "server"},  // a key twice
      {config_with("proxy-url: \"http://p\"", ""), "", "/clusters/0/cluster/proxy-url",
       "not supported yet"},
      {config_with("certificate-authority: /no/such", ""), "",
       "/clusters/0/cluster/certificate-authority", "cannot read /no/such: No such file"},
      {config_with("certificate-authority-data: \"!\"", ""), "",
       "/clusters/0/cluster/certificate-authority-data", "expected base64"},
      {config_with("certificate-authority-data: aGk=", ""), "",
       "/clusters/0/cluster/certificate-authority-data", "no PEM certificate"},
      {config_with("certificate-authority-data: aGk=, insecure-skip-tls-verify: true", ""), "",
       "/clusters/0/cluster/insecure-skip-tls-verify", "contradicts"},
      {config_with("insecure-skip-tls-verify: \"yes\"", ""), "",
       "/clusters/0/cluster/insecure-skip-tls-verify", "expected true or false"},
      {config_with("", "client-certificate-data: aGk="), "", "/users/0/user/client-key",
       "no private key"},
      {config_with("", "token: a, username: b"), "", "/users/0/user", "more than one"},
      {config_with("", "as: admin"), "", "/users/0/user/as", "not supported yet"},
      {config_with("", "auth-provider: {name: gcp}"), "", "/users/0/user/auth-provider",
       "use an exec plugin"},
      {config_with("", v1 + "args: [1]}"), "", "/users/0/user/exec/args",
       "expected a list of texts"},
      {config_with("", v1 + "env: [{name: \"\"}]}"), "", "/users/0/user/exec/env/0/name",
       "expected the name"},
      {config_with("", v1 + "interactiveMode: Always}"), "", "/users/0/user/exec/interactiveMode",
       "wants a terminal"},
      {config_with("", "exec: {apiVersion: v1, command: a}"), "", "/users/0/user/exec/apiVersion",
       "client.authentication.k8s.io/v1beta1"},
      {config_with("", "exec: {apiVersion: client.authentication.k8s.io/v1}"), "",
       "/users/0/user/exec/command", "it is missing"},
  };
  for (const auto& c : cases) {
    const auto refused = read(c.text, c.context);
    ASSERT_FALSE(refused) << c.text;
    const auto& e = refused.error();
    EXPECT_EQ(e.code, "bad_kubeconfig");
    EXPECT_THAT(e.message, AllOf(HasSubstr("kubeconfig /etc/k/config: "), HasSubstr(c.message)))
        << c.text;
    EXPECT_EQ(e.faults.at(0).pointer, c.place) << e.message;
  }
}

TEST(Kubeconfig, CredentialsGoInTheClearToThisMachineOnly) {
  const auto with_server = [](std::string_view server) {
    auto text = config_with("", "token: sesame");
    return text.replace(text.find("https://h:1"), 11, server);
  };
  EXPECT_TRUE(read(with_server("http://127.0.0.1:8001")));
  const auto refused = read(with_server("http://10.0.0.1:8001"));
  EXPECT_EQ(refused.error().faults.at(0).pointer, "/clusters/0/cluster/server");
  EXPECT_THAT(refused.error().message, Not(HasSubstr("sesame")));
}

TEST(Kubeconfig, AFileThatCannotBeReadIsNamed) {
  EXPECT_THAT(load_kubeconfig("/no/such/file").error().message,
              HasSubstr("kubeconfig /no/such/file: cannot read /no/such/file: No such file"));
}

TEST(InCluster, TakesTheServiceAccountOfThePod) {
  const Folder folder;
  const net::testing::Authority authority;
  folder.write("ca.crt", authority.pem());
  folder.write("namespace", "work\n");
  const PodSurroundings pod{"fd00::1", "443", folder.path()};
  EXPECT_THAT(in_cluster_config(pod).error().message, HasSubstr("automountServiceAccountToken"));
  folder.write("token", "sesame\n");
  const auto config = in_cluster_config(pod).value();
  EXPECT_EQ(config.server.server, (net::Address{"fd00::1", 443}));
  EXPECT_TRUE(config.server.tls);
  EXPECT_EQ(config.tls.ca_pem, authority.pem());
  EXPECT_EQ(config.login.token_file, folder.path() / "token");
  EXPECT_EQ(config.name_space, "work");
  EXPECT_EQ(config.context, "in-cluster");
  EXPECT_EQ(in_cluster_config({"", "", folder.path()}).error().code, "not_in_cluster");
}

}  // namespace
}  // namespace kube
