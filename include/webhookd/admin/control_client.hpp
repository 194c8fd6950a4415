#pragma once

#include "webhookd/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace webhookd::admin {

struct DaemonReply {
    unsigned status = 0;
    std::shared_ptr<const nlohmann::json> body;
};

/// Asks the daemon that runs on this store; nothing when no daemon runs. Blocks until it answered (at most two
/// minutes).
Result<std::optional<DaemonReply>> ask_daemon(const std::filesystem::path& store_directory, std::string_view method,
                                              std::string_view target, std::string_view body = {});

} // namespace webhookd::admin
