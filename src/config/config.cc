#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/text.h"
#include "json/position.h"
#include "json/text.h"
#include "json/yaml.h"

namespace config::detail {
namespace {

/// Variables of the client's own, which no settings struct lists.
constexpr std::string_view always_allowed[] = {"FAIRLEAD_SERVER", "FAIRLEAD_TOKEN",
                                               "FAIRLEAD_CONFIG"};

/// Whether Kubernetes set the variable for a Service whose name starts with `fairlead`
/// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
bool is_service_link(std::string_view name, std::string_view value) {
  const auto has = [&](std::string_view part) { return name.find(part) != name.npos; };
  if (name.ends_with("_SERVICE_HOST") || has("_SERVICE_PORT")) return true;
  const bool address =
      value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
  if (has("_PORT") && address) return true;
  return has("_PORT_") && (has("_TCP") || has("_UDP") || has("_SCTP"));
}

/// Reads the sources from the weakest to the strongest, so that the last to set a member wins.
class Loader {
 public:
  Loader(void* self, const std::vector<Field>& fields, const Sources& sources)
      : self_(self), fields_(fields), sources_(sources), origins_(fields.size(), "default") {}

  base::Result<std::vector<Setting>> load() {
    read_file();
    read_environment();
    read_flags();
    if (!faults_.empty()) return error();
    return settings();
  }

 private:
  void read_file();
  void read_environment();
  void read_flags();
  void set(const Field&, const base::Value&, const std::string& origin, const std::string& pointer);
  void set_text(const Field&, std::string_view text, const std::string& origin);
  void unknown(std::string_view what, std::string_view name, std::string Field::* spelling,
               std::string pointer);
  const Field* find(std::string_view name, std::string Field::* spelling) const;
  void fault(std::string pointer, std::string message) {
    faults_.push_back({std::move(pointer), std::move(message)});
  }
  base::Error error();
  std::vector<Setting> settings() const;

  void* self_;
  const std::vector<Field>& fields_;
  const Sources& sources_;
  std::vector<std::string> origins_;  ///< Of each field, what set it.
  base::Faults faults_;
};

const Field* Loader::find(std::string_view name, std::string Field::* spelling) const {
  const auto found = std::ranges::find(fields_, name, spelling);
  return found == fields_.end() ? nullptr : &*found;
}

void Loader::unknown(std::string_view what, std::string_view name, std::string Field::* spelling,
                     std::string pointer) {
  std::vector<std::string_view> names;
  for (const auto& field : fields_) names.emplace_back(field.*spelling);
  const auto meant = json::nearest(name, names);
  auto message = fmt::format("unknown {} '{}'", what, json::excerpt(name));
  if (!meant.empty()) message += fmt::format("; did you mean '{}'?", meant);
  fault(std::move(pointer), std::move(message));
}

void Loader::read_file() {
  if (sources_.file_path.empty()) return;
  const auto origin = "file " + sources_.file_path;
  const auto documents = json::parse_yaml(sources_.file_text);
  if (!documents) return fault("", fmt::format("{}: {}", origin, documents.error().message));
  if (documents->empty()) return;
  if (documents->size() > 1)
    return fault("", fmt::format("{}: expected one document, got {}", origin, documents->size()));
  const auto* object = documents->front().if_object();
  if (!object) return fault("", fmt::format("{}: expected an object of settings", origin));
  for (const auto& [name, value] : *object) {
    const auto pointer = json::pointer_join("", name);
    if (const auto* field = find(name, &Field::name))
      set(*field, value, origin, pointer);
    else
      unknown(fmt::format("setting in file {}:", sources_.file_path), name, &Field::name, pointer);
  }
}

void Loader::read_environment() {
  for (const auto& [name, text] : sources_.environment) {
    if (!name.starts_with("FAIRLEAD_")) continue;
    if (const auto* field = find(name, &Field::variable))
      set_text(*field, text, "environment " + name);
    else if (!json::contains(always_allowed, name) && !is_service_link(name, text))
      unknown("environment variable", name, &Field::variable, "");
  }
}

void Loader::read_flags() {
  for (const auto& [key, text] : sources_.flags) {
    if (const auto* field = find(key, &Field::key))
      set_text(*field, text, "flag --" + key);
    else
      unknown("flag", key, &Field::key, "");
  }
}

void Loader::set_text(const Field& field, std::string_view text, const std::string& origin) {
  const auto value = read_text(text, field.shape);
  if (value)
    set(field, *value, origin, "");
  else
    fault("", fmt::format("{}: {}", origin, value.error().message));
}

void Loader::set(const Field& field, const base::Value& value, const std::string& origin,
                 const std::string& pointer) {
  base::Faults found;
  field.read(self_, value, found, pointer);
  for (auto& each : found) {
    // A sentence about a value may quote it, and what goes wrong is often logged.
    const auto& what = field.secret ? "the value does not fit (it is secret, so not shown)"
                                    : std::move(each.message);
    fault(std::move(each.pointer), fmt::format("{}: {}", origin, what));
  }
  origins_[std::size_t(&field - fields_.data())] = origin;
}

base::Error Loader::error() {
  auto message = faults_.front().message;
  if (faults_.size() > 1)
    message = fmt::format("{} settings are wrong; the first: {}", faults_.size(), message);
  return base::invalid("bad_settings", std::move(message), std::move(faults_));
}

std::vector<Setting> Loader::settings() const {
  std::vector<Setting> all;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto& field = fields_[i];
    auto text = write_text(field.write(self_));
    if (field.secret && !text.empty()) text = "***";
    all.push_back({field.key, std::move(text), origins_[i], field.secret});
  }
  return all;
}

}  // namespace

base::Result<std::vector<Setting>> load_into(void* self, const std::vector<Field>& fields,
                                             const Sources& sources) {
  return Loader(self, fields, sources).load();
}

}  // namespace config::detail
