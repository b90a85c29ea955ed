#pragma once

#include <string>
#include <string_view>

namespace base {

/// `pointer` + "/" + `member`, escaped as RFC 6901 says: ~ is ~0, / is ~1.
inline std::string pointer_join(std::string_view pointer, std::string_view member) {
  std::string out(pointer);
  out += '/';
  for (char c : member) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace base
