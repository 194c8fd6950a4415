#pragma once

#include "webhookd/admin/api.hpp"
#include "webhookd/config/settings.hpp"
#include "webhookd/ingest/routes.hpp"

#include <functional>
#include <memory>

namespace webhookd::journal {
class Journal;
}
namespace webhookd::delivery {
class Delivery;
}

namespace webhookd::app {

/// What operations work on; all of it outlives the Api.
struct Parts {
    journal::Journal& journal;
    delivery::Delivery* delivery; // none where no daemon runs and no lanes are wanted
    std::function<std::shared_ptr<const ingest::Routes>()> routes;
    std::function<bool()> is_ready;
};

/// Everything that commands and the admin page can ask for.
void add_operations(admin::Api& api, const Parts& parts);

/// Opens the store of a configuration for a command, while no daemon runs: takes its lock. Throws std::runtime_error.
std::unique_ptr<journal::Journal> open_store(const config::Settings& settings);

} // namespace webhookd::app
