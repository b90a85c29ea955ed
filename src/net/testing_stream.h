#pragma once

#include <memory>
#include <string>

#include "net/stream.h"

namespace net::testing {

/// Passes everything on to another stream; a test changes what it is about.
class PassingStream : public Stream {
 public:
  explicit PassingStream(std::unique_ptr<Stream> below) : below_(std::move(below)) {}
  loop::Task<std::size_t> read_some(char* data, std::size_t size) override {
    return below_->read_some(data, size);
  }
  loop::Task<> write_all(std::string_view bytes) override { return below_->write_all(bytes); }
  loop::Task<> finish() override { return below_->finish(); }
  void cancel() override { below_->cancel(); }
  void close() override { below_->close(); }
  bool quiet() override { return below_->quiet(); }
  std::string peer() const override { return below_->peer(); }

 protected:
  std::unique_ptr<Stream> below_;
};

}  // namespace net::testing
