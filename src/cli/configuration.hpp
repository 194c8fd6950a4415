#pragma once

#include "cli/command.hpp"
#include "webhookd/config/load.hpp"

namespace webhookd::cli {

/// The configuration of --config, or where else it is (contract: section 1). Problems go to stderr; a configuration
/// that is refused or missing ends the command with status 78. Ask for secrets only where they are used.
config::Loaded load_configuration(Context& context, config::Secrets secrets = config::Secrets::leave);

/// The same with secrets, without ending the command or printing: for the daemon's reload and for `check`.
Result<config::Loaded, std::vector<config::Problem>>
read_configuration(const std::optional<std::filesystem::path>& file, config::Secrets secrets = config::Secrets::read);

/// What `check` and `serve` say on stderr of a configuration that is accepted.
void print_warnings(Context& context, const std::vector<config::Problem>& warnings);

} // namespace webhookd::cli
