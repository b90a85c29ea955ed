#include <set>

#include "cli/feed.h"
#include "cli/text.h"
#include "cli/watch.h"
#include "loop/group.h"

namespace cli {
namespace {

constexpr base::Micros look_period = std::chrono::seconds(2);
/// Many runs may change at once; the list is asked for no more often than this.
constexpr base::Micros look_time_min = std::chrono::milliseconds(300);

/// The view of a list.
class ListWatch {
 public:
  ListWatch(Client& client, Listing listing) : client_(client), listing_(std::move(listing)) {}
  loop::Task<int> watch();

 private:
  loop::Task<> follow();
  loop::Task<base::Result<void>> show();
  loop::Task<base::Result<void>> look(LiveArea&);
  void draw(LiveArea&, const std::string& note);
  void print();

  Client& client_;
  Listing listing_;
  std::string table_;
  std::set<std::string> printed_;  // the lines of the last table
  std::optional<base::Mono> lost_since_;
};

loop::Task<int> ListWatch::watch() {
  client_.heed_interrupt();
  loop::Group group(client_.loop.executor());
  group.spawn("follow the runs", follow());
  std::exception_ptr error;
  base::Result<void> shown;
  try {
    shown = co_await show();
  } catch (...) {
    error = std::current_exception();
  }
  co_await group.stop();
  if (error) std::rethrow_exception(error);
  co_return shown ? code_interrupted : client_.fail(shown.error());
}

/// The bell is a convenience: whether the server can be reached, the looks tell.
loop::Task<> ListWatch::follow() {
  Events events(client_.api, "");
  events.on_change = [this](const model::RunChange&) { client_.bell.ring(); };
  try {
    co_await events.follow([] { return false; });
  } catch (const base::Failure&) {
  }
}

loop::Task<base::Result<void>> ListWatch::show() {
  LiveArea area(client_.terminal);
  while (!client_.interrupted) {
    const auto heard = client_.bell.rings();
    const auto looked = co_await look(area);
    if (!looked) co_return looked.error();
    if (client_.interrupted) break;
    const auto now = client_.clock().mono();
    co_await client_.bell.wait(client_.clock(), heard, now + look_period);
    if (!client_.interrupted) co_await client_.clock().sleep_until(now + look_time_min);
  }
  co_return base::Result<void>();
}

loop::Task<base::Result<void>> ListWatch::look(LiveArea& area) {
  std::string note;
  try {
    auto table = co_await listing_();
    if (!table) co_return table.error();
    table_ = std::move(*table);
    lost_since_.reset();
  } catch (const base::Failure& failure) {
    const auto now = client_.clock().mono();
    if (!lost_since_) lost_since_ = now;
    if (now - *lost_since_ >= patience) throw;
    note = std::string("trying again: ") + failure.what();
  }
  if (client_.terminal.live)
    draw(area, note);
  else
    print();
  co_return base::Result<void>();
}

void ListWatch::draw(LiveArea& area, const std::string& note) {
  const auto size = client_.terminal.size();
  const auto columns = size.width > 1 ? size.width - 1 : 1;
  std::string frame;
  std::size_t rows = size.height - (note.empty() ? 1 : 2);
  for (std::size_t start = 0; start < table_.size() && rows > 0; --rows) {
    const auto end = table_.find('\n', start);
    const auto line = std::string_view(table_).substr(start, end - start);
    frame += cut(line, columns, client_.terminal.look.unicode) + "\n";
    start = end + 1;
  }
  if (!note.empty()) frame += cut(note, columns, client_.terminal.look.unicode) + "\n";
  area.draw(frame);
}

void ListWatch::print() {
  std::set<std::string> lines;
  std::string fresh;
  for (std::size_t start = 0; start < table_.size();) {
    const auto end = table_.find('\n', start);
    auto line = table_.substr(start, end - start);
    if (!printed_.contains(line)) fresh += line + "\n";
    lines.insert(std::move(line));
    start = end + 1;
  }
  printed_ = std::move(lines);
  client_.terminal.out(fresh);
}

}  // namespace

loop::Task<int> watch_list(Client& client, Listing listing) {
  ListWatch watch(client, std::move(listing));
  co_return co_await watch.watch();
}

}  // namespace cli
