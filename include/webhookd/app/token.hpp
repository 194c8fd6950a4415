#pragma once

#include "webhookd/base/secret.hpp"
#include "webhookd/config/settings.hpp"

#include <memory>

namespace webhookd::app {

/// The file in the store directory that keeps the admin token where the configuration names none.
inline constexpr const char* token_file_name = "admin.token";

/// The token of the admin address: the configured one, else the one kept in the store directory, else a new one that is
/// put there. Throws std::runtime_error where the directory cannot be written.
std::shared_ptr<const Secret> admin_token(const config::Settings& settings);

} // namespace webhookd::app
