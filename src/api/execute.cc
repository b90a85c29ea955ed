#include "api/execute.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/handlers.h"
#include "api/views.h"
#include "base/uuid.h"
#include "control/submit.h"
#include "json/position.h"

namespace api {
namespace {

using base::Result;
using job_runner::Accepted;
using job_runner::Execution;
using job_runner::Request;
using std::chrono::milliseconds;

/// Only runs with this origin are executions: any other need not be one image and a tag.
constexpr std::string_view origin = "execute";
constexpr std::size_t image_max = 512, tag_max = 128;
/// An image that ends like this goes on with the digits of a digest instead of a tag.
constexpr std::string_view by_digest = "@sha256";

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_word(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

/// A part of a path between slashes.
bool is_step(std::string_view s) {
  return !s.empty() && is_lower(s.front()) && is_lower(s.back()) &&
         std::ranges::all_of(
             s, [](char c) { return is_lower(c) || c == '.' || c == '_' || c == '-'; });
}

/// What may stand before the first slash and is no step: a host, perhaps with a port.
bool is_registry(std::string_view s) {
  const auto is_of_host = [](char c) {
    return is_word(c) || std::string_view(".-:[]").find(c) != std::string_view::npos;
  };
  return !s.empty() && (is_word(s.front()) || s.front() == '[') && s.back() != ':' &&
         std::ranges::all_of(s, is_of_host);
}

/// The name of an image without tag or digest: `busybox`, `host:5000/team/app`.
bool is_name(std::string_view s) {
  auto slash = s.find('/');
  if (slash != s.npos && is_registry(s.substr(0, slash))) s.remove_prefix(slash + 1);
  for (slash = s.find('/'); slash != s.npos; slash = s.find('/')) {
    if (!is_step(s.substr(0, slash))) return false;
    s.remove_prefix(slash + 1);
  }
  return is_step(s);
}

bool is_tag(std::string_view s) {
  return s.size() <= tag_max && (is_word(s.front()) || s.front() == '_') &&
         std::ranges::all_of(s,
                             [](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_sha256(std::string_view s) {
  return s.size() == 64 && s.find_first_not_of("0123456789abcdef") == s.npos;
}

void check_image(std::string_view name, base::Faults& faults) {
  const auto fault = [&](std::string text) { faults.push_back({"/image", std::move(text)}); };
  if (name.empty()) return fault("name an image");
  if (name.size() > image_max) return fault(fmt::format("longer than {} bytes", image_max));
  if (name.ends_with(by_digest)) name.remove_suffix(by_digest.size());
  // npos + 1 is 0: without a slash all of it is the last step.
  if (name.find_first_of(":@", name.rfind('/') + 1) != name.npos)
    return fault(
        "it has a tag or a digest already: write the name alone here and its tag in 'tag', or "
        "NAME@sha256 here and the digits of its digest in 'tag'");
  if (!is_name(name))
    fault(
        "not the name of an image: a-z, 0-9, '.', '_' and '-', parted by '/', after a registry's "
        "host and port if need be");
}

void check_tag(const Request& body, base::Faults& faults) {
  const auto fault = [&](std::string text) { faults.push_back({"/tag", std::move(text)}); };
  if (body.tag.empty()) return fault("name the tag, such as latest");
  if (body.image.ends_with(by_digest)) {
    if (!is_sha256(body.tag)) fault("after '@sha256' there are 64 digits of 0-9 and a-f");
  } else if (!is_tag(body.tag)) {
    fault(
        fmt::format("not a tag: letters, digits, '.', '_' and '-', at most {}, the first of them "
                    "no '.' or '-'",
                    tag_max));
  }
}

void check_timeout(const Request& body, const core::PipelineLimits& limits, base::Faults& faults) {
  const auto max = std::min(limits.run_max, limits.timeout_max) / milliseconds(1);
  const auto given = body.timeout.value_or(0);
  if (given < 0 || given > max)
    faults.push_back(
        {"/timeout", fmt::format("must be from 0 to {}, in milliseconds; 0 is none", max)});
}

/// Whatever is wrong with a request is one code here, which is 400.
base::Error refused(base::Error error) {
  if (error.kind == base::Kind::invalid) error.code = "invalid_execution";
  return error;
}

Result<Request> read_request(const base::Value& body, const core::PipelineLimits& limits) {
  auto request = json::decode_all<Request>(body);
  if (!request) return refused(request.error());
  base::Faults faults;
  check_image(request->image, faults);
  check_tag(*request, faults);
  check_timeout(*request, limits, faults);
  if (!faults.empty()) return refused(json::faults_error(std::move(faults), 0));
  return request;
}

/// One job with the image's own program. As with the original, an image that the node has is not
/// pulled again, and a program that failed is not started again.
model::PipelineSpec pipeline_of(const Request& request) {
  model::JobSpec job{.image = request.image + ":" + request.tag};
  job.pod.edit().image_pull_policy = model::PullPolicy::IfNotPresent;
  model::PipelineSpec spec{.kind = "Pipeline"};
  if (request.timeout.value_or(0) > 0) {
    spec.timeout = milliseconds(*request.timeout);
    job.timeouts.run = spec.timeout;  // it may be longer than the default of an attempt
  }
  spec.jobs.emplace_back("main", std::move(job));
  return spec;
}

/// A run's id that is a UUID of version 4 as well: the original's are, and a client may check it.
model::RunId make_id(Context& context) {
  const auto id = model::RunId::make(context.scene.clock.now(), context.shared.rng);
  auto uuid = base::uuid_of(id.text());
  uuid[6] = (uuid[6] & 0x0f) | 0x40;
  uuid[8] = (uuid[8] & 0x3f) | 0x80;
  return *model::RunId::parse(base::ulid_of(uuid));
}

/// As with the original, a status never goes back: it is the run's, not that of its one job, which
/// is queued again when its cluster ended an attempt of it.
///
///     run                Status
///     queued             Acknowledged
///     running, stopping  InProgress    its first attempt has a place on a cluster
///     succeeded          Succeeded
///     failed             Failed        by its timeout, too
///     canceled           Failed        the original has no cancel
std::string_view status_of(model::RunState state) {
  switch (state) {
    case model::RunState::queued: return "Acknowledged";
    case model::RunState::running:
    case model::RunState::stopping: return "InProgress";
    case model::RunState::succeeded: return "Succeeded";
    case model::RunState::failed:
    case model::RunState::canceled: return "Failed";
  }
  return "";
}

Execution view(const store::RunRecord& record, const model::PipelineSpec& spec) {
  const auto& image = spec.jobs.front().second.image;
  const auto colon = image.rfind(':');
  return {.image = image.substr(0, colon),
          .tag = image.substr(colon + 1),
          .name = base::format_uuid(base::uuid_of(record.run.id.text())),
          .status = status_of(record.run.state),
          .timeout_ms = spec.timeout.value_or(base::Micros(0)) / milliseconds(1)};
}

Result<Execution> find_execution(store::Tx& tx, control::Plans& plans, std::string_view name) {
  const auto uuid = base::parse_uuid(name);
  const auto record = uuid ? find_run(tx, base::ulid_of(*uuid)) : std::nullopt;
  if (!record || record->origin != origin)
    return base::not_found("no_such_execution",
                           fmt::format("there is no execution '{}'", json::excerpt(name)));
  return view(*record, plans.get(tx, record->spec_hash)->spec);
}

}  // namespace

loop::Task<Result<Accepted>> job_runner_execute(Context& context, Tree<Request> body) {
  const auto given = read_request(body.value, context.scene.plans.limits());
  if (!given) co_return given.error();
  control::SubmitRequest request;
  request.id = make_id(context);
  request.project = the_project;
  request.spec = json::encode(pipeline_of(*given));
  request.origin = origin;
  const auto submitted = co_await control::submit(context.scene, std::move(request));
  if (!submitted) co_return refused(submitted.error());
  co_return Accepted{"/execution/" + base::format_uuid(base::uuid_of(submitted->id.text()))};
}

loop::Task<Result<Execution>> job_runner_get_execution(Context& context) {
  co_return co_await context.scene.store.read(
      [&](store::Tx& tx) { return find_execution(tx, context.scene.plans, context.place("id")); });
}

loop::Task<Result<http::Response>> job_runner_healthcheck(Context&) {
  co_return http::Response{.status = 200};
}

}  // namespace api

base::Value json::Custom<api::job_runner::Execution>::encode(
    const api::job_runner::Execution& execution) {
  return {{"Image", execution.image},
          {"Tag", execution.tag},
          {"Name", execution.name},
          {"Status", execution.status},
          {"Timeout", execution.timeout_ms}};
}

base::Value json::Custom<api::job_runner::Execution>::schema() {
  const base::Value text = base::Object{{"type", "string"}};
  const base::Array words = {"Acknowledged", "InProgress", "Succeeded", "Failed"};
  return {{"type", "object"},
          {"properties",
           {{"Image", text},
            {"Tag", text},
            {"Name", {{"type", "string"}, {"format", "uuid"}}},
            {"Status", {{"type", "string"}, {"enum", words}}},
            {"Timeout",
             {{"type", "integer"}, {"description", "In milliseconds; 0: none was given."}}}}},
          {"required", {"Image", "Tag", "Name", "Status", "Timeout"}}};
}
