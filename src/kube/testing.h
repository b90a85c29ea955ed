#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/server.h"
#include "kube/config.h"
#include "kube/testing_objects.h"
#include "loop/group.h"
#include "net/testing.h"

namespace kube::testing {

/// An API server in miniature, on a real socket: the objects of `Objects`, watches with bookmarks,
/// pod logs, access reviews. A small honest world for tests: what it answers is what its objects
/// are, and faults are put in between by hooks.
class ApiServer {
 public:
  struct Settings {
    bool tls = false;
    std::string token = {};  ///< When set, other requests are answered 401.
    /// Between two bookmarks of a watch that wants them.
    base::Micros bookmark_time = std::chrono::milliseconds(20);
  };
  explicit ApiServer(loop::Executor executor) : ApiServer(executor, Settings{}) {}
  ApiServer(loop::Executor, Settings);

  /// Serves until `stop`.
  loop::Task<> serve();
  loop::Task<> stop();

  /// How a client reaches it.
  Config config() const;
  Objects& objects() { return objects_; }
  loop::Clock& clock() { return clock_; }

  /// Called with every request that has the token; what it returns is the answer, and nothing else
  /// happens.
  std::function<std::optional<http::Response>(const http::Request&)> on_request;
  /// Called with every answer before it is sent, when what was asked for has taken effect.
  std::function<void(const http::Request&, http::Response&)> on_answer;
  /// Which rights we have, by `verb plural[/subresource]`; all, when it is empty.
  std::function<bool(const std::string& right)> on_review;

  /// Another token from now on.
  void set_token(std::string token) { settings_.token = std::move(token); }
  /// Ends every watch and log under way, in order or by breaking the connection.
  void end_streams() { turn(streams_ended_); }
  void break_streams() { turn(streams_broken_); }
  /// The watches that are open.
  std::size_t watches() const { return watches_; }

  /// A line that a container wrote.
  void write_log(const ObjectRef& pod, const std::string& container, std::string line);
  /// Every request so far as `VERB path`, in the order they came.
  const std::vector<std::string>& seen() const { return seen_; }
  /// How many of them begin like this.
  std::size_t count(std::string_view beginning) const;

 private:
  struct LogLine {
    base::Time time;
    std::string text;
  };
  struct Marks {
    std::uint64_t ended, broken;
  };

  loop::Task<http::Response> answer(http::Request&);
  http::Response act(http::Request&);
  http::Response act_on(http::Request&, const Resource&, std::size_t depth);
  http::Response act_on_object(http::Request&, const ObjectRef&, std::string_view subresource);
  http::Response review(const http::Request&);
  http::Response watch(const http::Request&, Selection);
  http::Response log(const http::Request&, const ObjectRef&);
  loop::Task<> run_watch(http::Sink&, Selection, std::string version, bool bookmarks,
                         base::Mono until);
  loop::Task<> run_log(http::Sink&, std::string key, std::size_t from, std::size_t bytes_max,
                       bool timestamps);
  Marks marks() const { return {streams_ended_, streams_broken_}; }
  bool is_over(const Marks&) const;
  void turn(std::uint64_t& mark) {
    ++mark;
    objects_.changed().ring();
  }

  loop::RealClock clock_;
  Settings settings_;
  Objects objects_;
  net::testing::Authority authority_;
  net::Listener listener_;
  std::unique_ptr<net::TlsAcceptor> acceptor_;
  http::Server server_;
  std::map<std::string, std::vector<LogLine>> logs_;  // by pod/container
  std::vector<std::string> seen_;
  std::uint64_t streams_ended_ = 0;
  std::uint64_t streams_broken_ = 0;
  std::size_t watches_ = 0;
};

}  // namespace kube::testing
