#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/query.h"

namespace sql {

/// A parameter or a column: null, an integer, text or bytes. Borrows what it shows.
struct Cell {
  enum class Type : std::uint8_t { null, integer, text, bytes } type = Type::null;
  std::int64_t number = 0;
  std::string_view view;

  Cell() = default;
  Cell(std::nullopt_t) {}
  template <std::integral I>
  Cell(I v) : type(Type::integer), number(std::int64_t(v)) {}
  Cell(std::string_view v) : type(Type::text), view(v) {}
  Cell(const std::string& v) : Cell(std::string_view(v)) {}
  Cell(const char* v) : Cell(std::string_view(v)) {}
  template <class T>
  Cell(const std::optional<T>& v) {
    if (v) *this = Cell(*v);
  }
  static Cell bytes(std::string_view v) {
    Cell c(v);
    c.type = Type::bytes;
    return c;
  }
};

/// One row of an answer; columns count from 0. Texts live until the callback returns.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool null(int column) const = 0;
  virtual std::int64_t number(int column) const = 0;
  virtual std::string_view text(int column) const = 0;

  std::optional<std::int64_t> maybe_number(int column) const {
    if (null(column)) return {};
    return number(column);
  }
  std::string str(int column) const { return std::string(text(column)); }
  bool flag(int column) const { return number(column) != 0; }
};

using OnRow = std::function<void(const Row&)>;
using Cells = std::initializer_list<Cell>;

/// Thrown when the engine refuses or breaks.
struct DatabaseFailure : base::Failure {
  DatabaseFailure(const std::string& what, bool is_full) : Failure(what), full(is_full) {}
  bool full;  ///< The disk is.
};

/// Thrown when a key, a CHECK or NOT NULL refuses what was to be stored.
struct ConstraintFailure : DatabaseFailure {
  explicit ConstraintFailure(const std::string& what) : DatabaseFailure(what, false) {}
};

/// A connection inside a transaction.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Runs a query; calls back for each row. Returns how many rows it changed. A callback may run
  /// other queries, not the same one.
  virtual std::int64_t run(const Query&, std::span<const Cell>, const OnRow& = {}) = 0;
  /// Runs a query that takes a batch: `columns` cells a row, laid out row by row. Answers come in
  /// the order of the rows, once per row. An empty batch does nothing.
  virtual std::int64_t run_rows(const Query&, std::size_t columns, std::span<const Cell>,
                                const OnRow& = {}) = 0;

  std::int64_t run(const Query& q, Cells cells = {}, const OnRow& on_row = {}) {
    return run(q, std::span(cells.begin(), cells.size()), on_row);
  }
};

/// One transaction's worth of work. `body` may run more than once; `done` is called once, on any
/// thread, after COMMIT succeeded or with what went wrong; the exception is then all its own.
struct Work {
  std::function<void(Connection&)> body;
  std::function<void(std::exception_ptr)> done;
};

/// The seam between the store and an engine.
class Database {
 public:
  virtual ~Database() = default;
  /// Commits the body's writes. Bodies that wait together may share one commit; each fails alone.
  virtual void write(Work) = 0;
  /// Runs the body on a consistent snapshot that it must not change.
  virtual void read(Work) = 0;
};

}  // namespace sql
