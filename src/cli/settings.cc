#include "cli/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "cli/files.h"
#include "http/url.h"
#include "net/address.h"

namespace cli {
namespace {

constexpr SettingText server_texts[] = {
    {"listen", "ADDR:PORT", "Where to listen; port 0 picks a free one"},
    {"data", "DIR", "The folder for everything that is kept"},
    {"store", "sqlite:PATH", "The database; DATA/fairlead.db when not given"},
    {"log-format", "plain|json", "How log lines are written"},
    {"log-level", "LEVEL", "The least that is logged: debug, info, warn, error"},
    {"insecure-http", "", "Allow plain HTTP on an address that others can reach"},
    {"body-bytes-max", "BYTES", "The largest request body"},
    {"connections-max", "N", "The most open connections"},
    {"jobs-max", "N", "The most jobs of one run"},
    {"queue-timeout", "TIME", "How long a job may wait for its turn, unless it says"},
    {"queue-timeout-max", "TIME", "The most that a job may say"},
    {"start-timeout", "TIME", "How long an attempt may take to start, unless it says"},
    {"start-timeout-max", "TIME", "The most that a job may say"},
    {"run-timeout", "TIME", "How long an attempt may run, unless its job says"},
    {"run-timeout-max", "TIME", "The most that a job may say"},
    {"pipeline-timeout", "TIME", "How long a run may take in all, unless its pipeline says"},
    {"pipeline-timeout-max", "TIME", "The most that a pipeline may say"},
    {"lease", "TIME", "How long an agent's silence leaves it its cluster"},
    {"keep-runs", "TIME", "How long runs are kept after their end"},
    {"keep-feed", "TIME", "How long events can be replayed"},
    {"log-bytes-max", "BYTES", "How much of an attempt's output is kept"},
    {"capacity", "N", "Attempts alive at once: 8 for dev, 5000 on Kubernetes"},
    {"kubeconfig", "FILE", "Run jobs on this cluster: a file, in-cluster or none"},
    {"context", "NAME", "The context of the kubeconfig; its current one when not given"},
    {"namespace", "NAME", "Where Pods are made; the context's when not given"},
    {"cluster", "NAME", "What the cluster of --kubeconfig is called here"},
    {"labels", "LIST", "What a placement may ask of the cluster: zone=eu,gpu=yes"},
    {"allow", "LIST", "What jobs may have there beyond the harmless: root, secrets, ..."},
};

constexpr SettingText agent_texts[] = {
    {"server", "URL", "The server to work for"},
    {"key", "KEY", "This agent's key; better given as FAIRLEAD_KEY or in a file"},
    {"data", "DIR", "The folder for what it runs"},
    {"executor", "kubernetes|local", "Where attempts run: as Pods, or on this host"},
    {"allow-root", "", "local: let jobs run as root, when the agent does"},
    {"capacity", "N", "Attempts alive at once: 5000, or 8 when local"},
    {"kubeconfig", "FILE", "The cluster: a file, or in-cluster"},
    {"context", "NAME", "The context of the kubeconfig; its current one when not given"},
    {"namespace", "NAME", "Where Pods are made; the context's when not given"},
    {"labels", "LIST", "What a placement may ask of the cluster: zone=eu,gpu=yes"},
    {"allow", "LIST", "What jobs may have beyond the harmless: root, secrets, ..."},
    {"log-format", "plain|json", "How log lines are written"},
    {"log-level", "LEVEL", "The least that is logged: debug, info, warn, error"},
};

std::string variable(std::string_view key) {
  std::string name = "FAIRLEAD_";
  for (const char c : key) name += c == '-' ? '_' : char(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

/// The sources of one struct. Variables of the other one may be set on the same machine; they are
/// not this one's mistake, so they are taken out.
base::Result<config::Sources> sources_of(const Given& given, std::span<const SettingText> own,
                                         std::span<const SettingText> other) {
  config::Sources sources{given.flags, given.environment, given.file, ""};
  for (const auto& each : other)
    if (std::ranges::find(own, each.key, &SettingText::key) == own.end())
      sources.environment.erase(variable(each.key));
  if (sources.file_path.empty())
    if (const auto found = given.environment.find("FAIRLEAD_CONFIG");
        found != given.environment.end())
      sources.file_path = found->second;
  if (sources.file_path.empty()) return sources;
  auto text = read_file(sources.file_path);
  if (!text) return base::invalid("bad_settings", text.error().message);
  sources.file_text = std::move(*text);
  return sources;
}

base::Error refusal(base::Faults faults) {
  auto message = faults.front().message;
  if (faults.size() > 1)
    message = fmt::format("{} settings are wrong; the first: {}", faults.size(), message);
  return base::invalid("bad_settings", std::move(message), std::move(faults));
}

/// Says what a setting that was left out has become.
template <class T>
void fill(config::Loaded<T>& loaded, std::string_view key, std::string& member, std::string value) {
  const auto setting = std::ranges::find(loaded.settings, key, &config::Setting::key);
  if (setting->source != "default") return;
  member = setting->value = std::move(value);
}

constexpr std::uint32_t pods_max = 5000;

/// Inside a Pod the cluster is the one around it, unless another is named.
bool is_inside(const Given& given) {
  const auto host = given.environment.find("KUBERNETES_SERVICE_HOST");
  return host != given.environment.end() && !host->second.empty();
}

/// Where a kubeconfig is looked for when none was named, as kubectl does.
std::string usual_kubeconfig(const Given& given) {
  if (is_inside(given)) return "in-cluster";
  if (const auto file = given.environment.find("KUBECONFIG"); file != given.environment.end())
    return file->second;
  const auto home = given.environment.find("HOME");
  return home == given.environment.end() ? "" : home->second + "/.kube/config";
}

template <class T>
void fill_capacity(config::Loaded<T>& loaded) {
  const auto setting = std::ranges::find(loaded.settings, "capacity", &config::Setting::key);
  if (setting->source != "default") return;
  loaded.values.capacity = pods_max;
  setting->value = std::to_string(pods_max);
}

/// Collects faults about settings.
struct Bounds {
  base::Faults faults;
  void say(std::string message) { faults.push_back({"", std::move(message)}); }
  void within(std::string_view key, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
    if (value < least || value > most)
      say(fmt::format("{} is {}; it must be from {} to {}", key, value, least, most));
  }
  void within(std::string_view key, base::Micros value, base::Micros least, base::Micros most) {
    if (value < least || value > most)
      say(fmt::format("{} is {}; it must be from {} to {}", key, base::format_duration(value),
                      base::format_duration(least), base::format_duration(most)));
  }
  void capped(std::string_view key, base::Micros value, base::Micros cap) {
    within(key, value, std::chrono::seconds(1), std::chrono::hours(24 * 365));
    within(fmt::format("{}-max", key), cap, std::chrono::seconds(1), std::chrono::hours(24 * 3650));
    if (value > cap)
      say(fmt::format("{} is {}, which is more than {}-max, {}", key, base::format_duration(value),
                      key, base::format_duration(cap)));
  }
};

void check_namespace(const std::string& name, Bounds& bounds) {
  if (!name.empty() && !base::is_dns_label(name))
    bounds.say(fmt::format("namespace is '{}', which is no name of a namespace", name));
}

void check_labels(const std::vector<std::string>& labels, Bounds& bounds) {
  constexpr std::string_view marks = "-_./=";
  for (const auto& label : labels) {
    const bool clean = std::ranges::all_of(label, [&](char c) {
      return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
             marks.find(c) != marks.npos;
    });
    if (!clean || label.find('=') == label.npos || label.starts_with('=') || label.size() > 320)
      bounds.say(fmt::format("labels has '{}'; write each as key=value", label));
  }
  if (labels.size() > 64) bounds.say("labels has more than 64");
}

void check_listen(const ServerSettings& s, Role role, Bounds& bounds) {
  const auto address = net::parse_address(s.listen);
  if (!address)
    return bounds.say(
        fmt::format("listen is '{}'; write it as ADDR:PORT, such as 127.0.0.1:8080", s.listen));
  if (net::is_loopback(*address)) return;
  if (role == Role::dev)
    bounds.say(
        fmt::format("listen is '{}'; dev runs whatever it is sent on this machine, so it "
                    "listens on loopback only, such as 127.0.0.1:8080",
                    s.listen));
  else if (!s.insecure_http)
    bounds.say(
        fmt::format("listen is '{}', which others can reach, and there is no TLS: tokens "
                    "would travel in the clear; put a TLS proxy in front, and give "
                    "--insecure-http to say that you have",
                    s.listen));
}

}  // namespace

std::span<const SettingText> server_setting_texts() { return server_texts; }
std::span<const SettingText> agent_setting_texts() { return agent_texts; }

std::map<std::string, std::string> labels_of(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> labels;
  for (const auto& pair : pairs) {
    const auto equals = std::min(pair.find('='), pair.size());
    labels[pair.substr(0, equals)] = pair.substr(std::min(equals + 1, pair.size()));
  }
  return labels;
}

base::Faults check(const ServerSettings& s, Role role) {
  using namespace std::chrono;
  Bounds bounds;
  check_listen(s, role, bounds);
  if (s.data.empty()) bounds.say("data is empty; give the folder for everything that is kept");
  if (!s.store.starts_with("sqlite:") || s.store.size() == 7)
    bounds.say(fmt::format("store is '{}'; write it as sqlite:PATH", s.store));
  bounds.within("body-bytes-max", s.body_bytes_max, 64 << 10, 256 << 20);
  bounds.within("connections-max", s.connections_max, 8, 100'000);
  bounds.within("jobs-max", s.jobs_max, 1, 1'000'000);
  bounds.capped("queue-timeout", s.queue_timeout, s.queue_timeout_max);
  bounds.capped("start-timeout", s.start_timeout, s.start_timeout_max);
  bounds.capped("run-timeout", s.run_timeout, s.run_timeout_max);
  bounds.capped("pipeline-timeout", s.pipeline_timeout, s.pipeline_timeout_max);
  bounds.within("lease", s.lease, seconds(2), minutes(10));
  bounds.within("keep-runs", s.keep_runs, minutes(1), hours(24 * 3650));
  bounds.within("keep-feed", s.keep_feed, minutes(1), hours(24 * 3650));
  bounds.within("log-bytes-max", s.log_bytes_max, 64 << 10, std::uint64_t(1) << 34);
  bounds.within("capacity", s.capacity, 1, 10'000);
  check_namespace(s.namespace_, bounds);
  check_labels(s.labels, bounds);
  if (!base::is_dns_label(s.cluster))
    bounds.say(fmt::format("cluster is '{}'; its name is a DNS label", s.cluster));
  if (role == Role::dev && s.kubeconfig != "none")
    bounds.say("kubeconfig is not for dev, which runs jobs on this host; use `fairlead server`");
  return std::move(bounds.faults);
}

base::Faults check(const AgentSettings& s) {
  Bounds bounds;
  if (s.server.empty())
    bounds.say("server is not set; give --server URL or FAIRLEAD_SERVER");
  else if (auto url = http::parse_url(s.server); !url)
    bounds.say(fmt::format("server: {}", url.error().message));
  if (s.key.empty())
    bounds.say("key is not set; make one with `fairlead create agent` and give it as FAIRLEAD_KEY");
  if (s.data.empty()) bounds.say("data is empty; give the folder for what the agent runs");
  if (s.executor != "kubernetes" && s.executor != "local")
    bounds.say(fmt::format("executor is '{}'; there are kubernetes and local", s.executor));
  if (s.executor == "kubernetes" && s.kubeconfig.empty())
    bounds.say("kubeconfig is not set, and there is none in the usual places");
  check_namespace(s.namespace_, bounds);
  check_labels(s.labels, bounds);
  bounds.within("capacity", s.capacity, 1, 10'000);
  return std::move(bounds.faults);
}

base::Result<config::Loaded<ServerSettings>> load_server_settings(const Given& given, Role role) {
  const auto sources = sources_of(given, server_texts, agent_texts);
  if (!sources) return sources.error();
  auto loaded = config::load<ServerSettings>(*sources);
  if (!loaded) return loaded.error();
  auto& s = loaded->values;
  fill(*loaded, "data", s.data, role == Role::dev ? "./.fairlead" : s.data);
  fill(*loaded, "store", s.store, fmt::format("sqlite:{}/fairlead.db", s.data));
  const bool inside = role == Role::server && is_inside(given);
  fill(*loaded, "kubeconfig", s.kubeconfig, inside ? "in-cluster" : "none");
  if (s.kubeconfig != "none") fill_capacity(*loaded);
  auto faults = check(s, role);
  if (!faults.empty()) return refusal(std::move(faults));
  return loaded;
}

base::Result<config::Loaded<AgentSettings>> load_agent_settings(const Given& given) {
  const auto sources = sources_of(given, agent_texts, server_texts);
  if (!sources) return sources.error();
  auto loaded = config::load<AgentSettings>(*sources);
  if (!loaded) return loaded.error();
  if (loaded->values.executor == "kubernetes") {
    fill(*loaded, "kubeconfig", loaded->values.kubeconfig, usual_kubeconfig(given));
    fill_capacity(*loaded);
  }
  auto faults = check(loaded->values);
  if (!faults.empty()) return refusal(std::move(faults));
  return loaded;
}

}  // namespace cli
