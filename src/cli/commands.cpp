#include "cli/commands.hpp"

#include <array>

namespace webhookd::cli {
namespace {

constexpr std::array all{
    Command{.name = "version",
            .summary = "versions of everything, and the built-in sinks",
            .set_up = set_up_version,
            .lists = true},
};

} // namespace

std::span<const Command> commands() {
    return all;
}

} // namespace webhookd::cli
