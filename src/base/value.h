#pragma once

#include <boost/json/value.hpp>

namespace base {

/// The one tree of JSON and YAML.
using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

}  // namespace base
