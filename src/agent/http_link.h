#pragma once

#include <memory>
#include <string>

#include "agent/link.h"
#include "http/client.h"

namespace agent {

/// The link over HTTP. The pull is one long-lived response with a batch a line; it is opened again
/// after it broke.
class HttpLink final : public Link {
 public:
  HttpLink(loop::Clock&, http::Client&, http::Url server, std::string key);
  ~HttpLink() override;

  loop::Task<base::Result<model::Session>> open(model::Hello) override;
  loop::Task<base::Result<model::Session>> renew(model::Renewal) override;
  loop::Task<base::Result<bool>> close(std::uint64_t epoch) override;
  loop::Task<base::Result<model::Batch>> pull(std::uint64_t epoch, std::uint64_t after) override;
  loop::Task<base::Result<std::vector<model::Answer>>> report(std::uint64_t epoch,
                                                              std::vector<model::Report>) override;
  loop::Task<base::Result<std::vector<model::LogPlace>>> upload(
      std::uint64_t epoch, std::vector<model::LogChunk>) override;

 private:
  /// A pull that is open: bytes that came and are not a whole line yet.
  struct Stream {
    std::uint64_t epoch = 0;
    std::unique_ptr<http::Incoming> incoming;
    std::string rest;
  };
  http::ClientRequest request(http::Verb, const std::string& path, std::string body) const;
  loop::Task<base::Result<std::string>> post(std::string path, std::string body);
  loop::Task<base::Result<std::string>> next_line(std::uint64_t epoch, std::uint64_t after);

  loop::Clock& clock_;
  http::Client& client_;
  http::Url server_;
  std::string key_;
  Stream stream_;
};

}  // namespace agent
