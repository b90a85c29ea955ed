#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "kube/pod.h"
#include "kube/wire.h"

namespace kube {
namespace {

/// A Pod of the size that real ones have: 5 KiB, most of it nothing that we keep.
std::string pod_json(int number) {
  std::string fields;
  for (int i = 0; i < 60; ++i)
    fields += fmt::format("\"f:field-number-{}\":{{\"f:name\":{{}}}},", i);
  return fmt::format(
      R"({{"metadata":{{"name":"build-{0}","namespace":"work","uid":"uid-{0}",)"
      R"("resourceVersion":"{0}","creationTimestamp":"2026-03-04T05:06:07Z",)"
      R"("labels":{{"fairlead.dev/run":"01arz3","fairlead.dev/attempt":"1","app":"x"}},)"
      R"("managedFields":[{{"manager":"fairlead","fieldsV1":{{{1}"f:end":{{}}}}}}]}},)"
      R"("spec":{{"containers":[{{"name":"main","image":"busybox:1","env":[{2}]}}],)"
      R"("nodeName":"node-7"}},"status":{{"phase":"Running","conditions":[)"
      R"({{"type":"Ready","status":"True","lastTransitionTime":"2026-03-04T05:06:07Z"}}],)"
      R"("containerStatuses":[{{"name":"main","restartCount":0,"imageID":"busybox@sha256:33",)"
      R"("state":{{"running":{{"startedAt":"2026-03-04T05:06:07Z"}}}}}}]}}}})",
      number, fields,
      fmt::format("{{\"name\":\"PAYLOAD\",\"value\":\"{}\"}}", std::string(2000, 'x')));
}

void page_to_pods(benchmark::State& state) {
  std::string items;
  for (int i = 0; i < 500; ++i) items += (i ? "," : "") + pod_json(i);
  const auto text = R"({"metadata":{"resourceVersion":"9"},"items":[)" + items + "]}";
  for (auto _ : state) {
    auto body = text;
    for (const auto& item : read_page(body).items) benchmark::DoNotOptimize(read_pod(item.json));
  }
  state.SetBytesProcessed(std::int64_t(state.iterations() * text.size()));
}
BENCHMARK(page_to_pods)->Unit(benchmark::kMillisecond);

void event_to_pod(benchmark::State& state) {
  const auto text = R"({"type":"MODIFIED","object":)" + pod_json(7) + "}";
  std::string line;
  for (auto _ : state) {
    line = text;
    benchmark::DoNotOptimize(read_pod(read_event(line).item.json));
  }
  state.SetBytesProcessed(std::int64_t(state.iterations() * text.size()));
}
BENCHMARK(event_to_pod)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace kube
