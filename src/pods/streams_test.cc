#include "pods/streams.h"

#include <gtest/gtest.h>

#include "model/link.h"

namespace pods {
namespace {

using Phase = model::ContainerStatus::Phase;

model::ContainerStatus container(std::string name, Phase phase = Phase::running) {
  return {.name = std::move(name), .phase = phase};
}

model::Pod pod(std::string name, std::vector<model::ContainerStatus> containers,
               std::int64_t created = 0) {
  return {.name = std::move(name),
          .created = base::from_micros(created),
          .containers = std::move(containers)};
}

std::string text(const Streams& streams) {
  std::string out;
  for (const auto& s : streams.all()) out += "'" + s.name + "' " + s.pod + " " + s.container + "\n";
  return out;
}

TEST(Streams, OfAPodAreNamedAfterItsContainers) {
  Streams streams;
  const auto show = [&](Phase init, Phase main, Phase side) {
    const std::vector pods = {pod(
        "build-x", {container("init", init), container("main", main), container("side", side)})};
    streams.note("build-x", false, pods);
    return text(streams);
  };
  EXPECT_EQ(show(Phase::waiting, Phase::waiting, Phase::waiting), "");
  EXPECT_EQ(show(Phase::running, Phase::waiting, Phase::waiting), "'init' build-x init\n");
  EXPECT_EQ(show(Phase::terminated, Phase::running, Phase::running),
            "'init' build-x init\n'' build-x main\n'side' build-x side\n");
  ASSERT_TRUE(streams.find("side"));
  EXPECT_EQ(streams.find("side")->container, "side");
  EXPECT_FALSE(streams.find("main"));
}

TEST(Streams, KnowThatWhatIsStartedAgainHasRun) {
  Streams streams;
  auto again = container("side", Phase::waiting);
  again.restarts = 1;
  streams.note("p", false, std::vector{pod("p", {again})});
  EXPECT_EQ(text(streams), "'side' p side\n");
}

TEST(Streams, OfAJobOfSeveralPodsAreNamedAfterThem) {
  Streams streams;
  streams.note("build-x", true,
               std::vector{pod("build-x-1-bbbbb", {container("main")}, 1),
                           pod("build-x-0-aaaaa", {container("main"), container("side")}, 1),
                           pod("elsewhere", {container("main")}, 2)});
  EXPECT_EQ(text(streams),
            "'0-aaaaa/main' build-x-0-aaaaa main\n'0-aaaaa/side' build-x-0-aaaaa side\n"
            "'1-bbbbb/main' build-x-1-bbbbb main\n'elsewhere/main' elsewhere main\n");
}

TEST(Streams, OfAJobOfOnePodNameOnlyItsSuccessors) {
  Streams streams;
  streams.note("j", false, std::vector{pod("j-bbbbb", {container("main")}, 1)});
  streams.note("j", false,
               std::vector{pod("j-aaaaa", {container("main")}, 2),
                           pod("j-bbbbb", {container("main", Phase::terminated)}, 1)});
  EXPECT_EQ(text(streams), "'' j-bbbbb main\n'aaaaa/main' j-aaaaa main\n");
}

TEST(Streams, AreNoMoreThanSoMany) {
  Streams streams;
  std::vector<model::Pod> pods;
  for (int i = 0; i < 70; ++i)
    pods.push_back(pod("j-" + std::to_string(i), {container("main")}, i));
  streams.note("j", true, pods);
  EXPECT_EQ(streams.all().size(), model::log_streams_max);
  EXPECT_EQ(streams.others(), 6u);
  pods.erase(pods.begin(), pods.begin() + 69);
  streams.note("j", true, pods);
  EXPECT_EQ(streams.all().size(), model::log_streams_max) << "what was seen stays";
  EXPECT_EQ(streams.others(), 6u);
}

}  // namespace
}  // namespace pods
