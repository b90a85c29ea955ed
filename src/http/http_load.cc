// Keeps connections busy with one request, repeated, and prints how long its answers took as JSON:
// http_load PORT CONNECTIONS WARM_SECONDS SECONDS <REQUEST. One thread, and as little work as can
// be, for it shares the machine with what it measures. Answers must carry Content-Length.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  std::uint16_t port;
  int connections;
  double warm, seconds;
  std::string request;
};

int check(int code, const char* what) {
  if (code < 0) throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
  return code;
}

int connect_to(std::uint16_t port) {
  const int fd = check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), "connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/// The status of a whole answer at the front of these bytes; 0 when it is not whole yet.
int whole_answer(std::string_view bytes) {
  constexpr std::string_view length = "Content-Length: ";
  const auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) return 0;
  std::size_t body = 0;
  const auto at = bytes.substr(0, end).find(length);
  if (at == bytes.npos) throw std::runtime_error("an answer has no Content-Length");
  std::from_chars(bytes.data() + at + length.size(), bytes.data() + end, body);
  if (bytes.size() < end + 4 + body) return 0;
  int status = 0;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, status);
  return status;
}

struct Connection {
  int fd;
  Clock::time_point sent;
  std::size_t size = 0;
  char bytes[64 << 10];
};

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Load {
 public:
  explicit Load(Settings s) : settings_(std::move(s)), poll_(::epoll_create1(0)) {}

  void run() {
    for (int i = 0; i < settings_.connections; ++i) open();
    turn_until(Clock::now() + std::chrono::duration<double>(settings_.warm));
    took_.clear(), statuses_.clear();
    const auto began = Clock::now();
    const auto cpu = cpu_seconds();
    turn_until(began + std::chrono::duration<double>(settings_.seconds));
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    print(seconds, cpu_seconds() - cpu);
  }

 private:
  void open() {
    auto& c = *connections_.emplace_back(new Connection{.fd = connect_to(settings_.port)});
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &c}};
    check(::epoll_ctl(poll_, EPOLL_CTL_ADD, c.fd, &event), "epoll_ctl");
    send(c);
  }

  void send(Connection& c) {
    c.sent = Clock::now();
    const auto& r = settings_.request;
    if (::write(c.fd, r.data(), r.size()) != ssize_t(r.size()))
      throw std::runtime_error("the server took no request");
  }

  template <class Until>
  void turn_until(Until until) {
    epoll_event events[64];
    while (Clock::now() < until) {
      const int count = ::epoll_wait(poll_, events, 64, 100);
      for (int i = 0; i < count; ++i) receive(*static_cast<Connection*>(events[i].data.ptr));
    }
  }

  void receive(Connection& c) {
    const auto got = ::read(c.fd, c.bytes + c.size, sizeof c.bytes - c.size);
    if (got <= 0) throw std::runtime_error("the server closed a connection");
    c.size += std::size_t(got);
    const int status = whole_answer({c.bytes, c.size});
    if (status == 0) return;
    const auto took = std::chrono::floor<std::chrono::microseconds>(Clock::now() - c.sent);
    took_.push_back(std::uint32_t(took.count()));
    ++statuses_[status];
    c.size = 0;
    send(c);
  }

  void print(double seconds, double cpu) {
    std::ranges::sort(took_);
    const auto at = [&](double part) {
      return took_.empty() ? 0.0 : took_[std::size_t(double(took_.size() - 1) * part)] / 1000.0;
    };
    std::string statuses;
    for (const auto& [status, count] : statuses_)
      statuses += fmt::format("{}\"{}\": {}", statuses.empty() ? "" : ", ", status, count);
    fmt::print(
        "{{\"seconds\": {:.3f}, \"answers\": {}, \"p50_ms\": {:.3f}, \"p99_ms\": {:.3f}, "
        "\"max_ms\": {:.3f}, \"cpu\": {:.3f}, \"statuses\": {{{}}}}}\n",
        seconds, took_.size(), at(0.5), at(0.99), at(1), cpu, statuses);
  }

  Settings settings_;
  int poll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint32_t> took_;  // microseconds
  std::map<int, std::uint64_t> statuses_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: http_load PORT CONNECTIONS WARM_SECONDS SECONDS <REQUEST\n");
    return 2;
  }
  try {
    std::string request(std::istreambuf_iterator<char>(std::cin), {});
    Load({std::uint16_t(std::atoi(argv[1])), std::atoi(argv[2]), std::atof(argv[3]),
          std::atof(argv[4]), std::move(request)})
        .run();
  } catch (const std::exception& e) {
    fmt::print(stderr, "http_load: {}\n", e.what());
    return 1;
  }
}
