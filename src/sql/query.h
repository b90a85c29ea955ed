#pragma once

#include <cstdint>
#include <string_view>

namespace sql {

/// A named statement of sql/queries, with its text for each engine.
struct Query {
  std::uint32_t number;  ///< Its place among all; connections keep prepared statements by it.
  std::string_view name;
  bool batch;  ///< Takes rows; see tools/embed_sql.py.
  std::string_view sqlite;
  std::string_view postgres;
};

/// A step of the schema, forward only. Its hash is recorded when it is applied.
struct Migration {
  int version;
  std::string_view name;
  std::string_view sqlite;
  std::string_view postgres;
};

}  // namespace sql
