#pragma once

#include "cli/command.hpp"
#include "webhookd/config/load.hpp"

namespace webhookd::cli {

/// The configuration of --config, or where else it is (contract: section 1). Problems and warnings go to stderr; a
/// configuration that is refused or missing ends the command with status 78.
config::Loaded load_configuration(Context& context);

/// The same without ending the command or printing, for the daemon's reload and for `check`.
Result<config::Loaded, std::vector<config::Problem>>
read_configuration(const std::optional<std::filesystem::path>& file);

} // namespace webhookd::cli
