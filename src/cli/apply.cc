#include "cli/apply.h"

#include <fmt/format.h>

#include "cli/files.h"
#include "cli/text.h"

namespace cli {
namespace {

std::string stored_text(const model::PipelineStored& stored) {
  auto text = fmt::format("pipeline/{} {}", printable(stored.name), printable(stored.change));
  if (stored.change != "unchanged") text += fmt::format(" (version {})", stored.version);
  return text + "\n";
}

/// The refusal with the place of its document in front of every fault.
std::string refused_text(base::Error error, const Document& document) {
  const auto place = fmt::format("{}:{}", document.file, document.number);
  if (error.faults.empty()) error.faults.push_back({"", ""});
  auto text = fmt::format("error: {}: {}\n", place, printable(error.message));
  for (const auto& fault : error.faults)
    if (!fault.message.empty())
      text +=
          fmt::format("  {}:{}: {}\n", place, printable(fault.pointer), printable(fault.message));
  return text;
}

}  // namespace

loop::Task<int> apply(Client& client, ApplyOptions options) {
  const auto documents = read_documents(options.files);
  if (!documents) co_return client.fail(documents.error());
  int code = 0;
  for (const auto& document : *documents) {
    const auto stored =
        co_await client.api.post_as<model::PipelineStored>(path_of({"pipelines"}), document.value);
    if (stored) {
      client.terminal.out(stored_text(*stored));
      continue;
    }
    client.terminal.err(refused_text(stored.error(), document));
    code = exit_code_of(stored.error());
    if (stored.error().kind != base::Kind::invalid) co_return code;  // the next would fare alike
  }
  co_return code;
}

}  // namespace cli
