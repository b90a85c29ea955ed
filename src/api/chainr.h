#pragma once

#include <boost/describe/class.hpp>
#include <string>
#include <vector>

/// The shapes of chainr's API, word for word.
namespace api::chainr {

struct Metadata {
  std::string self_link;
  std::string uid;
  static constexpr std::string_view schema_name = "ChainrMetadata";
};
BOOST_DESCRIBE_STRUCT(Metadata, (), (self_link, uid))

struct Job {
  std::string name;
  std::string status;
  static constexpr std::string_view schema_name = "ChainrJob";
};
BOOST_DESCRIBE_STRUCT(Job, (), (name, status))

struct Run {
  std::string kind = "Run";
  Metadata metadata;
  std::string status;  ///< PENDING, RUNNING, SUCCESSFUL, FAILED or CANCELED
  std::vector<Job> jobs;
  static constexpr std::string_view required_members[] = {"jobs"};
  static constexpr std::string_view schema_name = "ChainrRun";
};
BOOST_DESCRIBE_STRUCT(Run, (), (kind, metadata, status, jobs))

struct RunList {
  std::string kind = "RunList";
  std::vector<Run> items;
  static constexpr std::string_view required_members[] = {"items"};
  static constexpr std::string_view schema_name = "ChainrRunList";
};
BOOST_DESCRIBE_STRUCT(RunList, (), (kind, items))

struct Resource {
  std::string url;
  std::string description;
  static constexpr std::string_view schema_name = "ChainrResource";
};
BOOST_DESCRIBE_STRUCT(Resource, (), (url, description))

struct Resources {
  Resource runs;
  static constexpr std::string_view schema_name = "ChainrResources";
};
BOOST_DESCRIBE_STRUCT(Resources, (), (runs))

struct ResourceList {
  std::string kind = "APIResourceList";
  Metadata metadata;
  Resources resources;
  static constexpr std::string_view schema_name = "ChainrResourceList";
};
BOOST_DESCRIBE_STRUCT(ResourceList, (), (kind, metadata, resources))

}  // namespace api::chainr
