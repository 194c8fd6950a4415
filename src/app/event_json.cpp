#include "webhookd/app/event_json.hpp"

namespace webhookd::app {

nlohmann::ordered_json event_json(std::uint64_t sequence, const EventId& id, Time received, AttributeView attributes) {
    nlohmann::ordered_json json{{"id", to_string(id)}, {"time", format_time(received)}, {"sequence", sequence}};
    for (const auto& item : attributes) {
        const auto& row = info(item.attribute);
        if (row.is_boolean)
            json[std::string(row.name)] = item.value == "true";
        else
            json[std::string(row.name)] = item.value;
    }
    return json;
}

nlohmann::ordered_json body_json(std::string_view body) {
    auto json = nlohmann::ordered_json::parse(body, nullptr, false);
    if (json.is_discarded()) return std::string(body);
    return json;
}

} // namespace webhookd::app
