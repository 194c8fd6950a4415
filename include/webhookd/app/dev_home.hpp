#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace webhookd::app {

struct DevOptions {
    std::uint16_t port = 8443;
    bool plain = false;                 // HTTP without TLS
    std::optional<std::string> forward; // URL that every event is passed on to
};

/// What `dev` keeps in its folder from one run to the next.
struct DevHome {
    std::filesystem::path folder;
    std::filesystem::path config;      // written anew by every run
    std::filesystem::path secret_file; // one secret for all endpoints, made by the first run
    std::filesystem::path certificate; // empty when plain
    std::string secret;                // the only secret that is ever printed: it guards nothing but a test
};

/// The folder beside the project that is being worked on.
inline constexpr const char* dev_folder = ".flagsmith-webhookd";

/// Makes what is missing and writes the configuration. Throws std::runtime_error where the folder cannot be written.
DevHome prepare_dev_home(const std::filesystem::path& folder, const DevOptions& options);

/// What to do now, for the person at the terminal.
std::string dev_banner(const DevHome& home, const DevOptions& options);

} // namespace webhookd::app
