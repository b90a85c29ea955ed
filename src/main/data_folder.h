#pragma once

#include <filesystem>
#include <string>

namespace fairlead {

/// Makes the folder (0700) unless it is there. Throws base::Failure that names it and a remedy.
void make_folder(const std::filesystem::path&);

/// The administrator's token in FOLDER/token (0600); made at the first start. `fresh` tells whether
/// it was.
struct Token {
  std::string text;
  bool fresh = false;
};
Token admin_token(const std::filesystem::path& folder);

/// Writes a small file at once: a reader sees the old or the new text.
void write_file(const std::filesystem::path&, std::string_view text, unsigned mode);

}  // namespace fairlead
