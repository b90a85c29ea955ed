#include <cstdint>
#include <cstdlib>

#include "json/text.h"
#include "json/yaml.h"

/// What is read is printed as JSON and as YAML, and both read back to the same tree.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = json::parse_yaml(text);
  if (!documents) return 0;
  json::Limits wide;
  wide.depth = json::depth_max;
  for (const auto& value : *documents) {
    const auto plain = json::parse(json::print(value));
    if (!plain || *plain != value) std::abort();
    const auto again = json::parse_yaml(json::print_yaml(value), wide);
    if (!again || again->size() != 1 || again->front() != value) std::abort();
  }
  return 0;
}
