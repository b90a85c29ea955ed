#include "cli/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "json/parse.h"
#include "json/yaml.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

base::Error bad_file(std::string message) { return base::invalid("bad_file", std::move(message)); }

base::Result<std::string> read_all(std::FILE* in, const std::string& name) {
  std::string text;
  char buffer[64 << 10];
  while (const auto n = std::fread(buffer, 1, sizeof buffer, in)) {
    text.append(buffer, n);
    if (text.size() > file_bytes_max)
      return bad_file(fmt::format("{}: larger than {} MiB", name, file_bytes_max >> 20));
  }
  if (std::ferror(in)) return bad_file(fmt::format("{}: {}", name, std::strerror(errno)));
  return text;
}

bool is_manifest(const fs::path& path) {
  const auto ext = path.extension();
  return ext == ".yaml" || ext == ".yml" || ext == ".json";
}

/// The files that a path stands for.
base::Result<std::vector<std::string>> expand(const std::string& path) {
  std::error_code error;
  if (path == "-" || !fs::is_directory(path, error)) return std::vector{path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (entry.is_regular_file() && is_manifest(entry.path())) files.push_back(entry.path());
  if (error) return bad_file(fmt::format("{}: {}", path, error.message()));
  if (files.empty()) return bad_file(path + ": no *.yaml, *.yml or *.json file in this folder");
  std::ranges::sort(files);
  return files;
}

base::Result<std::vector<base::Value>> parse(const std::string& file, const std::string& text) {
  if (!file.ends_with(".json")) return json::parse_yaml(text);
  auto value = json::parse(text);
  if (!value) return value.error();
  return std::vector{std::move(*value)};
}

}  // namespace

base::Result<std::string> read_file(const std::string& path) {
  if (path == "-") return read_all(stdin, "standard input");
  std::error_code error;
  if (fs::is_directory(path, error)) return bad_file(path + ": is a folder");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(path.c_str(), "rbe"),
                                                           &std::fclose);
  if (!in) return bad_file(fmt::format("{}: {}", path, std::strerror(errno)));
  return read_all(in.get(), path);
}

base::Result<std::vector<Document>> read_documents(const std::vector<std::string>& paths) {
  std::vector<Document> all;
  base::Faults faults;
  const auto read_one = [&](const std::string& file) {
    const auto text = read_file(file);
    if (!text) return faults.push_back({"", text.error().message});
    auto values = parse(file, *text);
    if (!values) return faults.push_back({"", fmt::format("{}:{}", file, values.error().message)});
    if (values->empty()) return faults.push_back({"", file + ": holds no document"});
    for (std::size_t i = 0; i < values->size(); ++i)
      all.push_back({file, i + 1, std::move((*values)[i])});
  };
  for (const auto& path : paths) {
    const auto files = expand(path);
    if (files)
      for (const auto& file : *files) read_one(file);
    else
      faults.push_back({"", files.error().message});
  }
  if (faults.empty()) return all;
  auto message = faults.size() == 1
                     ? faults.front().message
                     : fmt::format("{} files cannot be read; nothing was sent", faults.size());
  if (faults.size() == 1) faults.clear();
  return base::invalid("bad_file", std::move(message), std::move(faults));
}

}  // namespace cli
