#include "app/fatal.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace webhookd::app {

void die(const std::string& why) {
    spdlog::critical("{}; ending, nothing more is acknowledged", why);
    std::_Exit(1);
}

} // namespace webhookd::app
