#pragma once

#include "cli/command.hpp"
#include "webhookd/config/load.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace webhookd::cli {

/// What an operation takes where no daemon runs and it is done in this process, with the lock of the store.
enum class Needs : std::uint8_t {
    store,   // nothing else
    secrets, // of the endpoints
    sinks,   // with their secrets; they run until what was started is over
};

/// Asks the running daemon for an operation of its table (app/operations), or does it in this process where none runs.
/// Returns the body of a reply with status 200; any other ends the command with what it says. `loaded` may lack the
/// secrets: where they are needed, the configuration is read anew with them.
nlohmann::json operate(Context& context, const config::Loaded& loaded, std::string_view method, std::string_view target,
                       const nlohmann::json& body = {}, Needs needs = Needs::store);

/// A text as it may stand in a URL, as one part of a path or a value of a query.
std::string url_encoded(std::string_view text);

} // namespace webhookd::cli
