#include "webhookd/config/load.hpp"

#include "config/checks.hpp"
#include "config/fields.hpp"
#include "config/reading.hpp"
#include "webhookd/base/text.hpp"

#include <algorithm>
#include <tuple>

namespace webhookd::config {
namespace {

template <class S>
void read_section(TableReader& root, std::string_view name, S& settings) {
    if (auto table = root.table(name)) {
        read_fields(*table, settings);
        table->refuse_unknown();
    }
}

/// Calls `read` for each [section.NAME], in the order of the file.
template <class Read>
void read_named(TableReader& root, std::string_view section, const Read& read) {
    auto all = root.table(section);
    if (!all) return;
    for (const auto& name : all->names()) {
        const auto is_fit = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                   c == '.';
        };
        constexpr std::size_t longest = 64;
        if (name.empty() || name.size() > longest || !std::all_of(name.begin(), name.end(), is_fit)) {
            all->problem(name, "is no fit name", "up to 64 letters, digits, \"_\", \"-\" and \".\" would do");
            continue;
        }
        if (auto table = all->table(name)) {
            read(name, *table);
            table->refuse_unknown();
        }
    }
}

const SinkKind* find_kind(std::string_view type, std::span<const SinkKind> kinds) {
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.type == type; });
    return found == kinds.end() ? nullptr : &*found;
}

/// Whether the sink's type is known; without it, nothing can be said of the keys.
bool read_sink(TableReader& table, Sink& sink, std::span<const SinkKind> kinds) {
    read_fields(table, sink);
    const auto* kind = find_kind(sink.type, kinds);
    if (kind != nullptr && kind->read != nullptr) {
        sink.own = kind->read(table);
        return true;
    }
    if (sink.type.empty()) return false;
    std::vector<std::string_view> types;
    std::string all;
    for (const auto& one : kinds) {
        types.push_back(one.type);
        if (one.read == nullptr) continue;
        all += (all.empty() ? "" : ", ") + std::string(one.type);
    }
    std::string hint = "there are " + all;
    if (kind != nullptr)
        hint = "a build with " + std::string(kind->summary) + " has it; here " + hint;
    else if (const auto near = did_you_mean(sink.type, types))
        hint += "; did you mean \"" + std::string(*near) + "\"?";
    table.problem("type", "\"" + sink.type + "\" is no type of sink in this build", hint);
    return false;
}

void read_settings(TableReader& root, Settings& settings, std::span<const SinkKind> kinds) {
    read_section(root, "listen", settings.listen);
    read_named(root, "endpoint", [&](const std::string& name, TableReader& table) {
        settings.endpoints.emplace_back().name = name;
        read_fields(table, settings.endpoints.back());
    });
    read_section(root, "store", settings.store);
    read_section(root, "admin", settings.admin);
    read_section(root, "log", settings.log);
    read_named(root, "sink", [&](const std::string& name, TableReader& table) {
        settings.sinks.emplace_back().name = name;
        if (!read_sink(table, settings.sinks.back(), kinds))
            for (const auto& key : table.names()) table.expect(key);
    });
    root.refuse_unknown();
}

void sort_by_place(std::vector<Problem>& problems) {
    std::stable_sort(problems.begin(), problems.end(), [](const auto& a, const auto& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
}

} // namespace

Result<Loaded, std::vector<Problem>> load(const Source& source, std::span<const SinkKind> kinds,
                                          const Surroundings& surroundings, Secrets secrets) {
    Reading reading{source, surroundings, secrets, {}, {}, {}, {}};
    toml::table toml;
    try {
        toml = toml::parse(source.text, source.name);
    } catch (const toml::parse_error& error) {
        const auto place = error.source().begin;
        reading.problem(place, "", std::string(error.description()), "");
        return std::move(reading.problems);
    }
    Loaded loaded;
    loaded.settings.file = source.file;
    auto root = reading.root(toml);
    read_settings(root, loaded.settings, kinds);
    check_settings(loaded.settings, reading);
    sort_by_place(reading.problems);
    sort_by_place(reading.warnings);
    if (!reading.problems.empty()) return std::move(reading.problems);
    loaded.warnings = std::move(reading.warnings);
    loaded.watched = std::move(reading.watched);
    return loaded;
}

std::vector<std::string> needs_restart(const Settings& before, const Settings& after) {
    std::vector<std::string> keys;
    keys_that_need_restart(before.listen, after.listen, "listen", keys);
    keys_that_need_restart(before.store, after.store, "store", keys);
    keys_that_need_restart(before.admin, after.admin, "admin", keys);
    keys_that_need_restart(before.log, after.log, "log", keys);
    return keys;
}

bool same_sink(const Sink& before, const Sink& after, std::span<const SinkKind> kinds) {
    if (!same(before, after)) return false;
    const auto* kind = find_kind(after.type, kinds);
    return kind != nullptr && before.own && after.own && kind->same(before.own.get(), after.own.get());
}

} // namespace webhookd::config
