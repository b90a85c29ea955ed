#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/field.h"

/// Settings from flags, then the environment, then one file, then defaults, into a described
/// struct. A member `log_format` is the flag `--log-format`, the variable FAIRLEAD_LOG_FORMAT and
/// `logFormat` in the file. Members are std::string, bool, integers, double, base::Micros,
/// described enums, std::vector<std::string> (as text `a,b`) and std::map<std::string, std::string>
/// (`a=1,b=2`). A struct may say `static constexpr std::string_view secret_members[] = {"token"};`
/// in C++ names.
namespace config {

/// What was given. `flags` are by key without dashes, `log-format`.
struct Sources {
  std::map<std::string, std::string> flags;
  std::map<std::string, std::string> environment;  ///< All of it; only FAIRLEAD_ is looked at.
  std::string file_path;                           ///< Empty: no file was given.
  std::string file_text;                           ///< YAML or JSON.
};

/// One setting as it is in force, for people to read.
struct Setting {
  std::string key;     ///< As a flag without dashes.
  std::string value;   ///< `***` for a secret that is not empty.
  std::string source;  ///< `default`, `file F`, `environment FAIRLEAD_X` or `flag --x`.
  bool secret = false;
  friend bool operator==(const Setting&, const Setting&) = default;
};

template <class T>
struct Loaded {
  T values;
  std::vector<Setting> settings;  ///< One for each member, in their order.
};

/// Reads every source and refuses, with code `bad_settings`, everything wrong at once: values that
/// do not fit, unknown keys of the file and unknown flags or FAIRLEAD_ variables (except
/// FAIRLEAD_SERVER, FAIRLEAD_TOKEN and FAIRLEAD_CONFIG, and what Kubernetes sets for Services named
/// fairlead). A fault's pointer is a place in the file; it is empty for the other sources.
template <class T>
base::Result<Loaded<T>> load(const Sources& sources);

namespace detail {
base::Result<std::vector<Setting>> load_into(void* self, const std::vector<Field>&, const Sources&);
}

template <class T>
base::Result<Loaded<T>> load(const Sources& sources) {
  Loaded<T> loaded{};
  auto settings = detail::load_into(&loaded.values, detail::fields_of<T>(), sources);
  if (!settings) return settings.error();
  loaded.settings = std::move(*settings);
  return loaded;
}

}  // namespace config
