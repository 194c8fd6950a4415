#pragma once

#include "webhookd/config/compare.hpp"
#include "webhookd/config/describe.hpp"
#include "webhookd/config/read_fields.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace webhookd::config {

/// What the configuration must know of a type of sink: made from the field list of its settings.
///
///     // src/sinks/file/settings.hpp
///     struct Rotate { ByteSize size = 100_MiB; std::uint32_t keep = 10; };
///     struct Settings {
///         std::filesystem::path path;
///         enum class Sync : std::uint8_t { batch, never } sync = Sync::batch;
///         std::optional<Rotate> rotate;                 // absent: no rotation
///         std::map<std::string, Secret> headers;        // masked in every output
///     };
///     constexpr auto words(std::type_identity<Settings::Sync>) {
///         return std::array{config::Word{"batch", Settings::Sync::batch}, config::Word{"never",
///         Settings::Sync::never}};
///     }
///     constexpr auto describe(std::type_identity<Rotate>) {
///         return std::tuple{config::field("size", &Rotate::size, "a file beyond this is closed", Rules{.min = 4096}),
///                           config::field("keep", &Rotate::keep, "how many old files stay", Rules{.max = 10'000})};
///     }
///     constexpr auto describe(std::type_identity<Settings>) {
///         return std::tuple{config::field("path", &Settings::path, "the file to append to",
///                                         Rules{.required = true, .example = "\"/var/log/flagsmith/events.jsonl\""}),
///                                         …};
///     }
///     void check(const Settings& settings, config::TableReader& table);   // optional: what concerns several keys
///
///     // the constant of the folder
///     constexpr auto kind = config::sink_kind<Settings>("file", "appends to a file, with rotation");
struct SinkKind {
    std::string_view type;    // the word in `type = "…"`
    std::string_view summary; // one line for documentation and `version`

    std::shared_ptr<const void> (*read)(TableReader& table); // a Settings, filled; problems are the table's
    std::vector<Key> (*keys)(const void* settings);          // for output; nullptr: the defaults
    bool (*same)(const void* a, const void* b);              // whether a reload changes nothing
};

/// One that other builds have, known only so that a configuration that names it is told so; `takes` is what a build
/// needs to have it.
constexpr SinkKind left_out(std::string_view type, std::string_view takes) {
    return {type, takes, nullptr, nullptr, nullptr};
}

template <fields::Described S>
constexpr SinkKind sink_kind(std::string_view type, std::string_view summary) {
    return {type, summary,
            [](TableReader& table) -> std::shared_ptr<const void> {
                auto settings = std::make_shared<S>();
                read_fields(table, *settings);
                return settings;
            },
            [](const void* settings) { return keys_of(settings ? *static_cast<const S*>(settings) : S{}); },
            [](const void* a, const void* b) {
                return config::same(*static_cast<const S*>(a), *static_cast<const S*>(b));
            }};
}

} // namespace webhookd::config
