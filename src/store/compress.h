#pragma once

#include <string>
#include <string_view>

namespace store {

/// zstd, level 1.
std::string compress(std::string_view);
/// The bytes again; `size` is how many there must be. Anything else is a broken invariant.
std::string decompress(std::string_view, std::size_t size);

}  // namespace store
