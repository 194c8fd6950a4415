#pragma once

#include "cli/command.hpp"
#include "webhookd/config/load.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace webhookd::cli {

/// How an operation is done where no daemon runs.
enum class Lanes : std::uint8_t {
    not_needed, // on the store alone, with its lock taken
    needed,     // with the sinks running until what was started is over
};

/// Asks the running daemon for an operation of its table (app/operations), or does it in this process where none runs.
/// Returns the body of a reply with status 200; any other ends the command with what it says.
nlohmann::json operate(Context& context, const config::Loaded& loaded, std::string_view method, std::string_view target,
                       const nlohmann::json& body = {}, Lanes lanes = Lanes::not_needed);

/// A text as it may stand in a URL, as one part of a path or a value of a query.
std::string url_encoded(std::string_view text);

} // namespace webhookd::cli
