#pragma once

#include <string>
#include <string_view>

namespace seal {

/// A new token for a caller: `fl_` and 32 random bytes in base64url, 46 characters. It is shown
/// once; only its hash is kept.
std::string make_token();

/// Whether a text has the form of a token; says nothing about whether it is one.
bool is_token(std::string_view);

/// What is kept of a token: its BLAKE2b-256 in 64 hex digits. A token is random enough to need
/// neither salt nor a slow hash; a password is not, so this is not for passwords.
std::string hash_token(std::string_view);

/// Compares secrets in a time that depends on their lengths only.
bool equal_secret(std::string_view, std::string_view);

}  // namespace seal
