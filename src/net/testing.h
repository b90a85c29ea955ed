#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace net::testing {

/// A certificate and its private key (ECDSA P-256).
struct Certified {
  std::string cert_pem;
  std::string key_pem;
};

/// What a test wants of a certificate.
struct CertificateWish {
  std::vector<std::string> names = {"localhost", "127.0.0.1"};  ///< DNS names and IP addresses.
  std::string subject = "test";                                 ///< Its common name.
  base::Micros from = -std::chrono::hours(1);                   ///< From now on the wall clock.
  base::Micros until = std::chrono::hours(1);
};

/// A certificate authority for the length of a test.
class Authority {
 public:
  explicit Authority(std::string name = "test authority");
  /// Its own certificate, to be trusted.
  const std::string& pem() const { return self_.cert_pem; }
  Certified issue(const CertificateWish& = {}) const;

 private:
  std::string name_;
  Certified self_;
};

}  // namespace net::testing
