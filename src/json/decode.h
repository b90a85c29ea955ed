#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "json/place.h"
#include "json/traits.h"

/// Trees into described structs. A member `depends_on` is `dependsOn` on the wire. A struct may say
/// `static constexpr std::string_view`
///   required_members[] = {"image"};  C++ names; others may be absent
///   planned_members[] = {"matrix"};  wire names, not read yet
///   flat_members[] = {"pod"};        C++ names of boxes whose members stand beside the others
/// Unknown members are faults, unless they are to be passed over. Durations are texts like `30s` or
/// whole seconds.
namespace json {

/// Decodes into T; every fault is collected (at most `faults_max` in the vector), each with its
/// JSON pointer and a sentence. After a fault, what is returned is good only where none points.
template <class T>
T decode(const base::Value&, base::Faults&, const std::string& pointer = "");

/// All or nothing: the refusal is of code `invalid_input` and holds the faults.
template <class T>
base::Result<T> decode_all(const base::Value&, Unknown = Unknown::fault);

/// The refusal for these faults; `dropped` more were counted and not kept.
base::Error faults_error(base::Faults, std::size_t dropped);

namespace detail {

/// How one member of a struct is read into the struct at `self`.
struct ReadField {
  std::string name;
  bool required;
  void (*read)(const base::Value&, void* self, FaultLog&, const Place&);
};
struct ReadShape {
  std::vector<ReadField> fields;
  std::span<const std::string_view> planned;
};

void read_scalar(const base::Value&, bool&, FaultLog&, const Place&);
void read_scalar(const base::Value&, double&, FaultLog&, const Place&);
void read_scalar(const base::Value&, std::string&, FaultLog&, const Place&);
void read_scalar(const base::Value&, base::Value&, FaultLog&, const Place&);
void read_scalar(const base::Value&, base::Micros&, FaultLog&, const Place&);
void read_scalar(const base::Value&, base::Time&, FaultLog&, const Place&);
std::int64_t read_signed(const base::Value&, std::int64_t least, std::int64_t most, FaultLog&,
                         const Place&);
std::uint64_t read_unsigned(const base::Value&, std::uint64_t most, FaultLog&, const Place&);
/// The index of the word; the size of `words` after a fault.
std::size_t read_choice(const base::Value&, std::span<const std::string_view> words, FaultLog&,
                        const Place&);
/// Null, with a fault, when the value is something else.
const base::Array* read_list(const base::Value&, FaultLog&, const Place&);
const base::Object* read_object(const base::Value&, FaultLog&, const Place&);
/// The text of an id; null with a fault.
const boost::json::string* read_text(const base::Value&, FaultLog&, const Place&);
void read_struct(const base::Value&, void* self, const ReadShape&, FaultLog&, const Place&);

template <class T>
void read(const base::Value&, T&, FaultLog&, const Place&);

template <class T, class D>
void read_member(const base::Value& value, void* self, FaultLog& faults, const Place& place) {
  read(value, static_cast<T*>(self)->*D::pointer, faults, place);
}

/// Reads what D describes into the box that B describes.
template <class T, class B, class D>
void read_flat(const base::Value& value, void* self, FaultLog& faults, const Place& place) {
  read(value, (static_cast<T*>(self)->*B::pointer).edit().*D::pointer, faults, place);
}

template <class T, class D>
void add_field(std::vector<ReadField>& fields) {
  const bool required = contains(required_of<T>(), D::name);
  if constexpr (is_flat<T, D>) {
    boost::mp11::mp_for_each<MembersOf<typename BoxedOf<MemberOf<T, D>>::type>>([&](auto d) {
      fields.push_back({wire_name(d.name), false, &read_flat<T, D, decltype(d)>});
    });
  } else {
    fields.push_back({wire_name(D::name), required, &read_member<T, D>});
  }
}

template <DescribedStruct T>
const ReadShape& read_shape() {
  static const ReadShape shape = [] {
    ReadShape s{{}, planned_of<T>()};
    boost::mp11::mp_for_each<MembersOf<T>>([&](auto d) { add_field<T, decltype(d)>(s.fields); });
    return s;
  }();
  return shape;
}

template <DescribedEnum E>
void read_enum(const base::Value& value, E& out, FaultLog& faults, const Place& place) {
  const auto words = words_of<E>();
  const auto chosen = read_choice(value, words, faults, place);
  std::size_t i = 0;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (i++ == chosen) out = d.value;
  });
}

template <class T>
void read_integer(const base::Value& value, T& out, FaultLog& faults, const Place& place) {
  using Range = std::numeric_limits<T>;
  if constexpr (std::is_signed_v<T>)
    out = T(read_signed(value, Range::min(), Range::max(), faults, place));
  else
    out = T(read_unsigned(value, Range::max(), faults, place));
}

template <class T>
void read_custom(const base::Value& value, T& out, FaultLog& faults, const Place& place) {
  out = Custom<T>::decode(value, faults.raw(), place.pointer());
  faults.trim();
}

template <class T>
void read_id(const base::Value& value, T& out, FaultLog& faults, const Place& place) {
  const auto* text = read_text(value, faults, place);
  if (!text) return;
  auto id = T::parse(std::string_view(*text));
  if (id)
    out = *id;
  else
    faults.add(place, id.error().message);
}

/// After too many faults nothing is kept any more: only good values may fill the memory.
template <class T>
void read_elements(const base::Value& value, std::vector<T>& out, FaultLog& faults,
                   const Place& place) {
  const auto* list = read_list(value, faults, place);
  if (!list) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    T element{};
    read((*list)[i], element, faults, Place(&place, i));
    if (!faults.full()) out.push_back(std::move(element));
  }
}

template <class T>
void read_named(const base::Value& value, T& out, FaultLog& faults, const Place& place) {
  const auto* object = read_object(value, faults, place);
  if (!object) return;
  for (const auto& [name, member] : *object) {
    typename NamedOf<T>::type element{};
    read(member, element, faults, Place(&place, std::string_view(name)));
    if (!faults.full()) out.insert(out.end(), {std::string(name), std::move(element)});
  }
}

template <class T>
void read(const base::Value& value, T& out, FaultLog& faults, const Place& place) {
  if constexpr (Customized<T>) {
    read_custom(value, out, faults, place);
  } else if constexpr (is_optional<T>) {
    if (!value.is_null()) read(value, out.emplace(), faults, place);
  } else if constexpr (is_box<T>) {
    if (!value.is_null()) read(value, out.edit(), faults, place);
  } else if constexpr (is_named<T>) {
    read_named(value, out, faults, place);
  } else if constexpr (is_list<T>) {
    read_elements(value, out, faults, place);
  } else if constexpr (is_id<T>) {
    read_id(value, out, faults, place);
  } else if constexpr (DescribedEnum<T>) {
    read_enum(value, out, faults, place);
  } else if constexpr (DescribedStruct<T>) {
    read_struct(value, &out, read_shape<T>(), faults, place);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    read_integer(value, out, faults, place);
  } else {
    read_scalar(value, out, faults, place);
  }
}

}  // namespace detail

template <class T>
T decode(const base::Value& value, base::Faults& faults, const std::string& pointer) {
  T out{};
  FaultLog log(faults);
  detail::read(value, out, log, Place(pointer));
  return out;
}

template <class T>
base::Result<T> decode_all(const base::Value& value, Unknown unknown) {
  T out{};
  base::Faults faults;
  FaultLog log(faults, unknown);
  detail::read(value, out, log, Place(""));
  if (log.any()) return faults_error(std::move(faults), log.dropped());
  return out;
}

}  // namespace json
