#include "kube/wire.h"

#include <fmt/format.h>

#include "base/result.h"
#include "kube/on_demand.h"

namespace kube {
namespace {

using on_demand::fields;
using on_demand::text;
using on_demand::value;

/// The name and version of an object, and where it stands in the text.
Item read_item(on_demand::object object) {
  Item item;
  on_demand::value metadata;
  if (object.find_field_unordered("metadata").get(metadata) == simdjson::SUCCESS)
    fields(metadata, [&](std::string_view key, value v) {
      if (key == "name") item.name = text(v);
      if (key == "resourceVersion") item.resource_version = text(v);
    });
  item.json = object.raw_json().value();
  return item;
}

WatchEvent::Kind kind_of(std::string_view type) {
  if (type == "ADDED") return WatchEvent::Kind::added;
  if (type == "MODIFIED") return WatchEvent::Kind::modified;
  if (type == "DELETED") return WatchEvent::Kind::removed;
  if (type == "BOOKMARK") return WatchEvent::Kind::bookmark;
  if (type == "ERROR") return WatchEvent::Kind::error;
  throw base::Failure(
      fmt::format("a watch sent an event of the unknown type \"{}\"", type.substr(0, 40)));
}

/// A list that lacks its version cannot be watched on from, an object without a name not be kept.
void require(bool there, std::string_view what) {
  if (!there) throw base::Failure(fmt::format("the API server's answer lacks {}", what));
}

}  // namespace

Page read_page(std::string& body) {
  Page page;
  on_demand::over(body, "a list of the API server", [&](value root) {
    fields(root, [&](std::string_view key, value v) {
      if (key == "metadata")
        fields(v, [&](std::string_view name, value each) {
          if (name == "resourceVersion") page.resource_version = text(each);
          if (name == "continue") page.continue_token = text(each);
        });
      if (key == "items")
        on_demand::elements(
            v, [&](value each) { page.items.push_back(read_item(each.get_object())); });
    });
  });
  require(!page.resource_version.empty(), "metadata.resourceVersion");
  for (const auto& item : page.items) require(!item.name.empty(), "the name of an object");
  return page;
}

WatchEvent read_event(std::string& line) {
  WatchEvent event;
  std::string type;
  bool has_object = false;
  on_demand::over(line, "a line of a watch", [&](value root) {
    fields(root, [&](std::string_view key, value v) {
      if (key == "type") type = text(v);
      if (key != "object") return;
      has_object = true;
      event.item = read_item(v.get_object());
    });
  });
  event.kind = kind_of(type);
  require(has_object, "the object of an event");
  if (event.kind == WatchEvent::Kind::error) return event;
  require(!event.item.resource_version.empty(), "metadata.resourceVersion");
  require(event.kind == WatchEvent::Kind::bookmark || !event.item.name.empty(),
          "the name of an object");
  return event;
}

void LineSplitter::feed(std::string_view bytes) {
  bytes_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  bytes_ += bytes;
}

bool LineSplitter::next(std::string& line) {
  for (;;) {
    const auto end = bytes_.find('\n', searched_);
    if (end == std::string::npos) {
      searched_ = bytes_.size();
      if (searched_ - begin_ > line_bytes_max)
        throw base::Failure("a line of a watch is over 8 MiB");
      return false;
    }
    line.assign(bytes_, begin_, end - begin_);
    begin_ = searched_ = end + 1;
    if (line.size() > line_bytes_max) throw base::Failure("a line of a watch is over 8 MiB");
    if (!line.empty()) return true;
  }
}

}  // namespace kube
