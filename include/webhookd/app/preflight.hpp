#pragma once

#include "webhookd/config/problem.hpp"
#include "webhookd/config/settings.hpp"

#include <string>
#include <vector>

namespace webhookd::app {

/// What stands in the way of `serve` beside the configuration itself. Changes nothing, binds nothing, takes no lock: a
/// daemon may be running meanwhile.
struct Preflight {
    std::vector<config::Problem> problems; // serve would refuse
    std::vector<config::Problem> warnings; // unwise
};
Preflight preflight(const config::Settings& settings);

/// Reaches out to every sink once, as its lane would at start.
struct Probe {
    std::string sink;
    std::string error; // "" for one that answered
};
std::vector<Probe> probe_sinks(const config::Settings& settings);

} // namespace webhookd::app
