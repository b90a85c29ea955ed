#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"

namespace cli {

/// The largest file that is read.
inline constexpr std::size_t file_bytes_max = 64 << 20;

/// The whole of a file, or of standard input for `-`. Code `bad_file` when that cannot be had.
base::Result<std::string> read_file(const std::string& path);

/// One document of a file that was given with -f.
struct Document {
  std::string file;        ///< As it was given; `-` for standard input.
  std::size_t number = 1;  ///< In its file, from 1.
  base::Value value;
};

/// Every document of these files. A folder stands for its *.yaml, *.yml and *.json files in the
/// order of their names. Refuses everything that cannot be read at once, with code `bad_file`; the
/// faults' messages begin with the file.
base::Result<std::vector<Document>> read_documents(const std::vector<std::string>& paths);

}  // namespace cli
