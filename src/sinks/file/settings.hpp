#pragma once

#include "webhookd/config/sink_kind.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace webhookd::sinks::file {

using config::Rules;
using config::TableReader;
using namespace webhookd::literals;

struct Rotate {
    ByteSize size = 100_MiB;
    std::optional<Duration> every;
    std::uint32_t keep = 10;
    bool compress = false;
};

struct Settings {
    std::filesystem::path path;
    std::string mode = "0640";
    std::optional<Rotate> rotate;
    bool sync = false;
};

std::optional<config::Complaint> form_mode(std::string_view text);
/// The number of a mode that has the right form.
unsigned mode_of(std::string_view text) noexcept;

constexpr auto describe(std::type_identity<Rotate>) {
    return std::tuple{
        config::field("size", &Rotate::size, "a file that would grow beyond this is closed, and a new one begun",
                      Rules{.min = 4096}),
        config::field("every", &Rotate::every, "a new file each such span of time, counted from midnight UTC",
                      Rules{.min = 60'000, .example = "\"24h\""}),
        config::field("keep", &Rotate::keep, "how many closed files stay: path.1 is the latest",
                      Rules{.min = 1, .max = 10'000}),
        config::field("compress", &Rotate::compress, "closed files are compressed: path.1.gz", Rules{})};
}

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{config::field("path", &Settings::path, "the file that is appended to",
                                    Rules{.required = true, .example = "\"/var/log/flagsmith/events.jsonl\""}),
                      config::field("mode", &Settings::mode, "permissions of a file that is made, in octal",
                                    Rules{.form = form_mode}),
                      config::field("rotate", &Settings::rotate, "when a new file is begun; absent: never",
                                    Rules{.example = "{ size = \"100MiB\", keep = 10 }"}),
                      config::field("sync", &Settings::sync,
                                    "an event counts as delivered only when it is on stable storage", Rules{})};
}

} // namespace webhookd::sinks::file
