#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace json {

/// At most this many faults are kept of one input; the rest are counted.
inline constexpr std::size_t faults_max = 100;

/// Where decoding is in a tree. It is linked to the place around it and spelt out only for a fault,
/// so that a long member name costs nothing for every value below it.
class Place {
 public:
  /// The place at this pointer, which must live as long.
  explicit Place(std::string_view pointer) : name_(pointer) {}
  Place(const Place* parent, std::string_view member) : parent_(parent), name_(member) {}
  Place(const Place* parent, std::size_t index) : parent_(parent), index_(index) {}

  /// RFC 6901; names longer than 256 bytes are cut.
  std::string pointer() const;

 private:
  static constexpr std::size_t no_index = std::size_t(-1);
  const Place* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = no_index;
};

/// What a member is that nobody knows: a mistake of who wrote it, or of a version to come.
enum class Unknown { fault, passed };

/// Collects faults up to `faults_max` and counts those beyond.
class FaultLog {
 public:
  explicit FaultLog(base::Faults& faults, Unknown unknown = Unknown::fault)
      : faults_(faults), before_(faults.size()), unknown_(unknown) {
    trim();
  }
  bool passes_unknown() const { return unknown_ == Unknown::passed; }

  void add(const Place& place, std::string message) {
    if (faults_.size() < faults_max)
      faults_.push_back({place.pointer(), std::move(message)});
    else
      ++dropped_;
  }
  bool full() const { return faults_.size() >= faults_max; }
  /// Whether this log was given a fault.
  bool any() const { return dropped_ > 0 || faults_.size() > before_; }
  std::size_t dropped() const { return dropped_; }

  /// For code that appends by itself: the vector, then `trim` when it is done.
  base::Faults& raw() { return faults_; }
  void trim() {
    if (faults_.size() <= faults_max) return;
    dropped_ += faults_.size() - faults_max;
    faults_.resize(faults_max);
  }

 private:
  base::Faults& faults_;
  std::size_t before_;
  std::size_t dropped_ = 0;
  Unknown unknown_;
};

}  // namespace json
