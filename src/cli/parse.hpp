#pragma once

#include "cli/command.hpp"

#include <string>
#include <vector>

namespace webhookd::cli {

/// Parses the arguments (without the program's name), runs the command they name, returns the exit status.
int run(std::vector<std::string> arguments, Context& context);

} // namespace webhookd::cli
