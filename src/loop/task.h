#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace loop {

namespace asio = boost::asio;

/// A coroutine of the event loop. It runs only while somebody awaits it or a Group owns it.
template <class T = void>
using Task = asio::awaitable<T>;

using Executor = asio::any_io_executor;

}  // namespace loop
