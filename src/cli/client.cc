#include "cli/client.h"

#include "json/text.h"

namespace cli {

void Client::heed_interrupt() {
  loop.on_stop_signal([this] {
    interrupted = true;
    bell.ring();
  });
}

int Client::fail(const base::Error& error) {
  terminal.err(render_error(error));
  return exit_code_of(error);
}

Output output_of(std::string_view word) {
  if (word == "wide") return Output::wide;
  if (word == "json") return Output::json;
  return word == "yaml" ? Output::yaml : Output::table;
}

std::string print_value(const base::Value& value, Output output) {
  if (output != Output::yaml) return json::print_pretty(value) + "\n";
  auto text = json::print_yaml(value);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace cli
