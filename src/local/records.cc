#include "local/records.h"

#include <sys/random.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include "base/bytes.h"
#include "local/files.h"

namespace local {
namespace {

constexpr std::string_view spec_format = "fairlead-attempt-1";

std::string random_uid() {
  char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) fail("cannot read", "getrandom");
  return base::hex({bytes, sizeof bytes});
}

template <class T>
std::string write_json(const T& record) {
  return boost::json::serialize(boost::json::value_from(record)) + "\n";
}

/// Members that the records of an older supervisor do not have.
const base::Object outcome_defaults{{"outputs", nullptr}};

template <class T>
std::optional<T> parse_json(std::string_view text, const base::Object& defaults = {}) {
  boost::json::parse_options options;
  options.allow_invalid_utf8 = true;  // an argument of a command may be any bytes
  boost::system::error_code error;
  auto value = boost::json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  if (value.is_object())
    for (const auto& [name, member] : defaults) value.get_object().emplace(name, member);
  auto record = boost::json::try_value_to<T>(value);
  if (!record) return std::nullopt;
  return std::move(*record);
}

/// What is written out. What comes from elsewhere than a parameter was refused before.
model::Named<std::string> literals(const std::vector<model::EnvVar>& env) {
  model::Named<std::string> out;
  for (const auto& var : env)
    if (var.value) out.emplace_back(var.name, *var.value);
  return out;
}

}  // namespace

Spec make_spec(const model::Assignment& assignment) {
  const auto& work = *assignment.work;
  return {.format = std::string(spec_format),
          .name = assignment.name,
          .run = assignment.key.run.str(),
          .index = assignment.key.job,
          .attempt = assignment.key.attempt,
          .uid = random_uid(),
          .job = work.job,
          .command = work.command,
          .args = work.args,
          .env = literals(work.env),
          .run_timeout_us = work.run_timeout.count(),
          .grace_us = work.grace.count(),
          .has_payload = work.payload.has_value()};
}

std::optional<model::AttemptKey> key_of(const Spec& spec) {
  auto run = model::RunId::parse(spec.run);
  if (!run) return std::nullopt;
  return model::AttemptKey{*run, spec.index, spec.attempt};
}

std::filesystem::path payload_path(const std::filesystem::path& folder, const Spec& spec) {
  return folder / ("payload-" + spec.uid);
}

std::string text_of(const Spec& spec) { return write_json(spec); }
std::string text_of(const Started& started) { return write_json(started); }
std::string text_of(const model::Outcome& outcome) { return write_json(outcome); }

std::optional<Spec> read_spec(const std::filesystem::path& folder) {
  const auto text = read_file(folder / "spec.json");
  if (!text) return std::nullopt;
  auto spec = parse_json<Spec>(*text);
  if (!spec || spec->format != spec_format || !key_of(*spec)) return std::nullopt;
  return spec;
}

std::optional<Started> read_started(const std::filesystem::path& folder) {
  const auto text = read_file(folder / "started");
  if (!text) return std::nullopt;
  return parse_json<Started>(*text).value_or(Started{});
}

std::optional<model::Outcome> read_exit(const std::filesystem::path& folder) {
  const auto text = read_file(folder / "exit.json");
  if (!text) return std::nullopt;
  if (auto outcome = parse_json<model::Outcome>(*text, outcome_defaults)) return outcome;
  model::Outcome lost;
  lost.class_ = model::Class::lost;
  lost.message = "the record of its end is damaged";
  return lost;
}

void write_exit(const std::filesystem::path& folder, const model::Outcome& outcome) {
  write_file(folder / "exit.json", text_of(outcome));
}

}  // namespace local
