#include "webhookd/config/show.hpp"

#include "config/fields.hpp"

#include <algorithm>
#include <iterator>

namespace webhookd::config {

std::vector<Section> sections(const Settings& settings, std::span<const SinkKind> kinds) {
    std::vector<Section> all{{"listen", "", keys_of(settings.listen)}};
    for (const auto& endpoint : settings.endpoints) all.push_back({"endpoint", endpoint.name, keys_of(endpoint)});
    all.push_back({"store", "", keys_of(settings.store)});
    all.push_back({"admin", "", keys_of(settings.admin)});
    all.push_back({"log", "", keys_of(settings.log)});
    for (const auto& sink : settings.sinks) {
        auto& section = all.emplace_back(Section{"sink", sink.name, keys_of(sink)});
        for (const auto& kind : kinds)
            if (kind.type == sink.type && sink.own)
                std::ranges::move(kind.keys(sink.own.get()), std::back_inserter(section.keys));
    }
    return all;
}

std::string to_toml(std::span<const Section> sections) {
    std::string out;
    for (const auto& section : sections) {
        out += out.empty() ? "[" : "\n[";
        out += section.table;
        if (!section.name.empty()) {
            out += '.';
            append_toml_key(out, section.name);
        }
        out += "]\n";
        for (const auto& key : section.keys)
            if (const auto value = value_of(key); !value.is_null())
                out.append(key.name).append(" = ").append(to_toml(value)).append("\n");
    }
    return out;
}

nlohmann::ordered_json to_json(std::span<const Section> sections) {
    auto out = nlohmann::ordered_json::object();
    for (const auto& section : sections) {
        auto& table = section.name.empty() ? out[section.table] : out[section.table][section.name];
        table = nlohmann::ordered_json::object();
        for (const auto& key : section.keys)
            if (auto value = value_of(key); !value.is_null()) table[std::string(key.name)] = std::move(value);
    }
    return out;
}

} // namespace webhookd::config
