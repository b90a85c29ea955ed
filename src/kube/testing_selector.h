#pragma once

#include <string_view>

#include "base/value.h"

namespace kube::testing {

/// Whether an object's labels satisfy a label selector (`a=b,c!=d,e,!f,g in (h,i)`).
bool matches_labels(const base::Value& object, std::string_view selector);
/// Whether its fields do (`status.phase!=Running,metadata.name=a`).
bool matches_fields(const base::Value& object, std::string_view selector);

/// The text at a JSON pointer of an object; "" when there is none.
std::string_view text_at(const base::Value& object, std::string_view pointer);

}  // namespace kube::testing
