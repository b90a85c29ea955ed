#include "base/hash.h"

#include <sodium/crypto_generichash.h>

#include "base/bytes.h"

namespace base {

std::string hash(std::string_view bytes) {
  std::string out(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr,
                     0);
  return out;
}

std::string hash_hex(std::string_view bytes) { return hex(hash(bytes)); }

}  // namespace base
