#pragma once

#include "base/bytes.h"
#include "json/decode.h"
#include "json/encode.h"

/// base::Blob is a base64 text on the wire. Include this where a struct that holds one is read or
/// written.
template <>
struct json::Custom<base::Blob> {
  static base::Blob decode(const base::Value& v, base::Faults& faults, const std::string& pointer) {
    const auto* text = v.if_string();
    auto bytes = text ? base::unbase64(*text) : std::nullopt;
    if (!bytes) faults.push_back({pointer, "expected base64 text (RFC 4648, with padding)"});
    return {bytes.value_or("")};
  }
  static base::Value encode(const base::Blob& b) { return base::Value(base::base64(b.bytes)); }
  static base::Value schema() { return {{"type", "string"}, {"contentEncoding", "base64"}}; }
};
