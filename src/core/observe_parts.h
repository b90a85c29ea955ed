#pragma once

#include <string>
#include <string_view>

#include "core/observe.h"

/// What the parts of observation share. Only for core/observe*.cc.
namespace core {

/// Bytes of a message, and of outputs as text.
inline constexpr std::size_t message_max = 4096;

/// `reason: message`, or the one there is.
std::string reason_and(std::string_view reason, std::string_view message);
/// The same after a colon; nothing when there is neither.
std::string detail(std::string_view reason, std::string_view message);
/// Cuts to `message_max` between characters.
void cut_message(std::string&);

/// It cannot start and would end like this.
void block(Observation&, const ObserveContext&, model::Outcome);
/// Says why a Pod does not run yet, and whether it ever will as it is.
void explain_waiting(const model::Pod&, const ObserveContext&, Observation&);

}  // namespace core
