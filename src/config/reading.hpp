#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/config/load.hpp"
#include "webhookd/config/table_reader.hpp"

#include <toml++/toml.h>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace webhookd::config {

/// A text after `${…}` was replaced and `{ file = … }` and its like were followed.
struct Text {
    std::string value;
    std::string shown;          // for messages: the text in quotes as it was written, never what it was replaced by
    std::filesystem::path file; // where it was read from; empty where it was not
    bool is_literal = false;    // stands in the configuration as it is
};

/// What one run over a configuration shares: where it comes from and what was found.
struct Reading {
    const Source& source;
    const Surroundings& surroundings;
    Secrets secrets = Secrets::read;
    std::vector<Problem> problems;
    std::vector<Problem> warnings;
    std::vector<std::filesystem::path> watched;
    std::map<std::string, toml::source_position, std::less<>> places; // of every key that was looked at

    TableReader root(const toml::table& table);

    void problem(toml::source_position place, std::string key, std::string what, std::string hint);
    void warning(toml::source_position place, std::string key, std::string what, std::string hint);
    /// For checks after reading: the place is that of the key, or of the nearest table around it.
    void problem_at(std::string_view key, std::string what, std::string hint = {});
    void warning_at(std::string_view key, std::string what, std::string hint = {});

    /// The text of a node, or nothing after a problem was noted. `wanted` says what would do.
    std::optional<Text> text(const toml::node& node, const std::string& key, std::string_view wanted);
    /// The same where a table says `way = node`; a way is file, env or credential.
    std::optional<Text> text_from(std::string_view way, const toml::node& node, const std::string& key);
    /// The content of a file, stripped of surrounding white space; the file is watched.
    std::optional<Text> content(const std::filesystem::path& file, toml::source_position place, const std::string& key);
    std::filesystem::path resolve(const std::filesystem::path& path) const;

private:
    toml::source_position place_of(std::string_view key) const;
};

/// Where a text may come from instead of standing in the configuration.
inline constexpr std::array<std::string_view, 3> ways{"file", "env", "credential"};

/// Replaces `${NAME}` and `${NAME:-default}`; `$${` stands for `${`.
Result<std::string> expand(std::string_view text, const Surroundings& surroundings);

/// Whether others than its owner and group may read a file; false where there is none.
bool is_world_readable(const std::filesystem::path& file);

/// What a node is, for messages: "a whole number".
std::string_view kind_of(const toml::node& node);

} // namespace webhookd::config
