#include "app/operations.hpp"

#include "webhookd/ingest/pipeline.hpp"

#include <nlohmann/json.hpp>

namespace webhookd::app {

using admin::Call;
using admin::Reply;

void add_operations(admin::Api& api, Parts parts) {
    api.add({"GET", "/api/v1/health", "whether events can be stored", [parts](const Call&) {
                 return Reply::ok({{"status", parts.pipeline.is_ready() ? "ok" : "events cannot be stored"}});
             }});
}

} // namespace webhookd::app
