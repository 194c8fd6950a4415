#pragma once

#include "config/reading.hpp"

namespace webhookd::config {

/// What concerns several keys at once: notes problems and warnings.
void check_settings(const Settings& settings, Reading& reading);

} // namespace webhookd::config
