#include "webhookd/cli/run.hpp"

namespace webhookd::cli {

int run(int, char**) noexcept {
    return 2;
}

} // namespace webhookd::cli
