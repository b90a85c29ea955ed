#include "kube/exec.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/spawn.h"
#include "json/parse.h"
#include "loop/deadline.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 leaves the linkage to us
}

extern char** environ;

namespace kube {
namespace {

namespace asio = boost::asio;

constexpr std::size_t answer_bytes_max = 1 << 20;

base::Failure failed(const ExecPlugin& plugin, std::string_view why) {
  return base::Failure(fmt::format("the credential plugin {} {}", plugin.command, why));
}

struct Actions {
  explicit Actions(int output) {
    ::posix_spawn_file_actions_init(&value);
    ::posix_spawn_file_actions_addopen(&value, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&value, output, 1);
    ::posix_spawn_file_actions_addclosefrom_np(&value, 3);
  }
  ~Actions() { ::posix_spawn_file_actions_destroy(&value); }
  Actions(const Actions&) = delete;
  posix_spawn_file_actions_t value;
};

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// Ours, without what is only for us, and with what the plugin is to find.
std::vector<std::string> environment_for(const ExecPlugin& plugin) {
  std::vector<std::string> out;
  const auto is_replaced = [&](std::string_view variable) {
    const auto name = variable.substr(0, variable.find('='));
    return name.starts_with("FAIRLEAD_") || name == "KUBERNETES_EXEC_INFO" ||
           std::ranges::any_of(plugin.environment,
                               [&](const auto& own) { return own.first == name; });
  };
  for (char** each = environ; *each; ++each)
    if (!is_replaced(*each)) out.emplace_back(*each);
  for (const auto& [name, value] : plugin.environment)
    out.push_back(fmt::format("{}={}", name, value));
  out.push_back("KUBERNETES_EXEC_INFO=" + plugin.info);
  return out;
}

/// A process that is killed, with its group, unless it was seen to end.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  pid_t pid() const { return pid_; }
  /// The status of wait(2); the process has ended.
  int reap() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }

 private:
  pid_t pid_;
};

pid_t spawn(const ExecPlugin& plugin, int output) {
  std::vector<std::string> words = {plugin.command};
  words.insert(words.end(), plugin.arguments.begin(), plugin.arguments.end());
  auto variables = environment_for(plugin);
  auto arguments = pointers_to(words), environment = pointers_to(variables);
  const base::SpawnAttributes attributes;
  const Actions actions(output);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0].c_str(), &actions.value, &attributes.value,
                                   arguments.data(), environment.data());
  if (error == ENOENT && !plugin.install_hint.empty())
    throw failed(plugin, "is not installed: " + plugin.install_hint);
  if (error != 0) throw failed(plugin, fmt::format("cannot be started: {}", std::strerror(error)));
  return pid;
}

/// A pipe; both ends are closed in whatever we start.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw base::Failure(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    read = ends[0], write = ends[1];
  }
  ~Pipe() {
    if (read >= 0) ::close(read);
    close_write();
  }
  Pipe(const Pipe&) = delete;
  void close_write() {
    if (write >= 0) ::close(std::exchange(write, -1));
  }
  int read;
  int write;
};

loop::Task<std::string> read_whole(int descriptor, const ExecPlugin& plugin) {
  asio::posix::stream_descriptor in(co_await asio::this_coro::executor, descriptor);
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    auto [error, n] =
        co_await in.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::eof) co_return out;
    if (error) throw boost::system::system_error(error);
    out.append(buffer.data(), n);
    if (out.size() > answer_bytes_max) throw failed(plugin, "wrote over 1 MiB");
  }
}

loop::Task<> await_end(pid_t pid) {
  asio::posix::stream_descriptor process(co_await asio::this_coro::executor, ::pidfd_open(pid, 0));
  co_await process.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
}

loop::Task<std::string> run(const ExecPlugin& plugin) {
  Pipe pipe;
  Child child(spawn(plugin, pipe.write));
  pipe.close_write();
  auto answer = co_await read_whole(std::exchange(pipe.read, -1), plugin);
  co_await await_end(child.pid());
  const int status = child.reap();
  if (WIFSIGNALED(status))
    throw failed(plugin, fmt::format("was ended by signal {}", WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0)
    throw failed(plugin, fmt::format("ended with exit code {}; see what it wrote to standard error",
                                     WEXITSTATUS(status)));
  co_return answer;
}

base::Error bad(std::string_view why) {
  return base::invalid("bad_credential", fmt::format("its answer {}", why));
}

/// The text of a member; "" when it is absent or something else.
std::string text(const base::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

loop::Task<std::string> run_plugin(loop::Clock& clock, const ExecPlugin& plugin, base::Mono until) {
  auto answer = co_await loop::within(clock, until, run(plugin));
  if (!answer) throw failed(plugin, "did not end in time");
  co_return std::move(*answer);
}

base::Result<ExecCredential> read_exec_credential(std::string_view text_of_it,
                                                  std::string_view api_version) {
  const auto tree = json::parse(text_of_it);
  if (!tree || !tree->is_object()) return bad("is no JSON object");
  const auto& object = tree->get_object();
  if (text(object, "kind") != "ExecCredential") return bad("is not of kind ExecCredential");
  if (text(object, "apiVersion") != api_version)
    return bad(fmt::format("is not of apiVersion {}, which the kubeconfig says", api_version));
  const auto* status = object.if_contains("status");
  if (!status || !status->is_object()) return bad("has no status");
  const auto& given = status->get_object();
  ExecCredential out{text(given, "token"), text(given, "clientCertificateData"),
                     text(given, "clientKeyData"), std::nullopt};
  if (out.cert_pem.empty() != out.key_pem.empty())
    return bad("has only one of clientCertificateData and clientKeyData");
  if (out.token.empty() && out.cert_pem.empty())
    return bad("has neither a token nor a certificate");
  if (const auto expires = text(given, "expirationTimestamp"); !expires.empty()) {
    const auto time = base::parse_time(expires);
    if (!time) return bad("has an expirationTimestamp that is not RFC 3339");
    out.expires = *time;
  }
  return out;
}

}  // namespace kube
