#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "config/config.h"
#include "model/policy.h"

namespace base::log {
BOOST_DESCRIBE_ENUM(Level, debug, info, warn, error)
BOOST_DESCRIBE_ENUM(Format, plain, json)
}  // namespace base::log

namespace cli {

/// What `server` and `dev` can be told. Each member is a flag, a FAIRLEAD_ variable and a member of
/// the file; setting_texts says what each is for.
struct ServerSettings {
  std::string listen = "127.0.0.1:8080";
  std::string data = "/var/lib/fairlead";  ///< For `dev`: `.fairlead`.
  std::string store;                       ///< `sqlite:PATH`; filled in: DATA/fairlead.db.
  base::log::Format log_format = base::log::Format::plain;
  base::log::Level log_level = base::log::Level::info;
  bool insecure_http = false;
  std::uint64_t body_bytes_max = 32 << 20;
  std::uint32_t connections_max = 4096;
  std::uint32_t jobs_max = 100'000;
  base::Micros queue_timeout = std::chrono::hours(24);
  base::Micros queue_timeout_max = std::chrono::hours(24 * 30);
  base::Micros start_timeout = std::chrono::minutes(10);
  base::Micros start_timeout_max = std::chrono::hours(24);
  base::Micros run_timeout = std::chrono::hours(6);
  base::Micros run_timeout_max = std::chrono::hours(24 * 30);
  base::Micros pipeline_timeout = std::chrono::hours(24 * 7);
  base::Micros pipeline_timeout_max = std::chrono::hours(24 * 90);
  base::Micros lease = std::chrono::seconds(30);
  base::Micros keep_runs = std::chrono::hours(24 * 30);
  base::Micros keep_feed = std::chrono::hours(24 * 7);
  std::uint64_t log_bytes_max = 64 << 20;
  std::uint32_t capacity = 8;  ///< For Kubernetes: 5000.
  std::string kubeconfig;      ///< A path, `in-cluster` or `none`; filled in.
  std::string context;
  std::string namespace_;
  std::string cluster = "kubernetes";
  std::vector<std::string> labels;  ///< Of the cluster: `key=value`.
  std::vector<model::Allowance> allow;
};
BOOST_DESCRIBE_STRUCT(ServerSettings, (),
                      (listen, data, store, log_format, log_level, insecure_http, body_bytes_max,
                       connections_max, jobs_max, queue_timeout, queue_timeout_max, start_timeout,
                       start_timeout_max, run_timeout, run_timeout_max, pipeline_timeout,
                       pipeline_timeout_max, lease, keep_runs, keep_feed, log_bytes_max, capacity,
                       kubeconfig, context, namespace_, cluster, labels, allow))

/// What `agent` can be told.
struct AgentSettings {
  std::string server;
  std::string key;
  std::string data = "/var/lib/fairlead-agent";
  std::string executor = "kubernetes";
  bool allow_root = false;
  std::uint32_t capacity = 8;
  std::string kubeconfig;
  std::string context;
  std::string namespace_;
  std::vector<std::string> labels;  ///< Of the cluster: `key=value`.
  std::vector<model::Allowance> allow;
  base::log::Format log_format = base::log::Format::plain;
  base::log::Level log_level = base::log::Level::info;
  static constexpr std::string_view secret_members[] = {"key"};
};
BOOST_DESCRIBE_STRUCT(AgentSettings, (),
                      (server, key, data, executor, allow_root, capacity, kubeconfig, context,
                       namespace_, labels, allow, log_format, log_level))

/// Labels as they are given, `key=value`; each was checked.
std::map<std::string, std::string> labels_of(const std::vector<std::string>&);

/// What the help says of a setting. An empty `value` is a switch.
struct SettingText {
  std::string_view key;
  std::string_view value;
  std::string_view text;
};
std::span<const SettingText> server_setting_texts();
std::span<const SettingText> agent_setting_texts();

/// Which defaults and rules hold.
enum class Role { server, dev };

/// Where settings come from: flags by key, the whole environment, the path of a file or "". An
/// empty path means FAIRLEAD_CONFIG, if that is set.
struct Given {
  std::map<std::string, std::string> flags;
  std::map<std::string, std::string> environment;
  std::string file;
};

/// Reads and checks; every fault at once, with code `bad_settings`. A file that cannot be read is
/// one. `settings` of the result show what is in force, the defaults of the role included.
base::Result<config::Loaded<ServerSettings>> load_server_settings(const Given&, Role);
base::Result<config::Loaded<AgentSettings>> load_agent_settings(const Given&);

/// What is out of bounds, in sentences that name the setting.
base::Faults check(const ServerSettings&, Role);
base::Faults check(const AgentSettings&);

}  // namespace cli
