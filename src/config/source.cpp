#include "webhookd/config/load.hpp"

#include "webhookd/base/file.hpp"

#include <cstdlib>

namespace webhookd::config {
namespace {

constexpr std::size_t max_config_bytes = 1u << 20;

Result<Source> read_source(const std::filesystem::path& file) {
    auto text = read_file(file, max_config_bytes);
    if (!text) return text.error();
    return Source{file.string(), std::move(*text), file, file.parent_path()};
}

} // namespace

Surroundings process_surroundings() {
    return {[](const std::string& name) -> std::optional<std::string> {
        if (const char* value = std::getenv(name.c_str())) return value;
        return {};
    }};
}

Result<Source> find_source(const std::optional<std::filesystem::path>& file, const Surroundings& surroundings) {
    if (file) return read_source(*file);
    if (const auto named = surroundings.variable("FLAGSMITH_WEBHOOKD_CONFIG_FILE"); named && !named->empty())
        return read_source(*named);
    if (auto text = surroundings.variable("FLAGSMITH_WEBHOOKD_CONFIG"); text && !text->empty())
        return Source{"$FLAGSMITH_WEBHOOKD_CONFIG", std::move(*text), {}, std::filesystem::current_path()};
    const std::filesystem::path of_dev = ".flagsmith-webhookd/config.toml";
    const std::filesystem::path of_system = "/etc/flagsmith-webhookd/config.toml";
    std::error_code error;
    if (std::filesystem::exists(of_dev, error)) return read_source(of_dev);
    if (std::filesystem::exists(of_system, error)) return read_source(of_system);
    return Error{"there is no configuration: neither ", of_dev.native(), " nor ", of_system.native(),
                 " exists (`flagsmith-webhookd config example` prints one; --config FILE names one elsewhere)"};
}

} // namespace webhookd::config
