#include <cstdint>
#include <cstdlib>

#include "json/parse.h"
#include "json/text.h"

/// What is read is printed as a text that reads back to the same tree.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse(text);
  if (!value) return 0;
  const auto again = json::parse(json::print(*value));
  if (!again || *again != *value) std::abort();
  const auto pretty = json::parse(json::print_pretty(*value));
  if (!pretty || *pretty != *value) std::abort();
  return 0;
}
