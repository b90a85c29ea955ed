#pragma once

#include <map>
#include <set>
#include <string>

#include "agent/agent.h"
#include "base/pace.h"
#include "core/reconcile.h"
#include "loop/group.h"

namespace agent {

/// One session: pulls, reconciles, reports and renews until it is told that its epoch is over.
class Session {
 public:
  /// `asked`: when the session was asked for; its lease counts from there.
  Session(loop::Executor, loop::Clock&, Link&, Executor&, const Settings&, const model::Session&,
          base::Mono asked);

  /// Ends when the epoch is over; throws what cancels it.
  loop::Task<> run();
  /// From then on nothing that this session asked for can be created any more.
  base::Mono creates_end() const;

 private:
  using Key = model::AttemptKey;
  static constexpr unsigned pace_burst = 16;

  loop::Task<> pull_loop();
  loop::Task<> renew_loop();
  loop::Task<> reconcile_loop();
  loop::Task<> log_loop();
  loop::Task<> pull_once();
  loop::Task<> renew_once();
  loop::Task<> reconcile_once();
  loop::Task<> watch_hands();

  loop::Task<> look(bool whole);
  void see(const Object&, bool removed);
  void mark(Key key) { dirty_.keys.insert(key); }
  void take(const model::Batch&);
  void act(core::Actions&);
  void hold(std::size_t orphans);
  loop::Task<> create(Key);
  loop::Task<> stop(Key, std::string name, std::string uid);
  loop::Task<> remove(Key, std::string name, std::string uid);
  loop::Task<> remove_orphan(std::string name, std::string uid, bool ended);
  loop::Task<> remove_orphan_once(std::string name, std::string uid, bool ended);
  loop::Task<> send(std::vector<model::Report>);
  void answered(const model::Report&, model::Answer);
  void settle_doubts();
  core::AgentView view() const;
  void note_health();
  loop::Task<> keep_pace(base::Pace&);
  bool may_create() const;
  bool holds_lease() const;
  void lose();

  /// What is left to send of one stream of an attempt's output.
  struct LogState {
    LogFrom from;
    std::optional<base::Mono> ended;  ///< When the attempt's end was first seen here.
    bool told = false;                ///< The server knows that there is such a stream.
    bool done = false;                ///< All of it is in the store, or given up.
  };
  loop::Task<> hear_logs();
  void note_logs(const Object&);
  void settle_logs(const Object&);
  void ask_again(const LogName&, bool soon);
  std::vector<LogName> take_unread();
  loop::Task<bool> upload_logs();
  loop::Task<std::vector<model::LogChunk>> read_logs();
  loop::Task<std::optional<model::LogChunk>> read_piece(LogName);
  void uploaded(const model::LogChunk&, const model::LogPlace&);
  void forget_logs(const Key&);

  loop::Clock& clock_;
  Link& link_;
  Executor& executor_;
  const Settings& settings_;
  model::Session session_;
  base::Mono renewed_;  // when the last answered renewal was sent
  loop::Group group_;
  loop::Bell changed_;  // something to reconcile
  base::Pace reconciles_{pace_burst}, uploads_{pace_burst};
  bool lost_ = false;

  std::uint64_t revision_ = 0;
  bool complete_ = false;
  std::map<Key, core::Held> held_;
  std::map<std::string, core::SeenObject> objects_;
  core::Scope dirty_;                 // what changed since it was last reconciled
  std::map<Key, base::Mono> doubts_;  // until when a create without an answer may take effect
  std::set<std::string> orphans_;     // being ended or removed
  std::map<std::pair<Key, std::string>, LogState> logs_;  // by stream
  std::set<LogName> unread_;                              // that there may be more of
  LogName last_read_;    // whose turn it was: the next ones come first
  loop::Bell log_news_;  // there is something in `unread_`,
  loop::Bell log_ends_;  // of what has ended, so that its end waits for it
  std::uint64_t lists_begun_ = 0, list_ = 0;
  bool listed_in_lease_ = false;   // what the list shows was made before anybody else could
  std::uint64_t must_see_ = 0;     // a list of at least this number is needed
  std::uint64_t heard_hands_ = 0;  // rings of the executor's bell before the last look
  base::Mono next_look_{};
  std::size_t creating_ = 0;
  loop::Bell renew_now_;  // there is something new to say of the cluster
  model::Health health_;  // as it is to be said
  model::Health said_;    // as it was said last
};

}  // namespace agent
