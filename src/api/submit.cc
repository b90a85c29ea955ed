#include <fmt/format.h>

#include <algorithm>

#include "api/handlers.h"
#include "api/views.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "control/submit.h"

namespace api {
namespace {

using base::Result;

/// The key of the request, "" when it has none.
Result<std::string> idempotency_key(const http::Request& request) {
  const auto* key = request.headers.find("Idempotency-Key");
  if (!key) return std::string();
  const bool fits = !key->empty() && key->size() <= 255 &&
                    std::ranges::all_of(*key, [](char c) { return c >= ' ' && c <= '~'; });
  if (!fits)
    return base::invalid("bad_header", "Idempotency-Key takes 1 to 255 printable ASCII characters");
  return *key;
}

/// Everything about the request that does not need its pipeline.
base::Faults check(const model::RunRequest& body) {
  base::Faults faults;
  const bool has_spec = !body.spec.is_null();
  if (body.pipeline.empty() && !has_spec)
    faults.push_back({"", "give 'pipeline', the name of a stored one, or 'spec'"});
  if (!body.pipeline.empty() && has_spec)
    faults.push_back({"/spec", "give 'pipeline' or 'spec', not both"});
  if (body.version && body.pipeline.empty())
    faults.push_back({"/version", "a version goes with 'pipeline'"});
  if (body.payload && body.payload_base64)
    faults.push_back({"/payloadBase64", "give 'payload' or 'payloadBase64', not both"});
  if (!body.payload_type.empty() && !body.payload && !body.payload_base64)
    faults.push_back({"/payloadType", "there is no payload that this could be the type of"});
  if (body.payload_type.size() > 255)
    faults.push_back({"/payloadType", "longer than 255 characters"});
  return faults;
}

std::optional<store::Payload> read_payload(const model::RunRequest& body, std::size_t bytes_max,
                                           base::Faults& faults) {
  store::Payload payload{.content_type = body.payload_type, .bytes = {}};
  if (body.payload) {
    payload.bytes = *body.payload;
    if (payload.content_type.empty()) payload.content_type = "text/plain; charset=utf-8";
  } else if (body.payload_base64) {
    auto bytes = base::unbase64(*body.payload_base64);
    if (!bytes)
      faults.push_back({"/payloadBase64", "expected base64 text (RFC 4648, with padding)"});
    payload.bytes = bytes ? std::move(*bytes) : "";
    if (payload.content_type.empty()) payload.content_type = "application/octet-stream";
  } else {
    return {};
  }
  if (payload.bytes.size() > bytes_max)
    faults.push_back({body.payload ? "/payload" : "/payloadBase64",
                      fmt::format("longer than {} bytes", bytes_max)});
  return payload;
}

/// What the request is, whatever its spacing and the order of its members.
std::string hash_of(const model::RunRequest& body) {
  return base::hash_hex(json::print(json::encode(body)));
}

loop::Task<std::string> request_hash(Context& context, const model::RunRequest& body) {
  if (context.request.body.size() <= inline_bytes_max) co_return hash_of(body);
  co_return co_await loop::offload(context.scene.pool, [&] { return hash_of(body); });
}

Result<control::SubmitRequest> prepare(Context& context, model::RunRequest& body) {
  auto faults = check(body);
  auto payload = read_payload(body, context.shared.settings.payload_bytes_max, faults);
  if (!faults.empty()) {
    auto message = faults.size() == 1 ? faults[0].message : "the request has faults; see each";
    return base::invalid("invalid_run", std::move(message), std::move(faults));
  }
  control::SubmitRequest request;
  request.id = model::RunId::make(context.scene.clock.now(), context.shared.rng);
  request.project = the_project;
  request.pipeline = std::move(body.pipeline);
  request.version = body.version;
  request.spec = std::move(body.spec);
  request.spec_at = "/spec";
  for (auto& [name, value] : body.params) request.params[name] = std::move(value);
  request.labels = std::move(body.labels);
  request.payload = std::move(payload);
  return request;
}

}  // namespace

loop::Task<Result<model::RunView>> submit_run(Context& context, model::RunRequest body) {
  const auto key = idempotency_key(context.request);
  if (!key) co_return key.error();
  const auto hash = key->empty() ? std::string() : co_await request_hash(context, body);
  auto request = prepare(context, body);
  if (!request) co_return request.error();
  request->idempotency_route = context.route.name;
  request->idempotency_key = *key;
  request->request_hash = hash;
  const auto submitted = co_await control::submit(context.scene, std::move(*request));
  if (!submitted) co_return submitted.error();
  if (submitted->replayed) context.headers.set("Idempotency-Replayed", "true");
  const auto id = submitted->id.str();
  context.headers.set("Location", fmt::format("/api/v1/projects/{}/runs/{}", the_project, id));
  if (submitted->seen) co_return run_view(submitted->seen->run, submitted->seen->jobs);
  co_return co_await read_run_view(context.scene, id);
}

}  // namespace api
