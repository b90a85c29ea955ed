#include "kube/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "json/text.h"
#include "json/yaml.h"
#include "kube/file.h"

namespace kube {
namespace {

using base::Result;

constexpr std::string_view exec_versions[] = {"client.authentication.k8s.io/v1",
                                              "client.authentication.k8s.io/v1beta1"};
constexpr std::string_view exec_extension = "client.authentication.k8s.io/exec";

/// One object of the file and its place there.
struct Part {
  const base::Object* object = nullptr;
  std::string pointer;

  std::string place(std::string_view name) const { return json::pointer_join(pointer, name); }
  const base::Value* find(std::string_view name) const {
    const auto* value = object ? object->if_contains(name) : nullptr;
    return value && !value->is_null() ? value : nullptr;
  }
};

/// Reads one kubeconfig; notes every fault and goes on, as far as that makes sense.
class Reader {
 public:
  explicit Reader(const Kubeconfig& file) : file_(file) {}
  Result<Config> read();

 private:
  void read_root(const base::Value& tree);
  /// The `content` of the entry of this name in a list such as `clusters`.
  Part entry(std::string_view lists, std::string_view name, std::string_view content);
  void read_cluster();
  void read_user(const Part&);
  void check_login(const Part&);
  void check_certificates(const Part& user);
  ExecPlugin read_exec(const Part& exec);
  std::string exec_info(const Part& exec);

  void wrong(std::string pointer, std::string message) {
    faults_.push_back({std::move(pointer), std::move(message)});
  }
  std::string text(const Part&, std::string_view name);
  bool flag(const Part&, std::string_view name);
  Part part(const Part&, std::string_view name);
  std::vector<Part> list(const Part&, std::string_view name);
  std::vector<std::string> texts(const Part&, std::string_view name);
  void refuse(const Part&, std::string_view name, std::string_view remedy);
  /// From `NAME-data` (base64) or from the file that NAME names.
  std::string content(const Part&, std::string_view name);
  std::filesystem::path resolve(const std::string& path) const {
    return file_.path.parent_path() / path;
  }

  const Kubeconfig& file_;
  Part root_;
  Part cluster_;
  Config config_;
  base::Faults faults_;
};

base::Error error_of(const std::filesystem::path& file, base::Faults faults) {
  const auto& first = faults.front();
  auto message = fmt::format("kubeconfig {}: {}{}{}", file.string(), first.pointer,
                             first.pointer.empty() ? "" : ": ", first.message);
  return base::invalid("bad_kubeconfig", std::move(message), std::move(faults));
}

Result<Config> Reader::read() {
  const auto documents = json::parse_yaml(file_.text);
  if (!documents)
    wrong("", documents.error().message);
  else if (documents->size() != 1 || !documents->front().is_object())
    wrong("", "expected one object with contexts, clusters and users");
  else
    read_root(documents->front());
  if (!faults_.empty()) return error_of(file_.path, std::move(faults_));
  return std::move(config_);
}

void Reader::read_root(const base::Value& tree) {
  root_ = {&tree.get_object(), ""};
  config_.context = file_.context.empty() ? text(root_, "current-context") : file_.context;
  if (config_.context.empty())
    return wrong("/current-context", "no context is chosen; name one, or set current-context");
  const auto context = entry("contexts", config_.context, "context");
  if (!context.object) return;
  if (auto chosen = text(context, "namespace"); !chosen.empty()) config_.name_space = chosen;
  const auto cluster = text(context, "cluster");
  if (cluster.empty()) return wrong(context.place("cluster"), "the context names no cluster");
  cluster_ = entry("clusters", cluster, "cluster");
  Part user;
  if (const auto name = text(context, "user"); !name.empty()) user = entry("users", name, "user");
  if (!faults_.empty()) return;
  read_cluster();
  read_user(user);
  if (!faults_.empty()) return;
  check_login(user);
  check_certificates(user);
}

Part Reader::entry(std::string_view lists, std::string_view name, std::string_view content) {
  std::string known;
  for (const auto& each : list(root_, lists)) {
    const auto own = text(each, "name");
    if (own == name) {
      auto found = part(each, content);
      if (!found.object && faults_.empty()) wrong(found.pointer, "it is missing");
      return found;
    }
    known += (known.empty() ? "" : ", ") + own;
  }
  wrong(fmt::format("/{}", lists), fmt::format("there is no {} \"{}\"; there are: {}", content,
                                               name, known.empty() ? "none" : known));
  return {};
}

void Reader::read_cluster() {
  refuse(cluster_, "proxy-url", "remove it to connect directly");
  const auto url = text(cluster_, "server");
  auto server = http::parse_url(url);
  if (server)
    config_.server = *server;
  else
    wrong(cluster_.place("server"), url.empty() ? "it is missing" : server.error().message);
  config_.tls.server_name = text(cluster_, "tls-server-name");
  config_.tls.verify = !flag(cluster_, "insecure-skip-tls-verify");
  config_.tls.ca_pem = content(cluster_, "certificate-authority");
  if (!config_.tls.verify && !config_.tls.ca_pem.empty())
    wrong(cluster_.place("insecure-skip-tls-verify"),
          "it contradicts certificate-authority; keep one of them");
}

void Reader::read_user(const Part& user) {
  refuse(user, "auth-provider", "use an exec plugin of your cloud instead");
  refuse(user, "as", "use a user that has the rights itself");
  config_.tls.cert_pem = content(user, "client-certificate");
  config_.tls.key_pem = content(user, "client-key");
  auto& login = config_.login;
  login.token = text(user, "token");
  if (const auto file = text(user, "tokenFile"); !file.empty()) login.token_file = resolve(file);
  login.user = text(user, "username");
  login.password = text(user, "password");
  if (const auto exec = part(user, "exec"); exec.object) login.exec = read_exec(exec);
}

void Reader::check_login(const Part& user) {
  const auto& login = config_.login;
  const bool token = !login.token.empty() || !login.token_file.empty();
  const int ways = int(token) + int(!login.user.empty()) + int(login.exec.has_value());
  if (ways > 1)
    wrong(user.pointer, "it has more than one of token, username and exec; keep one of them");
  if (login.user.find(':') != std::string::npos)
    wrong(user.place("username"), "a user name cannot have a colon");
  if (ways > 0 && !config_.server.tls && !net::is_loopback(config_.server.server))
    wrong(cluster_.place("server"),
          "credentials would be sent in the clear; use https:// with this user");
}

void Reader::check_certificates(const Part& user) {
  const auto good = net::check_tls(config_.tls);
  if (good) return;
  const auto fault = good.error().faults.at(0);
  const auto& at = fault.pointer == "/ca_pem" ? cluster_ : user;
  const std::string name = fault.pointer == "/ca_pem"     ? "certificate-authority"
                           : fault.pointer == "/cert_pem" ? "client-certificate"
                                                          : "client-key";
  wrong(at.place(at.find(name + "-data") ? name + "-data" : name), fault.message);
}

ExecPlugin Reader::read_exec(const Part& exec) {
  ExecPlugin plugin;
  plugin.api_version = text(exec, "apiVersion");
  if (std::ranges::find(exec_versions, plugin.api_version) == std::end(exec_versions))
    wrong(exec.place("apiVersion"),
          fmt::format("expected {} or {}", exec_versions[0], exec_versions[1]));
  plugin.command = text(exec, "command");
  if (plugin.command.empty()) wrong(exec.place("command"), "it is missing");
  // As kubectl does: a bare name is looked up in PATH, anything else belongs to the file.
  if (plugin.command.find('/') != std::string::npos)
    plugin.command = resolve(plugin.command).string();
  plugin.arguments = texts(exec, "args");
  for (const auto& variable : list(exec, "env")) {
    auto name = text(variable, "name");
    if (name.empty() || name.find('=') != std::string::npos)
      wrong(variable.place("name"), "expected the name of a variable");
    plugin.environment.emplace_back(std::move(name), text(variable, "value"));
  }
  plugin.install_hint = text(exec, "installHint");
  if (text(exec, "interactiveMode") == "Always")
    wrong(exec.place("interactiveMode"), "the plugin wants a terminal, and there is none");
  plugin.info = exec_info(exec);
  return plugin;
}

std::string Reader::exec_info(const Part& exec) {
  base::Object spec{{"interactive", false}};
  if (flag(exec, "provideClusterInfo")) {
    base::Object cluster{{"server", text(cluster_, "server")}};
    const auto& tls = config_.tls;
    if (!tls.server_name.empty()) cluster["tls-server-name"] = tls.server_name;
    if (!tls.verify) cluster["insecure-skip-tls-verify"] = true;
    if (!tls.ca_pem.empty()) cluster["certificate-authority-data"] = base::base64(tls.ca_pem);
    for (const auto& each : list(cluster_, "extensions"))
      if (const auto* own = each.find("extension"); own && text(each, "name") == exec_extension)
        cluster["config"] = *own;
    spec["cluster"] = std::move(cluster);
  }
  return json::print(base::Object{{"apiVersion", text(exec, "apiVersion")},
                                  {"kind", "ExecCredential"},
                                  {"spec", std::move(spec)}});
}

std::string Reader::text(const Part& part, std::string_view name) {
  const auto* value = part.find(name);
  if (!value) return "";
  if (value->is_string()) return std::string(value->get_string());
  wrong(part.place(name), "expected a text");
  return "";
}

bool Reader::flag(const Part& part, std::string_view name) {
  const auto* value = part.find(name);
  if (!value) return false;
  if (value->is_bool()) return value->get_bool();
  wrong(part.place(name), "expected true or false");
  return false;
}

Part Reader::part(const Part& parent, std::string_view name) {
  const auto* value = parent.find(name);
  if (value && !value->is_object()) wrong(parent.place(name), "expected an object");
  return {value ? value->if_object() : nullptr, parent.place(name)};
}

std::vector<Part> Reader::list(const Part& parent, std::string_view name) {
  std::vector<Part> out;
  const auto* value = parent.find(name);
  const auto place = parent.place(name);
  if (value && !value->is_array()) wrong(place, "expected a list");
  if (!value || !value->is_array()) return out;
  for (const auto& element : value->get_array()) {
    auto at = fmt::format("{}/{}", place, out.size());
    if (!element.is_object()) wrong(at, "expected an object");
    out.push_back({element.if_object(), std::move(at)});
  }
  return out;
}

std::vector<std::string> Reader::texts(const Part& parent, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = parent.find(name);
  if (!value) return out;
  const auto is_text = [](const base::Value& v) { return v.is_string(); };
  const auto* array = value->if_array();
  if (!array || !std::ranges::all_of(*array, is_text)) {
    wrong(parent.place(name), "expected a list of texts");
    return out;
  }
  for (const auto& each : *array) out.emplace_back(each.get_string());
  return out;
}

void Reader::refuse(const Part& part, std::string_view name, std::string_view remedy) {
  if (part.find(name))
    wrong(part.place(name), fmt::format("{} is not supported yet; {}", name, remedy));
}

std::string Reader::content(const Part& part, std::string_view name) {
  const auto data_name = fmt::format("{}-data", name);
  if (auto data = text(part, data_name); !data.empty()) {
    std::erase_if(data, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    if (auto bytes = base::unbase64(data)) return std::move(*bytes);
    wrong(part.place(data_name), "expected base64");
    return "";
  }
  const auto path = text(part, name);
  if (path.empty()) return "";
  if (auto bytes = read_file(resolve(path)))
    return std::move(*bytes);
  else
    wrong(part.place(name), bytes.error().message);
  return "";
}

base::Error outside(std::string_view why) {
  return base::invalid("not_in_cluster",
                       fmt::format("cannot use the service account of this Pod: {}", why));
}

}  // namespace

Result<Config> read_kubeconfig(const Kubeconfig& file) { return Reader(file).read(); }

Result<Config> load_kubeconfig(const std::filesystem::path& path, std::string context) {
  auto text = read_file(path);
  if (!text) return error_of(path, {{"", text.error().message}});
  return read_kubeconfig({path, std::move(*text), std::move(context)});
}

Result<Config> in_cluster_config(const PodSurroundings& pod) {
  if (pod.host.empty() || pod.port.empty())
    return outside(
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; outside of a "
        "cluster, name a kubeconfig");
  const bool v6 = pod.host.find(':') != std::string::npos;
  auto server = net::parse_address((v6 ? "[" + pod.host + "]" : pod.host) + ":" + pod.port);
  if (!server) return outside(server.error().message);
  auto ca = read_file(pod.folder / "ca.crt");
  if (!ca) return outside(ca.error().message);
  const auto token = read_file(pod.folder / "token");
  if (!token)
    return outside(token.error().message +
                   "; does the Pod have automountServiceAccountToken: false?");
  Config config{.server = {*server, "", true}, .context = "in-cluster"};
  config.tls.ca_pem = std::move(*ca);
  config.login.token_file = pod.folder / "token";
  if (const auto own = read_file(pod.folder / "namespace"); own && !trimmed(*own).empty())
    config.name_space = trimmed(*own);
  if (const auto good = net::check_tls(config.tls); !good) return outside(good.error().message);
  return config;
}

}  // namespace kube
