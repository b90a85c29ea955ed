#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "model/views.h"

namespace cli {

/// Rows of cells in aligned columns, two spaces between them; the first row is the head. Empty
/// cells show as `-`. Nothing is cut.
class Table {
 public:
  explicit Table(std::vector<std::string> head);
  void add(std::vector<std::string> row);
  std::string str() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// What `get` shows. `ages`: times as how long ago, which grow while one looks; without them
/// (in a list that is watched through a pipe) as RFC 3339.
struct TableStyle {
  base::Time now;
  bool wide = false;
  bool ages = true;
};

std::string runs_table(const std::vector<model::RunView>&, const TableStyle&);
std::string jobs_table(const std::vector<model::JobView>&, const TableStyle&);
std::string pipelines_table(const std::vector<model::PipelineView>&, const TableStyle&);
std::string clusters_table(const std::vector<model::ClusterView>&, const TableStyle&);
std::string agents_table(const std::vector<model::AgentView>&, const TableStyle&);
std::string attempts_table(const std::vector<model::AttemptView>&, const TableStyle&);

}  // namespace cli
