#include "core/naming.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace core {

std::string attempt_name(std::string_view installation, const model::AttemptKey& key,
                         std::string_view job) {
  const auto digest =
      base::hash(fmt::format("{}/{}/{}/{}", installation, key.run.text(), key.job, key.attempt));
  // 10 bytes are 16 characters of base32.
  return fmt::format("{}-{}", job.substr(0, 40),
                     base::base32(std::string_view(digest).substr(0, 10)));
}

}  // namespace core
