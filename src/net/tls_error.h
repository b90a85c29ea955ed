#pragma once

#include <boost/system/error_code.hpp>

namespace net {

/// Errors of TLS as sentences without a subject, such as `the peer does not speak TLS`. Internal to
/// this room.
const boost::system::error_category& tls_category();

/// The connection ended, but TLS did not.
boost::system::error_code tls_cut_off();
/// The oldest error that OpenSSL has noted on this thread; clears them all.
boost::system::error_code take_tls_error();

}  // namespace net
