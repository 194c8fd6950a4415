#pragma once

#include "webhookd/sink/type.hpp"

namespace webhookd::sinks {

extern const sink::SinkType exec_sink;

} // namespace webhookd::sinks
