#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/config/problem.hpp"
#include "webhookd/config/settings.hpp"
#include "webhookd/config/sink_kind.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// From a file to Settings, or to everything that is wrong with it.
namespace webhookd::config {

/// What the configuration may ask of the process it is read in.
struct Surroundings {
    std::function<std::optional<std::string>(const std::string& name)> variable; // of the environment
};
Surroundings process_surroundings();

/// The text of a configuration and where it came from.
struct Source {
    std::string name; // for messages: the path, or "$FLAGSMITH_WEBHOOKD_CONFIG"
    std::string text;
    std::filesystem::path file;      // empty for the environment variable
    std::filesystem::path directory; // what relative paths are relative to
};

/// Finds the configuration (contract: section 1): `file` where --config named one, else
/// $FLAGSMITH_WEBHOOKD_CONFIG_FILE, the text in $FLAGSMITH_WEBHOOKD_CONFIG, ./.flagsmith-webhookd/config.toml where it
/// exists, /etc/flagsmith-webhookd/config.toml.
Result<Source> find_source(const std::optional<std::filesystem::path>& file, const Surroundings& surroundings);

struct Loaded {
    Settings settings;
    std::vector<Problem> warnings;
    std::vector<std::filesystem::path> watched; // secrets, certificates, tokens: a change of one calls for a reload
};

/// Whether the secrets themselves are wanted. Commands that do without them also work where they cannot be read:
/// systemd hands credentials to the service alone.
enum class Secrets : std::uint8_t {
    read,
    leave, // values stay empty, files of certificates are not looked at
};

/// Reads the text: the first syntax error, or else every problem at once, in the order of the text. Reads the files of
/// secrets and looks whether those of certificates can be read; touches nothing else. `kinds` are the types of sinks
/// that are built in, and those that are left out.
Result<Loaded, std::vector<Problem>> load(const Source& source, std::span<const SinkKind> kinds,
                                          const Surroundings& surroundings, Secrets secrets = Secrets::read);

/// What of a change a reload cannot bring about: "listen.address", … Empty: everything can be changed at once.
std::vector<std::string> needs_restart(const Settings& before, const Settings& after);

/// Whether two sinks of the same name differ in anything, so that their lane must be made anew.
bool same_sink(const Sink& before, const Sink& after, std::span<const SinkKind> kinds);

} // namespace webhookd::config
