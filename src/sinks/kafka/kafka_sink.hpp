#pragma once

#include "webhookd/sink/type.hpp"

namespace webhookd::sinks {

extern const sink::SinkType kafka_sink;

} // namespace webhookd::sinks
