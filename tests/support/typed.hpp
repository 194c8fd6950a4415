#pragma once

#include "cli/parse.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace webhookd::test {

/// What came of a command line.
struct Typed {
    int status = 0;
    std::string out, err;
};

/// Runs a command line within this process.
inline Typed type(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    cli::Context context{out, err, false, {}, {}};
    const int status = cli::run(std::move(arguments), context);
    return {status, out.str(), err.str()};
}

} // namespace webhookd::test
