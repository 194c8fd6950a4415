#include "cli/commands.hpp"

#include "cli/output.hpp"
#include "webhookd/app/builtin_sinks.hpp"

#include <boost/version.hpp>
#include <openssl/crypto.h>
#include <simdjson.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <toml++/toml.h>

#include <fmt/format.h>

namespace webhookd::cli {
namespace {

nlohmann::ordered_json libraries() {
    return {
        {"boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
        {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"sqlite", sqlite3_libversion()},
        {"simdjson", fmt::format("{}.{}.{}", static_cast<int>(simdjson::SIMDJSON_VERSION_MAJOR),
                                 static_cast<int>(simdjson::SIMDJSON_VERSION_MINOR),
                                 static_cast<int>(simdjson::SIMDJSON_VERSION_REVISION))},
        {"nlohmann_json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                      NLOHMANN_JSON_VERSION_PATCH)},
        {"toml++", fmt::format("{}.{}.{}", TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)},
        {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
        {"cli11", CLI11_VERSION},
    };
}

void print_text(Context& context) {
    context.out << "flagsmith-webhookd " << WEBHOOKD_VERSION << " (g++ " << __VERSION__ << ")\n";
    const auto all = libraries();
    for (const auto& [name, version] : all.items())
        context.out << fmt::format("  {:<14} {}\n", name, version.get<std::string>());
    context.out << "sinks\n";
    for (const auto& kind : app::builtin_sink_kinds())
        context.out << fmt::format("  {:<14} {}\n", kind.type, kind.summary);
}

} // namespace

Action set_up_version(CLI::App&) {
    return [](Context& context) {
        if (!context.json()) {
            print_text(context);
            return done;
        }
        auto sinks = nlohmann::ordered_json::array();
        for (const auto& kind : app::builtin_sink_kinds())
            sinks.push_back({{"type", kind.type}, {"summary", kind.summary}});
        print_json(context.out, {{"version", WEBHOOKD_VERSION},
                                 {"compiler", std::string("g++ ") + __VERSION__},
                                 {"libraries", libraries()},
                                 {"sinks", sinks}});
        return done;
    };
}

} // namespace webhookd::cli
