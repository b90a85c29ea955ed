#include "pods/log_text.h"

#include <algorithm>

namespace pods {
namespace {

using namespace std::chrono_literals;

/// `2026-11-21T03:25:41.000123456+01:00`, and a little more.
constexpr std::size_t stamp_bytes_max = 40;
/// Two writers may stamp lines in another order than they come in; never by so much.
constexpr base::Micros disorder_max = 1s;

}  // namespace

LogText::LogText(std::uint64_t start, const std::vector<core::LineTime>& known) : start_(start) {
  if (known.size() < 2) return;
  first_ = known.front().at;
  last_ = known.back();
  same_ = known.size() - 1;
}

void LogText::begin() {
  mode_ = first_ && last_ ? Mode::undecided : Mode::counting;
  position_ = base_;
  head_.clear();
  in_head_ = true;
}

void LogText::begin_next() {
  end_line();
  base_ = end();
  first_.reset();
  last_.reset();
  begin();
}

void LogText::feed(std::string_view piece) {
  while (!piece.empty()) {
    if (!in_head_) {
      const auto end = piece.find('\n');
      const auto n = end == piece.npos ? piece.size() : end + 1;
      text(piece.substr(0, n));
      piece.remove_prefix(n);
      in_head_ = end != piece.npos;
      continue;
    }
    const auto room = piece.substr(0, stamp_bytes_max - head_.size());
    const auto n = std::min(room.find_first_of(" \n"), room.size());
    head_ += piece.substr(0, n);
    piece.remove_prefix(n);
    // The rest of it comes with the next piece.
    if (piece.empty() && head_.size() < stamp_bytes_max) return;
    const auto head = std::exchange(head_, {});
    in_head_ = false;
    if (!piece.empty() && piece.front() == ' ')
      if (const auto time = base::parse_time(head)) {
        piece.remove_prefix(1);
        open_line(*time);
        continue;
      }
    text(head);
  }
}

void LogText::finish() {
  text(std::exchange(head_, {}));
  if (mode_ == Mode::searching) torn_ = true;
}

/// Whether a rotated log is still at lines that are known, or that come before them.
bool LogText::is_known_line(base::Time time) {
  if (time == last_->at && --wanted_ == 0) {
    mode_ = Mode::counting;
    position_ = last_->offset;
    return true;
  }
  if (time <= last_->at + disorder_max) return true;
  tear();
  return false;
}

void LogText::open_line(base::Time time) {
  if (mode_ == Mode::undecided) {
    mode_ = time == first_ ? Mode::counting : Mode::searching;
    wanted_ = same_;
  }
  if (mode_ == Mode::searching && is_known_line(time)) return;
  if (position_ == base_ && !first_) first_ = time;
  if (position_ >= end()) times_.push_back({position_, time});
  if (last_ && position_ <= last_->offset) return;
  same_ = last_ && time == last_->at ? same_ + 1 : 1;
  last_ = {position_, time};
}

void LogText::text(std::string_view bytes) {
  if (bytes.empty() || mode_ == Mode::searching) return;
  mode_ = Mode::counting;
  const auto known = std::min<std::uint64_t>(end() - std::min(position_, end()), bytes.size());
  position_ += bytes.size();
  bytes.remove_prefix(std::size_t(known));
  if (bytes.empty()) return;
  bytes_ += bytes;
  ends_line_ = bytes.back() == '\n';
}

/// What follows is not the rest of the line that is known so far.
void LogText::end_line() {
  if (ends_line_) return;
  bytes_ += '\n';
  ends_line_ = true;
}

void LogText::tear() {
  torn_ = true;
  end_line();
  mode_ = Mode::counting;
  base_ = position_ = end();
  first_.reset();
  last_.reset();
}

void LogText::drop(std::uint64_t offset) {
  const auto n = std::min<std::uint64_t>(offset - std::min(offset, start_), bytes_.size());
  bytes_.erase(0, std::size_t(n));
  start_ += n;
  const auto rest = std::ranges::lower_bound(times_, start_, {}, &core::LineTime::offset);
  times_.erase(times_.begin(), rest);
  // Most logs are silent most of the time.
  if (bytes_.empty()) bytes_.shrink_to_fit();
  if (times_.empty()) times_.shrink_to_fit();
}

agent::LogPiece LogText::peek(std::size_t max) const {
  auto n = std::min(max, bytes_.size());
  if (times_.size() > piece_lines_max)
    n = std::min(n, std::size_t(times_[piece_lines_max].offset - start_));
  agent::LogPiece piece{.bytes = bytes_.substr(0, n)};
  for (const auto& time : times_) {
    if (time.offset >= start_ + n) break;
    piece.times.push_back(time);
  }
  return piece;
}

}  // namespace pods
