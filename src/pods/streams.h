#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/pod.h"

namespace pods {

/// Which container of which Pod writes a stream of an attempt's output.
struct Stream {
  std::string name;  ///< See model::LogChunk.
  std::string pod;
  std::string container;
};

/// The streams of one attempt in the order in which they were first seen. What was seen once stays,
/// whatever becomes of its Pod.
class Streams {
 public:
  /// Adds what containers of these Pods write that run or have run. The Pods are those of the Job
  /// `job`, or the one Pod of that name. `several`: it is a Job that makes several, so that each of
  /// them is named; else the first one is not, nor is its container `main`.
  void note(const std::string& job, bool several, std::span<const model::Pod> pods);
  /// At most model::log_streams_max.
  const std::vector<Stream>& all() const { return all_; }
  const Stream* find(const std::string& name) const;
  /// How many there are beyond those.
  std::size_t others() const { return others_; }

 private:
  bool knows(const std::string& pod, const std::string& container) const;

  std::vector<Stream> all_;
  std::string plain_;  // the Pod whose name is left out
  std::size_t others_ = 0;
};

}  // namespace pods
