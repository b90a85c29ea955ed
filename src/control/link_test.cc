#include "control/testing.h"
#include "store/assignments.h"
#include "store/attempts.h"
#include "store/logs.h"

namespace control {
namespace {

using namespace control::testing;
using model::Answer;
using model::AssignmentState;
using model::JobState;
using model::RunState;
using model::Sight;

TEST(Link, CarriesAJobFromItsOfferToItsLastTrace) {
  Room room;
  const auto epoch = room.open()->epoch;
  const auto id = room.submit(two_jobs)->id;
  const auto first = room.pull(epoch).at(0);
  ASSERT_TRUE(first.work);
  EXPECT_EQ(first.work->command, (std::vector<std::string>{"sh", "-c", "true"}));
  EXPECT_FALSE(first.work->payload) << "a run without one is not a run with an empty one";
  EXPECT_EQ(room.report(epoch, saw(first, Sight::created)), Answer::acked);
  EXPECT_EQ(room.state(id), JobState::starting);
  EXPECT_EQ(room.report(epoch, saw(first, Sight::running)), Answer::acked);
  EXPECT_EQ(room.state(id), JobState::running);
  EXPECT_EQ(room.report(epoch, saw_end(first, good)), Answer::acked);
  EXPECT_EQ(room.state(id), JobState::succeeded);
  // The child was placed and offered in the same transaction.
  EXPECT_EQ(room.state(id, 1), JobState::starting);
  EXPECT_EQ(room.pull(epoch, first.revision).at(0).key.job, 1u);
  EXPECT_EQ(room.report(epoch, saw(first, Sight::gone)), Answer::acked);
  EXPECT_EQ(room.report(epoch, saw(first, Sight::gone)), Answer::stale);
  EXPECT_EQ(store::rows_of(room, id)["assignments"], 1);
}

TEST(Link, KeepsASecondAgentOutUntilTheLeaseEnds) {
  Room room;
  const auto first = room.open("hand-1")->epoch;
  const auto refused = room.open("hand-2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "session_held");
  room.clock.advance(room.scene.limits.lease);
  const auto second = room.open("hand-2");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->epoch, first + 1);
  const auto stale = room.await(room.link.renew("east", {first, {}}));
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, "stale_epoch");
  EXPECT_FALSE(room.await(room.link.pull("east", first, 0, room.clock.mono())));
  EXPECT_FALSE(room.await(room.link.upload("east", first, {})));
  EXPECT_FALSE(room.await(room.link.close("east", first)));
  EXPECT_TRUE(room.await(room.link.close("east", second->epoch)));
  EXPECT_TRUE(room.open("hand-3"));
}

// What was marked unreachable meanwhile has to be told anew.
TEST(Link, EndsASessionWhoseLeaseEnded) {
  Room room;
  const auto epoch = room.open()->epoch;
  room.clock.advance(room.scene.limits.lease - 1us);
  EXPECT_TRUE(room.await(room.link.renew("east", {epoch, {}})));
  room.clock.advance(room.scene.limits.lease);
  EXPECT_FALSE(room.await(room.link.renew("east", {epoch, {}})));
  EXPECT_EQ(room.open()->epoch, epoch + 1);
}

TEST(Link, TellsASessionWhatIsHeldAndWhatWasConfirmed) {
  Room room;
  const auto opened = room.open();
  EXPECT_EQ(opened->prune, model::Prune::usual);
  const auto renew = [&](std::uint64_t epoch, std::uint32_t held) {
    return room.await(room.link.renew("east", {epoch, {.prune_held = held}}))->prune;
  };
  renew(opened->epoch, 3);
  EXPECT_EQ(renew(opened->epoch, 0), model::Prune::held);
  const auto next = room.open();
  EXPECT_EQ(next->prune, model::Prune::held) << "whoever comes next is told, too";
  room.write([](store::Tx& tx) { store::confirm_prune(tx, "east"); });
  EXPECT_EQ(renew(next->epoch, 3), model::Prune::confirmed);
}

TEST(Link, MarksAnAttemptWhoseNodeIsSilentUntilItIsSeenAgain) {
  Room room;
  const auto [epoch, id, a] = room.live(one_job);
  EXPECT_EQ(room.report(epoch, saw(a, Sight::unreachable)), Answer::acked);
  EXPECT_TRUE(room.job(id, 0).unreachable);
  EXPECT_EQ(room.report(epoch, saw(a, Sight::running)), Answer::acked);
  EXPECT_FALSE(room.job(id, 0).unreachable);
}

TEST(Link, ForgetsAClusterWithAllThatWasOnIt) {
  Room room;
  const auto [epoch, id, a] = room.live(one_job);
  const auto other = room.submit(one_job)->id;
  room.write([&](store::Tx& tx) {
    Touched touched;
    EXPECT_FALSE(forget_cluster(tx, room.scene, "east", touched));
    EXPECT_TRUE(touched.queue);
  });
  EXPECT_EQ(room.run_state(id), RunState::failed);
  const auto lost = room.read([&](store::Tx& tx) { return store::list_attempts(tx, id, 0); });
  EXPECT_EQ(lost.at(0).outcome.class_, model::Class::lost);
  EXPECT_EQ(lost.at(0).outcome.message, "its cluster was forgotten by an operator");
  EXPECT_EQ(store::rows_of(room, id)["assignments"], 0);
  EXPECT_EQ(store::rows_of(room, other)["assignments"], 0);
  EXPECT_FALSE(room.open());
  EXPECT_FALSE(room.await(room.link.renew("east", {epoch, {}})));
}

TEST(Link, OffersAgainOnlyWhatALaterSessionSaysIsAbsent) {
  Room room;
  const auto before = room.open()->epoch;
  const auto id = room.submit(one_job)->id;
  const auto mine = room.pull(before).at(0);
  // Of its own offer an agent cannot say that it is not there: it has to make it.
  EXPECT_EQ(room.report(before, saw(mine, Sight::absent, "")), Answer::refused);
  const auto after = room.open()->epoch;
  const auto inherited = room.pull(after).at(0);
  EXPECT_FALSE(inherited.work) << "whether it exists is not known yet";
  EXPECT_EQ(room.report(after, saw(inherited, Sight::absent, "")), Answer::acked);
  const auto again = room.pull(after, inherited.revision).at(0);
  EXPECT_TRUE(again.work);
  EXPECT_GT(again.revision, inherited.revision);
  // An answer about the older offer says nothing of this one.
  EXPECT_EQ(room.report(after, saw(inherited, Sight::absent, "")), Answer::refused);
  EXPECT_EQ(room.job(id, 0).attempt, 1u);
}

TEST(Link, RefusesAnotherObjectUnderTheSameName) {
  Room room;
  const auto epoch = room.open()->epoch;
  const auto id = room.submit(one_job)->id;
  const auto a = room.pull(epoch).at(0);
  room.report(epoch, saw(a, Sight::created, "u1"));
  EXPECT_EQ(room.report(epoch, saw(a, Sight::running, "u2")), Answer::refused);
  EXPECT_EQ(room.report(epoch, saw_end(a, good, "u2")), Answer::refused);
  EXPECT_EQ(room.state(id), JobState::starting);
}

TEST(Link, TakesWhatVanishedForDeletedAndNeverForSuccess) {
  Room room;
  const auto [epoch, id, a] = room.live(one_job);
  EXPECT_EQ(room.report(epoch, saw(a, Sight::absent)), Answer::acked);
  // Somebody else removed it: that is tried again for free.
  EXPECT_EQ(room.job(id, 0).deleted, 1u);
  EXPECT_EQ(room.job(id, 0).burned, 0u);
  EXPECT_EQ(room.state(id), JobState::backing_off);
}

TEST(Link, ChangesNothingWhenAReportComesTwice) {
  Room room;
  const auto [epoch, id, a] = room.live(one_job);
  room.report(epoch, saw_end(a, bad));
  EXPECT_EQ(room.run_state(id), RunState::failed);
  const auto rows = store::rows_of(room, id);
  EXPECT_EQ(room.report(epoch, saw_end(a, bad)), Answer::stale);
  EXPECT_EQ(room.report(epoch, saw(a, Sight::running)), Answer::stale);
  EXPECT_EQ(room.report(epoch, saw_end(a, good)), Answer::stale);
  EXPECT_EQ(room.run_state(id), RunState::failed) << "final is final";
  auto later = store::rows_of(room, id);
  EXPECT_EQ(later, rows);
}

TEST(Link, StoresPiecesOfALogOnceAndInOrder) {
  Room room;
  const auto [epoch, id, a] = room.live(one_job);
  EXPECT_EQ(room.upload(epoch, a.key, 0, "hello "), 6);
  EXPECT_EQ(room.upload(epoch, a.key, 0, "hello "), 6) << "it was sent twice";
  EXPECT_EQ(room.upload(epoch, a.key, 9, "?"), 6) << "bytes before it are missing";
  EXPECT_EQ(room.upload(epoch, a.key, 6, "world"), 11);
  EXPECT_EQ(room.read([&](store::Tx& tx) { return store::read_log(tx, a.key, "", 0, 100); }).bytes,
            "hello world");
  auto foreign = a.key;
  foreign.attempt = 7;
  EXPECT_EQ(room.upload(epoch, foreign, 0, "x"), -1);
}

TEST(Link, KeepsHeadAndTailOfALogBeyondItsLimitAndSaysSo) {
  Room room({.log_bytes_max = 8});
  const auto [epoch, id, a] = room.live(one_job);
  EXPECT_EQ(room.upload(epoch, a.key, 0, "12345"), 5);
  EXPECT_EQ(room.upload(epoch, a.key, 7, "89ab"), 5) << "bytes before it are missing";
  EXPECT_EQ(room.upload(epoch, a.key, 5, "6789ab"), 11);
  EXPECT_EQ(room.upload(epoch, a.key, 11, "cdef"), 15) << "its end is wanted, too";
  EXPECT_EQ(room.upload(epoch, {.key = a.key, .offset = 15, .last = true, .note = "complete"}), 15);
  EXPECT_EQ(room.upload(epoch, a.key, 15, "more"), -1) << "it said that nothing follows";
  const auto part = [&](std::uint64_t from) {
    return room.read([&](store::Tx& tx) { return store::read_log(tx, a.key, "", from, 100); });
  };
  EXPECT_EQ(part(0).bytes, "1234");
  EXPECT_EQ(part(4).bytes, "cdef");
  EXPECT_EQ(part(4).offset, 11u);
  const auto logs = room.read([&](store::Tx& tx) { return store::read_logs(tx, a.key); });
  EXPECT_EQ(logs.streams.at(0).note, "cut: 7 bytes in the middle were left out");
}

TEST(Link, HearsOfAllStreamsWithTheEndOfAnAttempt) {
  Room room;
  const auto [epoch, id, a] = room.live(one_job);
  const auto logs = [&] {
    return room.read([&](store::Tx& tx) { return store::read_logs(tx, a.key); });
  };
  room.upload(epoch, {.key = a.key, .stream = "init", .last = true, .note = "complete"});
  auto end = saw_end(a, good);
  end.streams = {"", "init", "side"};
  EXPECT_EQ(room.report(epoch, end), Answer::acked);
  EXPECT_EQ(logs().streams.size(), 3u);
  EXPECT_TRUE(logs().grows);
  room.upload(epoch, {.key = a.key, .bytes = {"x"}, .last = true, .note = "complete"});
  EXPECT_TRUE(logs().grows);
  EXPECT_EQ(room.report(epoch, saw(a, Sight::gone)), Answer::acked);
  EXPECT_FALSE(logs().grows);
  EXPECT_EQ(logs().streams[0].note, "complete");
  EXPECT_EQ(logs().streams[2].note, "lost: the object went before all of it was stored");
}

TEST(Link, TellsWithARenewalWhatSomebodyFollowsThere) {
  Room room;
  const auto [epoch, id, a] = room.live(one_job);
  const auto followed = [&, epoch = epoch] {
    return room.await(room.link.renew("east", {epoch, {}}))->followed;
  };
  EXPECT_EQ(followed(), std::vector<model::AttemptKey>());
  auto elsewhere = a.key;
  ++elsewhere.attempt;
  room.scene.followed = {a.key, a.key, elsewhere};
  EXPECT_EQ(followed(), std::vector{a.key});
}

TEST(Link, OffersNoMoreThanTheWindow) {
  Room room({.offers_max = 2});
  const auto epoch = room.open()->epoch;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(room.submit(one_job));
  auto offered = room.pull(epoch);
  ASSERT_EQ(offered.size(), 2u);
  EXPECT_EQ(room.report(epoch, saw(offered[0], Sight::created, "a")), Answer::acked);
  EXPECT_EQ(room.pull(epoch, offered[1].revision).size(), 1u) << "one left its place to another";
}

TEST(Link, LeavesWorkWhereItIsWhileNoAgentIsThere) {
  Room room;
  const auto id = room.submit(one_job)->id;
  EXPECT_EQ(room.state(id), JobState::queued);
  const auto epoch = room.open("hand-1", 1)->epoch;
  EXPECT_EQ(room.state(id), JobState::starting) << "placed with the opening of the session";
  const auto second = room.submit(one_job)->id;
  EXPECT_EQ(room.state(second), JobState::queued) << "it has room for one";
  const auto a = room.pull(epoch).at(0);
  room.report(epoch, saw_end(a, good));
  EXPECT_EQ(room.state(second), JobState::starting);
}

}  // namespace
}  // namespace control
