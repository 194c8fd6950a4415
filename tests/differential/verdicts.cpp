#include "webhookd/event/decode.hpp"
#include "webhookd/event/schema.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

/// What the decoder says, for a judge that speaks JSON. Not a product command.
///
///     verdicts schemas        the schemas it prints, one JSON object {name: schema}
///     verdicts asyncapi       the AsyncAPI document
///     verdicts decode         reads bodies, one a line, as "PROFILE KIND BODY"; answers each with a line
///                             {"verdict", "type", "violations": [[pointer, rule], …]}
///     verdicts decode --forget RULE POINTER
///                             as a decoder that has forgotten a rule would: the judge must notice
namespace {

using namespace webhookd;
using nlohmann::json;

event::EndpointKind kind_of(std::string_view word) {
    if (word == "environment") return event::EndpointKind::environment;
    if (word == "organisation") return event::EndpointKind::organisation;
    if (word == "identity") return event::EndpointKind::identity;
    return event::EndpointKind::any;
}

struct Forgotten {
    std::string_view rule, pointer;
};

/// A broken decoder: it does not see that the rule is broken at this place.
void forget(event::Decoded& decoded, const Forgotten& forgotten) {
    const auto before = decoded.violations.size();
    std::erase_if(decoded.violations, [&](const event::Violation& violation) {
        return violation.rule == forgotten.rule && violation.pointer == forgotten.pointer;
    });
    if (decoded.violations.size() < before && decoded.violations.empty())
        decoded.verdict = event::Decoded::Verdict::valid;
}

void decode(const std::optional<Forgotten>& forgotten) {
    event::Decoder decoder;
    std::string line;
    while (std::getline(std::cin, line)) {
        const auto first = line.find(' '), second = line.find(' ', first + 1);
        const auto size = line.size();
        line.append(event::body_padding, '\0');
        const std::string_view text(line);
        const event::EndpointRules rules{.kind = kind_of(text.substr(first + 1, second - first - 1)),
                                         .profile = text.starts_with("asyncapi") ? event::Profile::asyncapi
                                                                                 : event::Profile::flagsmith};
        auto decoded = decoder.decode(text.substr(second + 1, size - second - 1), rules);
        if (forgotten) forget(decoded, *forgotten);
        json violations = json::array();
        for (const auto& violation : decoded.violations) violations.push_back({violation.pointer, violation.rule});
        constexpr const char* verdicts[] = {"valid", "invalid", "unreadable"};
        std::cout << json{{"verdict", verdicts[static_cast<int>(decoded.verdict)]},
                          {"type", event::type_name(decoded.type)},
                          {"violations", std::move(violations)}}
                  << '\n';
    }
}

} // namespace

int main(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (mode == "decode" && argc == 5 && std::string_view(argv[2]) == "--forget")
        decode(Forgotten{argv[3], argv[4]});
    else if (mode == "decode")
        decode({});
    else if (mode == "asyncapi")
        std::cout << event::asyncapi_document();
    else if (mode == "schemas") {
        json all = json::object();
        for (const auto& schema : event::schemas())
            all[std::string(schema.name)] = json::parse(*event::json_schema(schema.name));
        std::cout << all << '\n';
    } else {
        std::cerr << "usage: verdicts decode [--forget RULE POINTER] | schemas | asyncapi\n";
        return 2;
    }
}
