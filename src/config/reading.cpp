#include "config/reading.hpp"

#include "webhookd/base/file.hpp"
#include "webhookd/base/text.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace webhookd::config {
namespace {

constexpr std::size_t max_secret_bytes = 64 * 1024; // a bound on what a `{ file = … }` may hold

} // namespace

bool is_world_readable(const std::filesystem::path& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
    case toml::node_type::table:
        return "a table";
    case toml::node_type::array:
        return "a list";
    case toml::node_type::string:
        return "a text";
    case toml::node_type::integer:
        return "a whole number";
    case toml::node_type::floating_point:
        return "a number";
    case toml::node_type::boolean:
        return "a truth value";
    default:
        return "a date or time";
    }
}

void Reading::problem(toml::source_position place, std::string key, std::string what, std::string hint) {
    problems.push_back({source.name, place.line, place.column, std::move(key), std::move(what), std::move(hint)});
}

void Reading::warning(toml::source_position place, std::string key, std::string what, std::string hint) {
    warnings.push_back({source.name, place.line, place.column, std::move(key), std::move(what), std::move(hint)});
}

toml::source_position Reading::place_of(std::string_view key) const {
    for (;;) {
        if (const auto found = places.find(key); found != places.end()) return found->second;
        const auto dot = key.rfind('.');
        if (dot == std::string_view::npos) return {};
        key = key.substr(0, dot);
    }
}

void Reading::problem_at(std::string_view key, std::string what, std::string hint) {
    problem(place_of(key), std::string(key), std::move(what), std::move(hint));
}

void Reading::warning_at(std::string_view key, std::string what, std::string hint) {
    warning(place_of(key), std::string(key), std::move(what), std::move(hint));
}

std::filesystem::path Reading::resolve(const std::filesystem::path& path) const {
    return path.empty() || path.is_absolute() ? path : (source.directory / path).lexically_normal();
}

std::optional<Text> Reading::text(const toml::node& node, const std::string& key, std::string_view wanted) {
    if (const auto* string = node.as_string()) {
        const auto& written = string->get();
        auto value = expand(written, surroundings);
        if (!value) {
            problem(node.source().begin, key, value.error().message,
                    "\"${NAME:-default}\" gives a default, \"$${\" stands for \"${\"");
            return {};
        }
        return Text{std::move(*value), "\"" + written + "\"", {}, written.find("${") == std::string::npos};
    }
    if (const auto* table = node.as_table()) {
        if (table->size() == 1)
            for (const auto way : ways)
                if (const auto* name = table->get(way)) return text_from(way, *name, key);
        for (const auto& [name, value] : *table)
            if (std::find(ways.begin(), ways.end(), name.str()) == ways.end()) {
                problem(name.source().begin, key + "." + std::string(name.str()), "unknown key",
                        "a text comes from one of file, env and credential");
                return {};
            }
        if (table->size() > 1) {
            problem(table->source().begin, key, "says more than once where the text comes from",
                    "one of file, env and credential would do");
            return {};
        }
    }
    problem(node.source().begin, key, "is " + std::string(kind_of(node)), std::string(wanted) + " would do");
    return {};
}

std::optional<Text> Reading::text_from(std::string_view way, const toml::node& node, const std::string& key) {
    const auto place = node.source().begin;
    const auto name_key = key + "." + std::string(way);
    if (!node.is_string()) {
        problem(place, name_key, "is " + std::string(kind_of(node)), "a text would do");
        return {};
    }
    const auto name = text(node, name_key, "a text");
    if (!name) return {};
    if (name->value.empty()) {
        problem(place, name_key, "is empty", "");
        return {};
    }
    if (way == "file") return content(resolve(name->value), place, name_key);
    if (way == "credential") {
        const auto directory = surroundings.variable("CREDENTIALS_DIRECTORY");
        if (directory) return content(std::filesystem::path(*directory) / name->value, place, name_key);
        problem(place, name_key, "no credentials were handed to this process",
                "LoadCredential=" + name->value + ":/path in the systemd unit");
        return {};
    }
    auto value = surroundings.variable(name->value);
    if (value) return Text{std::move(*value), "the value of $" + name->value, {}, false};
    problem(place, name_key, "the environment variable " + name->value + " is not set", "");
    return {};
}

std::optional<Text> Reading::content(const std::filesystem::path& file, toml::source_position place,
                                     const std::string& key) {
    watched.push_back(file); // also when it cannot be read: it may come to be
    auto content = read_file(file, max_secret_bytes);
    if (content) return Text{std::string(trim(*content)), "the content of " + file.string(), file, false};
    problem(place, key, content.error().message, "");
    return {};
}

std::string Problem::text() const {
    std::string out = file;
    if (line != 0) out += ":" + std::to_string(line) + ":" + std::to_string(column);
    out += key.empty() ? ": " : " " + key + ": ";
    out += what;
    if (!hint.empty()) out += " (" + hint + ")";
    return escape(out);
}

} // namespace webhookd::config
