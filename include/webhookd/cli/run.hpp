#pragma once

namespace webhookd::cli {

/// The whole program: parses the command line, runs one command, returns the exit status
/// (0 done, 1 failed, 2 wrong usage, 78 configuration refused). Never throws.
int run(int argc, char** argv) noexcept;

} // namespace webhookd::cli
