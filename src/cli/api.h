#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "cli/answer.h"
#include "cli/remote.h"
#include "http/client.h"
#include "loop/clock.h"

namespace cli {

/// Under it are pipelines, runs and events.
inline constexpr std::string_view project_path = "/api/v1/projects/default";

/// `/api/v1/projects/default/runs/X/jobs/Y`: each part is encoded.
std::string path_of(std::initializer_list<std::string_view> parts);

/// Parameters of a query; those with an empty value are not sent.
using Parameters = std::vector<std::pair<std::string_view, std::string>>;

/// The query of a target: `?a=1&b=2`, values encoded.
std::string query_of(const Parameters&);

/// The server's API. What it refuses is an Error; when it cannot be reached, base::Failure is
/// thrown. Loop thread only.
class Api {
 public:
  Api(loop::Clock&, Remote);

  loop::Task<base::Result<base::Value>> get(std::string target);
  loop::Task<base::Result<base::Value>> post(std::string target, base::Value body,
                                             http::Headers extra = {});
  /// As `get` and `post`, decoded.
  template <class T>
  loop::Task<base::Result<T>> get_as(std::string target);
  template <class T>
  loop::Task<base::Result<T>> post_as(std::string target, base::Value body,
                                      http::Headers extra = {});

  /// The items of a list, over as many pages as it takes for `limit` of them (0: all).
  loop::Task<base::Result<base::Array>> list(std::string path, Parameters parameters,
                                             std::size_t limit);
  template <class T>
  loop::Task<base::Result<std::vector<T>>> list_as(std::string path, Parameters parameters,
                                                   std::size_t limit);

  /// The items of a list that has no pages.
  loop::Task<base::Result<base::Array>> items(std::string target);

  /// A response whose body is a stream; a refusal is read whole and returned.
  loop::Task<base::Result<std::unique_ptr<http::Incoming>>> open(std::string target,
                                                                 http::Headers extra = {});

  loop::Clock& clock() { return clock_; }
  const Remote& remote() const { return remote_; }

  /// The most items of one page that are asked for.
  static constexpr std::size_t page_items_max = 500;
  /// A whole answer takes no longer, nor does the head of a stream.
  static constexpr base::Micros answer_time = std::chrono::seconds(60);

 private:
  http::ClientRequest request(http::Verb, std::string target, http::Headers extra) const;

  loop::Clock& clock_;
  Remote remote_;
  std::unique_ptr<net::Dialer> dialer_;
  http::Client client_;
};

/// What a refused request says, from its status and body (RFC 9457). The code is that of the
/// problem, or `http_STATUS`.
base::Error read_problem(int status, std::string_view body);

/// An error for people: `error: SENTENCE` and a line `  POINTER: SENTENCE` for each fault.
std::string render_error(const base::Error&);

/// The exit code of a refusal: 2 when the input is at fault, else 1.
int exit_code_of(const base::Error&);

template <class T>
loop::Task<base::Result<T>> Api::get_as(std::string target) {
  auto value = co_await get(std::move(target));
  if (!value) co_return value.error();
  co_return read_answer<T>(std::move(*value));
}

template <class T>
loop::Task<base::Result<T>> Api::post_as(std::string target, base::Value body,
                                         http::Headers extra) {
  auto value = co_await post(std::move(target), std::move(body), std::move(extra));
  if (!value) co_return value.error();
  co_return read_answer<T>(std::move(*value));
}

template <class T>
loop::Task<base::Result<std::vector<T>>> Api::list_as(std::string path, Parameters parameters,
                                                      std::size_t limit) {
  auto items = co_await list(std::move(path), std::move(parameters), limit);
  if (!items) co_return items.error();
  co_return read_answer<std::vector<T>>(base::Value(std::move(*items)));
}

}  // namespace cli
