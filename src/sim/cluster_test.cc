#include "sim/cluster.h"

#include <gtest/gtest.h>

namespace sim {
namespace {

using namespace std::chrono_literals;
using agent::Created;

struct Bench {
  Timeline timeline;
  std::vector<std::string> complaints;
  Ledger ledger{[this](model::RunId, std::string what) { complaints.push_back(std::move(what)); }};
  FakeCluster cluster{timeline, ledger, "c", 2, 7};

  static model::Assignment work(const std::string& script, std::uint32_t attempt = 1) {
    model::Assignment a;
    a.key.attempt = attempt;
    a.name = "job-" + std::to_string(attempt);
    a.work = model::Work();
    a.work.edit().command = {"sh", "-c", script};
    a.work.edit().start_timeout = a.work.edit().run_timeout = 10s;
    a.work.edit().grace = 3s;
    return a;
  }
  void pass(base::Micros d) {
    const auto until = timeline.now() + d;
    while (timeline.step(until)) {
    }
  }
};

TEST(FakeCluster, RunsAnObjectOnceHoweverOftenItIsCreated) {
  Bench b;
  const auto first = b.cluster.create(Bench::work("ok"));
  const auto again = b.cluster.create(Bench::work("ok"));
  EXPECT_EQ(first.kind, Created::Kind::created);
  EXPECT_EQ(first.uid, again.uid);
  b.pass(1min);
  ASSERT_EQ(b.ledger.all().size(), 1u);
  EXPECT_EQ(b.ledger.at(0).outcome->state, model::AttemptState::succeeded);
  EXPECT_EQ(b.ledger.at(0).output, "c-1 begins\nc-1 ends\n");
  EXPECT_TRUE(b.complaints.empty());
}

TEST(FakeCluster, EndsWhatRunsTooLongByItself) {
  Bench b;
  b.cluster.create(Bench::work("hang"));
  b.pass(20s);
  EXPECT_EQ(b.ledger.at(0).outcome->class_, model::Class::run_timeout);
}

TEST(FakeCluster, StopsWithinTheGraceAndOnlyThatUid) {
  Bench b;
  const auto made = b.cluster.create(Bench::work("hang"));
  b.pass(4s);
  b.cluster.stop("job-1", "another");
  b.pass(3s);
  EXPECT_FALSE(b.ledger.at(0).ended);
  b.cluster.stop("job-1", made.uid);
  b.pass(3s);
  ASSERT_TRUE(b.ledger.at(0).ended);
  EXPECT_EQ(b.ledger.at(0).outcome->state, model::AttemptState::canceled);
  b.ledger.closed(b.ledger.at(0).key, b.timeline.now());
  EXPECT_TRUE(b.cluster.remove("job-1", made.uid));
  EXPECT_EQ(b.cluster.size(), 0u);
}

TEST(Ledger, ComplainsOfASecondLifeOfAnOverrunAndOfWhatBeginsTooLate) {
  Bench b;
  const auto made = b.cluster.create(Bench::work("ok"));
  b.pass(1min);
  b.cluster.remove("job-1", made.uid);  // nobody was told of its end
  b.cluster.create(Bench::work("ok"));  // and it is made again
  for (std::uint32_t attempt : {2, 3}) b.cluster.create(Bench::work("hang", attempt));
  b.ledger.closed(Bench::work("hang", 3).key, b.timeline.now());
  b.pass(5s);
  std::string all;
  for (const auto& c : b.complaints) all += c + "\n";
  EXPECT_NE(all.find("is removed before the server knows"), all.npos) << all;
  EXPECT_NE(all.find("begins again"), all.npos) << all;
  EXPECT_NE(all.find("3 attempts live on c, which takes 2"), all.npos) << all;
  EXPECT_NE(all.find("after the server called it over"), all.npos) << all;
  EXPECT_NE(all.find("begins while"), all.npos) << all;
}

}  // namespace
}  // namespace sim
