#pragma once

#include "webhookd/admin/api.hpp"

namespace webhookd::journal {
class Journal;
}
namespace webhookd::delivery {
class Delivery;
}
namespace webhookd::ingest {
class Pipeline;
}

namespace webhookd::app {

/// What operations work on; all of it outlives the Api.
struct Parts {
    journal::Journal& journal;
    delivery::Delivery& delivery;
    ingest::Pipeline& pipeline;
};

/// Everything that commands and the admin page can ask for, one line each in operations.cpp.
void add_operations(admin::Api& api, Parts parts);

} // namespace webhookd::app
