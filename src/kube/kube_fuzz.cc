// Feeds bytes as what an API server could send: the lines of a watch, in one piece and in slices
// that must not change them, each as an event, a page, a Status and every projection.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/result.h"
#include "json/parse.h"
#include "kube/pod.h"
#include "kube/status.h"
#include "kube/wire.h"

namespace {

std::vector<std::string> lines_of(std::string_view bytes, std::size_t slice) {
  std::vector<std::string> out;
  kube::LineSplitter splitter;
  for (std::size_t i = 0; i < bytes.size(); i += slice) {
    splitter.feed(bytes.substr(i, slice));
    for (std::string line; splitter.next(line);) out.push_back(line);
  }
  return out;
}

/// What is no such thing is refused with a Failure; nothing else may happen.
template <class Read>
void attempt(Read read) {
  try {
    read();
  } catch (const base::Failure&) {
    return;
  }
}

void project(std::string_view json) {
  attempt([&] { kube::read_pod(json); });
  attempt([&] { kube::read_job(json); });
  attempt([&] { kube::read_kube_event(json); });
  kube::parse_status(json);
}

void check_inside(std::string_view part, const std::string& text) {
  if (part.data() < text.data() || part.data() + part.size() > text.data() + text.size())
    std::abort();
}

/// Where a strict parser reads the text, too, both have read the same name.
void compare(const kube::Item& item) {
  const auto tree = json::parse(item.json);
  if (!tree) return;
  boost::system::error_code none;
  const auto* name = tree->find_pointer("/metadata/name", none);
  const std::string_view expected =
      name && name->is_string() ? std::string_view(name->get_string()) : std::string_view();
  if (expected != item.name) std::abort();
}

void read(std::string line) {
  attempt([&] {
    const auto event = kube::read_event(line);
    check_inside(event.item.json, line);
    compare(event.item);
    project(event.item.json);
  });
  attempt([&] {
    for (const auto& item : kube::read_page(line).items) {
      check_inside(item.json, line);
      compare(item);
      project(item.json);
    }
  });
  project(line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t slice = 1 + data[0] % 32;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  bytes += '\n';
  const auto lines = lines_of(bytes, bytes.size());
  if (lines != lines_of(bytes, slice)) std::abort();
  for (const auto& line : lines) read(line);
  return 0;
}
