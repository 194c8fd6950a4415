#pragma once

#include "webhookd/base/secret.hpp"

#include <filesystem>
#include <string>

/// What commands read.
namespace webhookd::cli {

/// The bytes of a file, or of standard input for "-"; ends the command where they cannot be read.
std::string read_input(const std::string& file);

/// A secret as the configuration reads it: without surrounding white space, never empty.
Secret read_secret(const std::filesystem::path& file);

} // namespace webhookd::cli
