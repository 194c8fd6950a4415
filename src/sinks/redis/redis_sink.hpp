#pragma once

#include "webhookd/sink/type.hpp"

namespace webhookd::sinks {

extern const sink::SinkType redis_sink;

} // namespace webhookd::sinks
