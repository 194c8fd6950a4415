#pragma once

#include "webhookd/config/settings.hpp"
#include "webhookd/journal/journal.hpp"

namespace webhookd::app {

/// What of the configuration concerns the journal.
journal::Settings journal_settings(const config::Settings& all);

} // namespace webhookd::app
