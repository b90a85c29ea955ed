#pragma once

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <boost/describe/enumerators.hpp>
#include <string_view>

namespace model {

/// The word of an enumerator: its spelling, on the wire, in SQL and in the UI.
template <class E>
std::string_view word(E e) {
  return boost::describe::enum_to_string(e, "?");
}

/// The enumerator of this word; false when there is none.
template <class E>
bool read_word(std::string_view text, E& e) {
  return boost::describe::enum_from_string(text, e);
}

}  // namespace model
