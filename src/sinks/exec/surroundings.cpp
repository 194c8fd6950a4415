#include "sinks/exec/surroundings.hpp"

#include "webhookd/base/text.hpp"

#include <algorithm>

namespace webhookd::sinks::exec {

std::vector<std::string> environment_of(const std::string& sink, const event::Event* event) {
    std::vector<std::string> variables{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "FLAGSMITH_SINK=" + sink};
    if (event == nullptr) return variables;
    variables.push_back("FLAGSMITH_ID=" + to_string(event->id));
    variables.push_back("FLAGSMITH_TIME=" + format_time(event->received));
    for (const auto& [attribute, value] : event->attributes) {
        if (!info(attribute).is_public) continue;
        std::string variable = "FLAGSMITH_";
        for (const char c : info(attribute).name) variable += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
        variable.append("=").append(value);
        std::replace(variable.begin(), variable.end(), '\0', ' '); // which would end it
        variables.push_back(std::move(variable));
    }
    if (event->redelivery) variables.push_back("FLAGSMITH_REDELIVERY=true");
    return variables;
}

std::optional<Acknowledgement> parse_acknowledgement(std::string_view line) {
    constexpr std::size_t id_length = 36;
    line = trim(line);
    const auto id = parse_id(line.substr(0, id_length));
    if (!id) return {};
    const auto word = trim(line.substr(id_length));
    if (word.empty()) return Acknowledgement{*id, Acknowledgement::Kind::delivered};
    if (word == "retry") return Acknowledgement{*id, Acknowledgement::Kind::retry};
    if (word == "reject") return Acknowledgement{*id, Acknowledgement::Kind::reject};
    return {};
}

} // namespace webhookd::sinks::exec
