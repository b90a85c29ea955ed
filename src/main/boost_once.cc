// The one translation unit that compiles Asio and Boost.JSON; everyone else only declares them.
#include <boost/asio/impl/src.hpp>
#include <boost/json/src.hpp>
