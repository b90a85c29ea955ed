#pragma once

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>
#include <string_view>

namespace model {

/// The word of an enumerator: its spelling, on the wire, in SQL and in the UI.
template <class E>
std::string_view word(E e) {
  std::string_view found = "?";
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == e) found = d.name;
  });
  return found;
}

/// The enumerator of this word; false when there is none.
template <class E>
bool read_word(std::string_view text, E& e) {
  bool found = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (found || text != d.name) return;
    e = d.value;
    found = true;
  });
  return found;
}

}  // namespace model
