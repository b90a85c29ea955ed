#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/traits.h"

/// The shapes of kube-job-runner's API, word for word.
namespace api::job_runner {

struct Request {
  std::string image;
  std::string tag;
  /// In milliseconds, from the answer to the end; 0 or none: the server's usual timeouts.
  std::optional<std::int64_t> timeout;
  static constexpr std::string_view required_members[] = {"image", "tag"};
  static constexpr std::string_view schema_name = "ExecuteRequest";
};
BOOST_DESCRIBE_STRUCT(Request, (), (image, tag, timeout))

struct Accepted {
  std::string callback_url;  ///< `/execution/UUID`
  static constexpr std::string_view schema_name = "ExecuteAccepted";
};
BOOST_DESCRIBE_STRUCT(Accepted, (), (callback_url))

/// On the wire its members have capital letters.
struct Execution {
  std::string image;
  std::string tag;
  std::string name;             ///< The UUID in its path.
  std::string_view status;      ///< Acknowledged, InProgress, Succeeded or Failed
  std::int64_t timeout_ms = 0;  ///< 0: none was given.
};

}  // namespace api::job_runner

template <>
struct json::Custom<api::job_runner::Execution> {
  static base::Value encode(const api::job_runner::Execution&);
  static base::Value schema();
};
