#pragma once

#include <array>
#include <span>
#include <string_view>

#include "api/body.h"
#include "api/context.h"
#include "api/query.h"
#include "json/encode.h"
#include "json/text.h"

namespace api {

/// What a route reads besides JSON.
enum class Reads { json, yaml, anything };

/// What is said about a route beyond its first line.
struct About {
  /// Statuses of success, the usual one first; 0 is none.
  std::array<int, 2> statuses = {200, 0};
  std::size_t body_bytes_max = 64 << 10;
  Reads reads = Reads::json;
  /// The type of the answer.
  std::string_view produces = "application/json";
  /// A request header that means something here.
  std::string_view header = {};
};

/// A line of the route table.
struct Route {
  http::Verb verb;
  std::string_view path;  ///< `/a/{b}`: a segment in braces stands for any text.
  auth::Access access;
  std::string_view name;  ///< Of the handler; the document's operationId.
  std::string_view summary;
  About about;
  loop::Task<base::Result<http::Response>> (*serve)(Context&);
  // What goes in and out; null where there is nothing.
  std::vector<Parameter> (*query)(base::Object& components);
  base::Value (*body)(base::Object& components);
  base::Value (*result)(base::Object& components);
};

/// Says that a handler has nothing to answer: 204.
struct Nothing {};

namespace detail {

/// What a handler takes and gives.
template <class F>
struct Shape;
template <class R>
struct Shape<loop::Task<base::Result<R>> (*)(Context&)> {
  using In = Nothing;
  using Out = R;
};
template <class R, class I>
struct Shape<loop::Task<base::Result<R>> (*)(Context&, I)> {
  using In = I;
  using Out = R;
};

/// The name of a function that is a template argument.
template <auto function>
consteval std::string_view function_name() {
  std::string_view all = __PRETTY_FUNCTION__;
  all = all.substr(0, all.rfind(']'));
  return all.substr(all.rfind(':') + 1);
}

http::Response finish(Context&, http::Response);

template <class Out>
loop::Task<http::Response> answer(Context& context, Out out) {
  if constexpr (std::is_same_v<Out, http::Response>) {
    co_return finish(context, std::move(out));
  } else if constexpr (std::is_same_v<Out, Nothing>) {
    co_return finish(context, http::Response{.status = 204});
  } else {
    const auto print = [&] { return json::print(json::encode(out)); };
    auto body = context.heavy ? co_await loop::offload(context.scene.pool, print) : print();
    co_return finish(context, http::respond(200, "application/json", std::move(body)));
  }
}

template <class In>
loop::Task<base::Result<In>> read_input(Context& context) {
  if constexpr (QueryStruct<In>) {
    co_return read_query<In>(context.request);
  } else {
    auto empty = read_no_query(context.request);
    if (!empty) co_return empty.error();
    if constexpr (std::is_same_v<In, Nothing>)
      co_return Nothing{};
    else
      co_return co_await read_body<In>(context);
  }
}

template <auto handler>
loop::Task<base::Result<http::Response>> serve(Context& context) {
  using In = typename Shape<decltype(handler)>::In;
  auto in = co_await read_input<In>(context);
  if (!in) co_return in.error();
  auto out = co_await [&] {
    if constexpr (std::is_same_v<In, Nothing>)
      return handler(context);
    else
      return handler(context, std::move(*in));
  }();
  if (!out) co_return out.error();
  co_return co_await answer(context, std::move(*out));
}

template <class T>
base::Value describe(base::Object& components) {
  return json::schema<T>(components);
}
template <class T>
  requires is_tree<T>
base::Value describe(base::Object& components) {
  return []<class Inner>(Tree<Inner>*, base::Object& all) { return json::schema<Inner>(all); }(
             static_cast<T*>(nullptr), components);
}

template <class In>
constexpr auto query_of() -> std::vector<Parameter> (*)(base::Object&) {
  if constexpr (QueryStruct<In>)
    return &describe_query<In>;
  else
    return nullptr;
}
template <class T>
constexpr auto schema_of() -> base::Value (*)(base::Object&) {
  if constexpr (QueryStruct<T> || std::is_same_v<T, Nothing> || std::is_same_v<T, http::Response>)
    return nullptr;
  else
    return static_cast<base::Value (*)(base::Object&)>(&describe<T>);
}

}  // namespace detail

/// A line of the table for a handler, `loop::Task<base::Result<Out>> handler(Context&, In)`: In is
/// a query struct or a body (or is left out), Out a described struct, `Nothing`, or a whole
/// http::Response.
template <auto handler>
constexpr Route route(http::Verb verb, std::string_view path, auth::Access access,
                      std::string_view summary, About about = {}) {
  using Shape = detail::Shape<decltype(handler)>;
  return {verb,
          path,
          access,
          detail::function_name<handler>(),
          summary,
          about,
          &detail::serve<handler>,
          detail::query_of<typename Shape::In>(),
          detail::schema_of<typename Shape::In>(),
          detail::schema_of<typename Shape::Out>()};
}

/// The whole API, in the order of its documents.
std::span<const Route> routes();

}  // namespace api
