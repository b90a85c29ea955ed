#include "store/compress.h"

#include <zstd.h>

#include "core/run_machine.h"

namespace store {

std::string compress(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const auto size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1);
  if (ZSTD_isError(size)) throw base::Failure("zstd cannot compress");
  out.resize(size);
  return out;
}

std::string decompress(std::string_view packed, std::size_t size) {
  std::string out(size, '\0');
  const auto got = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != size)
    throw core::Broken("stored bytes do not decompress to what they were");
  return out;
}

}  // namespace store
