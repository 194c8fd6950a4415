#pragma once

#include "webhookd/config/describe.hpp"
#include "webhookd/config/settings.hpp"
#include "webhookd/config/sink_kind.hpp"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <vector>

/// The effective configuration, secrets masked.
namespace webhookd::config {

struct Section {
    std::string table; // "endpoint", "listen"
    std::string name;  // of [endpoint.NAME], "" for others
    std::vector<Key> keys;
};
std::vector<Section> sections(const Settings& settings, std::span<const SinkKind> kinds);

std::string to_toml(std::span<const Section> sections);
nlohmann::ordered_json to_json(std::span<const Section> sections);

} // namespace webhookd::config
