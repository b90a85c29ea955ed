#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"
#include "core/check.h"
#include "model/policy.h"

/// The fields of Kubernetes objects that a pipeline may set, each with the allowance that it needs.
/// What is not in the table is refused, so a field that a later Kubernetes adds is refused too
/// until somebody has thought about it.
namespace core {

enum class FieldType : std::uint8_t {
  text,
  whole,       ///< An integer.
  flag,        ///< A boolean.
  quantity,    ///< A text or a number.
  port,        ///< A text or an integer.
  texts,       ///< A list of texts.
  wholes,      ///< A list of integers.
  text_map,    ///< An object of texts.
  quantities,  ///< An object of quantities.
  object,
  objects,  ///< A list of objects.
};

/// When a field needs its allowance.
enum class When : std::uint8_t {
  never,
  given,     ///< Whatever it holds.
  on,        ///< When it is true.
  off,       ///< When it is false.
  zero,      ///< When it is 0.
  unlisted,  ///< When a text of it is not one of `harmless`.
};

struct FieldShape;

struct PodField {
  std::string_view name;
  FieldType type = FieldType::text;
  const FieldShape* shape = nullptr;  ///< Of the object, or of each object of the list.
  When when = When::never;
  model::Allowance needs{};
  std::vector<std::string_view> harmless;
};

/// What objects of one kind may have.
struct FieldShape {
  std::vector<PodField> fields;
};

/// The shape of this kind in the table, such as `PodSpec`, `Container` or `Volume`.
const FieldShape& field_shape(std::string_view kind);

/// Checks the fields of an object, all the way down: each is in the table, of its type, not null.
/// With a policy, also that it allows what they need.
void check_fields(const base::Value& object, const FieldShape&, const std::string& pointer,
                  const model::Policy*, Checker&);
/// The same for a list of objects.
void check_objects(const base::Value& list, const FieldShape&, const std::string& pointer,
                   const model::Policy*, Checker&);

}  // namespace core
