#pragma once

#include "api/context.h"
#include "api/problems.h"
#include "json/decode.h"
#include "loop/offload.h"

namespace api {

/// Bodies and answers above it are worked on off the loop.
inline constexpr std::size_t inline_bytes_max = 64 << 10;

/// A body that a handler takes as it is; documents show it as a T.
template <class T>
struct Tree {
  base::Value value;
};

template <class T>
inline constexpr bool is_tree = false;
template <class T>
inline constexpr bool is_tree<Tree<T>> = true;

enum class BodyForm { json, yaml };

/// The form that the request's content type says; refused with 415 where the route cannot read it.
base::Result<BodyForm> body_form(const Context&);
/// The tree of a body. One YAML document is a body; several are refused.
base::Result<base::Value> parse_body(std::string_view body, BodyForm);

/// Reads the body of a request into a T; a big one off the loop.
template <class T>
loop::Task<base::Result<T>> read_body(Context& context) {
  const auto form = body_form(context);
  if (!form) co_return form.error();
  const auto read = [&]() -> base::Result<T> {
    auto tree = parse_body(context.request.body, *form);
    if (!tree) return tree.error();
    if constexpr (is_tree<T>)
      return T{std::move(*tree)};
    else
      return json::decode_all<T>(*tree);
  };
  if (context.request.body.size() <= inline_bytes_max) co_return read();
  co_return co_await loop::offload(context.scene.pool, read);
}

}  // namespace api
