#pragma once

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/execute.h"
#include "http/message.h"
#include "http/problem.h"
#include "http/server.h"
#include "json/encode.h"
#include "json/text.h"
#include "loop/bell.h"
#include "loop/group.h"
#include "loop/loop.h"
#include "model/views.h"

/// What the tests of this room share.
namespace cli::testing {

using namespace std::chrono_literals;

/// 2026-11-21T12:00:00Z
inline const base::Time noon = *base::parse_time("2026-11-21T12:00:00Z");
inline const std::string run_id = "01hzy3v0a0b1c2d3e4f5g6h7j8";

/// Keeps what is said.
class Tape final : public Terminal {
 public:
  void out(std::string_view text) override { said += text; }
  void err(std::string_view text) override { complained += text; }
  Size size() const override { return at; }
  std::string said;
  std::string complained;
  Size at;
};

/// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "cli_test.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A server on a real port, in a thread of its own, which answers from a table of
/// `GET /path?query` (or without the query) to what is to be said.
class ApiServer {
 public:
  using Answer = std::function<http::Response(http::Request&)>;
  explicit ApiServer(std::map<std::string, Answer> answers)
      : answers_(std::move(answers)),
        listener_(net::Listener::open(loop_.executor(), {"127.0.0.1", 0})),
        server_(clock_, {}, [this](http::Request& r) { return handle(r); }),
        thread_([this] { loop_.run_until_done(serve()); }) {}
  ~ApiServer() {
    boost::asio::post(loop_.executor(), [this] {
      over_ = true;
      stop_.ring();
    });
    thread_.join();
  }
  std::string url() const { return "http://" + listener_.address(); }
  /// `GET /path?query body`, in order.
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::size_t count(const std::string& start) const {
    std::size_t n = 0;
    for (const auto& each : asked()) n += each.starts_with(start);
    return n;
  }

 private:
  loop::Task<> serve() {
    loop::Group group(loop_.executor());
    group.spawn("serve", server_.serve(listener_));
    while (!over_) co_await stop_.wait(clock_, stop_.rings(), loop::never);
    co_await server_.stop(0s);
    co_await group.join();
  }
  loop::Task<http::Response> handle(http::Request& request) {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request.method + " " + request.target +
                       (request.body.empty() ? "" : " " + request.body));
    }
    if (request.headers.get("Authorization") != "Bearer sesame")
      co_return http::problem(401, "unauthenticated", "a token is needed");
    auto found = answers_.find(request.method + " " + request.target);
    if (found == answers_.end()) found = answers_.find(request.method + " " + request.path);
    if (found == answers_.end())
      co_return http::problem(404, "not_found", "there is nothing at " + request.target);
    co_return found->second(request);
  }

  std::map<std::string, Answer> answers_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  loop::Loop loop_;
  loop::RealClock clock_;
  loop::Bell stop_;
  bool over_ = false;
  net::Listener listener_;
  http::Server server_;
  std::thread thread_;
};

inline ApiServer::Answer says(const std::string& body, int status = 200) {
  return [=](http::Request&) { return http::respond(status, "application/json", body); };
}

inline loop::Task<> write_to(http::Sink& sink, std::string text) { co_await sink.write(text); }

/// A response that is a stream of this text.
inline http::Response streams(std::string text, const std::string& type = "text/event-stream") {
  auto response = http::respond(200, type, "");
  response.stream = [text = std::move(text)](http::Sink& sink) { return write_to(sink, text); };
  return response;
}

/// What came of a command line.
struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

/// The command line in surroundings where only this server is known.
inline Outcome call(const ApiServer& server, std::vector<std::string> arguments,
                    bool live = false) {
  Tape tape;
  tape.live = live;
  Surroundings around{{{"FAIRLEAD_SERVER", server.url()}, {"FAIRLEAD_TOKEN", "sesame"}}, "/", tape};
  const int code = execute(std::move(arguments), {}, around);
  return {code, tape.said, tape.complained};
}

/// The command line where there is no server.
inline Outcome call(std::vector<std::string> arguments, const Programs& programs = {},
                    Environment environment = {}, const std::filesystem::path& here = "/") {
  Tape tape;
  Surroundings around{std::move(environment), here, tape};
  const int code = execute(std::move(arguments), programs, around);
  return {code, tape.said, tape.complained};
}

inline model::JobView job(std::int64_t index, std::string name, model::JobState state,
                          std::int64_t attempt = 0) {
  model::JobView view;
  view.index = index;
  view.name = std::move(name);
  view.state = state;
  view.attempt = attempt;
  view.since = noon;
  return view;
}

inline model::RunView run_view(model::RunState state, std::string pipeline = "fallback") {
  model::RunView view;
  view.id = run_id;
  view.pipeline = std::move(pipeline);
  view.state = state;
  view.created = noon;
  view.started = noon;
  return view;
}

template <class T>
std::string text_of(const T& value) {
  return json::print(json::encode(value));
}

}  // namespace cli::testing
