#include "webhookd/cli/run.hpp"

#include "cli/parse.hpp"

#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace webhookd::cli {

int run(int argc, char** argv) noexcept {
    try {
        std::ios::sync_with_stdio(false);
        const bool colour = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
        Context context{std::cout, std::cerr, colour, {}, {}};
        const int status = run(std::vector<std::string>(argv + 1, argv + argc), context);
        std::cout.flush();
        if (std::cout) return status;
        std::cerr << "flagsmith-webhookd: the output could not be written\n";
        return failed;
    } catch (...) { // not even memory for a message
        return failed;
    }
}

} // namespace webhookd::cli
