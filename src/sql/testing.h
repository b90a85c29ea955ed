#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>

#include "sql/queries.h"
#include "sql/sqlite.h"

/// What tests of several rooms need from a database.
namespace sql {

/// A folder that goes with the test.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fairlead.XXXXXX").string();
    if (!::mkdtemp(name.data())) throw base::Failure("no temporary folder");
    path_ = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A query of a test's own; the same text gives the same query. Any thread.
inline const Query& query(std::string_view text) {
  static std::mutex mutex;
  static std::map<std::string, Query, std::less<>> made;
  std::lock_guard lock(mutex);
  auto at = made.find(text);
  if (at == made.end()) {
    at = made.emplace(text, Query{}).first;
    at->second = {std::uint32_t(std::size(q::all) + made.size()), "a test's", false, at->first,
                  at->first};
  }
  return at->second;
}

/// Starts a body; the future tells when it is committed, or what went wrong.
inline std::future<void> start(Database& db, void (Database::*way)(Work),
                               std::function<void(Connection&)> body) {
  auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  (db.*way)({std::move(body),
             [ended](std::exception_ptr e) { e ? ended->set_exception(e) : ended->set_value(); }});
  return future;
}
inline void write(Database& db, std::function<void(Connection&)> body) {
  start(db, &Database::write, std::move(body)).get();
}
inline void read(Database& db, std::function<void(Connection&)> body) {
  start(db, &Database::read, std::move(body)).get();
}

/// The number in the first column of the only row.
inline std::int64_t number(Connection& c, std::string_view text, Cells cells = {}) {
  std::int64_t out = 0;
  c.run(query(text), cells, [&](const Row& r) { out = r.number(0); });
  return out;
}
inline std::int64_t number(Database& db, std::string_view text) {
  std::int64_t out = 0;
  read(db, [&](Connection& c) { out = number(c, text); });
  return out;
}

}  // namespace sql
