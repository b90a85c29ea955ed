#include "config/config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

namespace knobs {

enum class LogFormat { plain, json };
BOOST_DESCRIBE_ENUM(LogFormat, plain, json)

struct Serve {
  std::string listen = "127.0.0.1:8080";
  LogFormat log_format = LogFormat::plain;
  bool insecure_http = false;
  std::uint32_t workers = 2;
  double share = 0.5;
  base::Micros lease = std::chrono::seconds(30);
  std::vector<std::string> origins;
  std::map<std::string, std::string> labels;
  std::string token;
  base::Micros secret_wait{0};
  static constexpr std::string_view secret_members[] = {"token", "secret_wait"};
};
BOOST_DESCRIBE_STRUCT(Serve, (),
                      (listen, log_format, insecure_http, workers, share, lease, origins, labels,
                       token, secret_wait))

}  // namespace knobs

namespace {

using config::Setting;
using config::Sources;
using knobs::Serve;

/// The settings a line each, or the faults a line each.
std::string read(const Sources& sources) {
  const auto loaded = config::load<Serve>(sources);
  std::string lines;
  if (!loaded) {
    EXPECT_EQ(loaded.error().code, "bad_settings");
    for (const auto& [pointer, message] : loaded.error().faults)
      lines += fmt::format("{}{}{}\n", pointer, pointer.empty() ? "" : " ", message);
    return lines;
  }
  for (const auto& [key, value, source, secret] : loaded->settings)
    if (source != "default") lines += fmt::format("{} {} from {}\n", key, value, source);
  return lines;
}

TEST(Config, HasDefaultsWhenNothingIsGiven) {
  const auto loaded = config::load<Serve>({});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->values.listen, "127.0.0.1:8080");
  ASSERT_EQ(loaded->settings.size(), 10u);
  EXPECT_EQ(loaded->settings[1], (Setting{"log-format", "plain", "default", false}));
  EXPECT_EQ(loaded->settings[5], (Setting{"lease", "30s", "default", false}));
  EXPECT_EQ(loaded->settings[8], (Setting{"token", "", "default", true}));
}

TEST(Config, PrefersFlagsToTheEnvironmentToTheFile) {
  Sources sources;
  sources.file_path = "fairlead.yaml";
  sources.file_text = "listen: a:1\nworkers: 3\nlogFormat: json\n";
  sources.environment = {{"FAIRLEAD_LISTEN", "b:2"}, {"FAIRLEAD_WORKERS", "4"}, {"HOME", "/"}};
  sources.flags = {{"listen", "c:3"}};
  EXPECT_EQ(read(sources),
            "listen c:3 from flag --listen\n"
            "log-format json from file fairlead.yaml\n"
            "workers 4 from environment FAIRLEAD_WORKERS\n");
}

TEST(Config, ReadsEveryTypeFromTextAndFromTheFile) {
  Sources text;
  text.flags = {{"insecure-http", "1"}, {"share", "0.25"},       {"lease", "90"},
                {"origins", "a, b"},    {"labels", "x=1,z=a=b"}, {"log-format", "json"}};
  const auto loaded = config::load<Serve>(text);
  ASSERT_TRUE(loaded) << loaded.error().message;
  Sources file;
  file.file_path = "f";
  file.file_text =
      "insecureHttp: true\nshare: 0.25\nlease: 1m30s\norigins: [a, b]\nlogFormat: json\n"
      "labels: {x: '1', z: a=b}\n";
  const auto filed = config::load<Serve>(file);
  ASSERT_TRUE(filed) << filed.error().message;
  for (std::size_t i = 0; i < filed->settings.size(); ++i)
    EXPECT_EQ(loaded->settings[i].value, filed->settings[i].value);
  EXPECT_EQ(loaded->values.lease, std::chrono::seconds(90));
  EXPECT_EQ(loaded->values.labels.at("z"), "a=b");
  EXPECT_TRUE(loaded->values.insecure_http);
  EXPECT_EQ(loaded->settings[6].value, "a,b");
}

TEST(Config, ReplacesAListInsteadOfAddingToIt) {
  Sources sources;
  sources.file_path = "f";
  sources.file_text = "origins: [a, b]";
  sources.environment = {{"FAIRLEAD_ORIGINS", "c"}};
  EXPECT_EQ(read(sources), "origins c from environment FAIRLEAD_ORIGINS\n");
  sources.environment = {{"FAIRLEAD_ORIGINS", ""}};
  EXPECT_EQ(read(sources), "origins  from environment FAIRLEAD_ORIGINS\n");
}

TEST(Config, NamesEverythingThatIsWrongAtOnce) {
  Sources sources;
  sources.file_path = "fairlead.yaml";
  sources.file_text = "listne: x\nlease: 5 parsecs\nworkers: -1\n";
  sources.environment = {{"FAIRLEAD_LISTNE", "x"}, {"FAIRLEAD_SHARE", "half"}};
  sources.flags = {{"labels", "x"}, {"insecure-http", "maybe"}, {"log-fromat", "json"}};
  EXPECT_EQ(read(sources),
            "/listne unknown setting in file fairlead.yaml: 'listne'; did you mean 'listen'?\n"
            "/lease file fairlead.yaml: '5 parsecs' is not a duration; write it like 30s, 5m, "
            "1h30m or 250ms\n"
            "/workers file fairlead.yaml: must be a whole number from 0 to 4294967295\n"
            "unknown environment variable 'FAIRLEAD_LISTNE'; did you mean 'FAIRLEAD_LISTEN'?\n"
            "environment FAIRLEAD_SHARE: expected a number, got a string\n"
            "flag --insecure-http: expected true or false\n"
            "flag --labels: write it like key=value,other=value\n"
            "unknown flag 'log-fromat'; did you mean 'log-format'?\n");
}

TEST(Config, RefusesAFileThatIsNotOneObject) {
  const auto file = [](std::string text) { return read({{}, {}, "f", std::move(text)}); };
  EXPECT_EQ(file("a: [1"), "file f: 2:1: did not find expected ',' or ']'\n");
  EXPECT_EQ(file("[]"), "file f: expected an object of settings\n");
  EXPECT_EQ(file("{}\n---\n{}\n"), "file f: expected one document, got 2\n");
  EXPECT_EQ(file("# nothing\n"), "");
  EXPECT_EQ(file("listen: x\nlisten: y"), "file f: 2:1: 'listen' is here twice\n");
}

TEST(Config, AllowsTheClientsVariablesAndThoseOfKubernetesServices) {
  EXPECT_EQ(read({{},
                  {{"FAIRLEAD_SERVER", "x"},
                   {"FAIRLEAD_TOKEN_", "x"},
                   {"FAIRLEAD_CONFIG", "x"},
                   {"FAIRLEAD_SERVICE_HOST", "10.0.0.1"},
                   {"FAIRLEAD_SERVICE_PORT_HTTP", "80"},
                   {"FAIRLEAD_PORT", "tcp://10.0.0.1:80"},
                   {"FAIRLEAD_SERVER_PORT_80_TCP_ADDR", "10.0.0.1"}},
                  "",
                  ""}),
            "unknown environment variable 'FAIRLEAD_TOKEN_'; did you mean 'FAIRLEAD_TOKEN'?\n");
}

TEST(Config, NeverShowsASecret) {
  EXPECT_EQ(read({{{"token", "hunter2"}}, {}, "", ""}), "token *** from flag --token\n");
  EXPECT_EQ(read({{{"secret-wait", "hunter2"}}, {}, "", ""}),
            "flag --secret-wait: the value does not fit (it is secret, so not shown)\n");
}

}  // namespace
