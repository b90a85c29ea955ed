#include <fmt/format.h>

#include <algorithm>

#include "base/pointer.h"
#include "core/pod_fields.h"
#include "model/names.h"

namespace core {
namespace {

using base::pointer_join;

constexpr std::size_t name_max = 256;  // of a field's name in a pointer

bool is_whole(const base::Value& v) { return v.is_int64() || v.is_uint64(); }

bool is_zero(const base::Value& v) {
  return (v.is_int64() && v.get_int64() == 0) || (v.is_uint64() && v.get_uint64() == 0);
}

bool is_quantity(const base::Value& v) { return v.is_string() || v.is_number(); }
bool is_text(const base::Value& v) { return v.is_string(); }

template <class F>
bool all_in_list(const base::Value& v, F is) {
  return v.is_array() && std::ranges::all_of(v.get_array(), is);
}

template <class F>
bool all_in_object(const base::Value& v, F is) {
  return v.is_object() && std::ranges::all_of(v.get_object(), [&](const auto& member) {
           return is(member.value());
         });
}

/// What a value of this type is called when it is none; empty when it is one.
std::string_view mistyped(FieldType type, const base::Value& v) {
  switch (type) {
    case FieldType::text: return is_text(v) ? "" : "a string";
    case FieldType::whole: return is_whole(v) ? "" : "a whole number";
    case FieldType::flag: return v.is_bool() ? "" : "true or false";
    case FieldType::quantity: return is_quantity(v) ? "" : "a quantity like 500m or 64Mi";
    case FieldType::port: return is_text(v) || is_whole(v) ? "" : "a port's number or name";
    case FieldType::texts: return all_in_list(v, is_text) ? "" : "a list of strings";
    case FieldType::wholes: return all_in_list(v, is_whole) ? "" : "a list of whole numbers";
    case FieldType::text_map: return all_in_object(v, is_text) ? "" : "an object of strings";
    case FieldType::quantities:
      return all_in_object(v, is_quantity) ? "" : "an object of quantities";
    case FieldType::object: return v.is_object() ? "" : "an object";
    case FieldType::objects: return v.is_array() ? "" : "a list of objects";
  }
  return "something else";
}

bool is_harmless(const PodField& field, const base::Value& text) {
  const std::string_view given(text.get_string());
  return given.empty() || std::ranges::find(field.harmless, given) != field.harmless.end();
}

/// Whether what this field holds, which is of its type, is more than everybody may have.
bool needs_allowance(const PodField& field, const base::Value& v) {
  switch (field.when) {
    case When::never: return false;
    case When::given: return true;
    case When::on: return v.get_bool();
    case When::off: return !v.get_bool();
    case When::zero: return is_zero(v);
    case When::unlisted:
      if (v.is_string()) return !is_harmless(field, v);
      return !std::ranges::all_of(v.get_array(),
                                  [&](const auto& each) { return is_harmless(field, each); });
  }
  return true;
}

void check_field(const base::Value& v, const PodField& field, const std::string& at,
                 const model::Policy* policy, Checker& c) {
  if (v.is_null()) return c.fault(at, "leave it out or give it a value");
  if (const auto wanted = mistyped(field.type, v); !wanted.empty())
    return c.fault(at, fmt::format("expected {}", wanted));
  if (policy && needs_allowance(field, v) && !policy->allows(field.needs))
    c.fault(at, fmt::format("needs '{}', which the policy of this project on this cluster does "
                            "not allow",
                            model::word(field.needs)));
  if (field.type == FieldType::object) check_fields(v, *field.shape, at, policy, c);
  if (field.type == FieldType::objects) check_objects(v, *field.shape, at, policy, c);
}

}  // namespace

void check_fields(const base::Value& object, const FieldShape& shape, const std::string& pointer,
                  const model::Policy* policy, Checker& c) {
  if (!object.is_object()) return c.fault(pointer, "expected an object");
  for (const auto& [name, value] : object.get_object()) {
    const auto at = pointer_join(pointer, std::string_view(name).substr(0, name_max));
    const auto field = std::ranges::find(shape.fields, std::string_view(name), &PodField::name);
    if (field == shape.fields.end())
      c.fault(at, "a pipeline may not set this field here");
    else
      check_field(value, *field, at, policy, c);
  }
}

void check_objects(const base::Value& list, const FieldShape& shape, const std::string& pointer,
                   const model::Policy* policy, Checker& c) {
  if (!list.is_array()) return c.fault(pointer, "expected a list of objects");
  for (std::size_t i = 0; i < list.get_array().size(); ++i)
    check_fields(list.get_array()[i], shape, fmt::format("{}/{}", pointer, i), policy, c);
}

}  // namespace core
