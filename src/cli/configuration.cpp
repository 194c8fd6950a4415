#include "cli/configuration.hpp"

#include "webhookd/app/builtin_sinks.hpp"

namespace webhookd::cli {

Result<config::Loaded, std::vector<config::Problem>>
read_configuration(const std::optional<std::filesystem::path>& file, config::Secrets secrets) {
    const auto surroundings = config::process_surroundings();
    const auto source = config::find_source(file, surroundings);
    if (!source) return std::vector{config::Problem{.file = "flagsmith-webhookd", .what = source.error().message}};
    return config::load(*source, app::known_sink_kinds(), surroundings, secrets);
}

config::Loaded load_configuration(Context& context, config::Secrets secrets) {
    auto loaded = read_configuration(context.config_file, secrets);
    if (!loaded) {
        for (const auto& problem : loaded.error()) context.err << problem.text() << '\n';
        throw Failure("", refused_configuration);
    }
    return std::move(*loaded);
}

void print_warnings(Context& context, const std::vector<config::Problem>& warnings) {
    for (const auto& warning : warnings) context.err << "warning: " << warning.text() << '\n';
}

} // namespace webhookd::cli
