#pragma once

#include "event/document.hpp"
#include "fuzz/reference.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/event/decode.hpp"
#include "webhookd/event/format.hpp"
#include "webhookd/event/redact.hpp"

#include <fstream>
#include <string>

/// What must hold for every body, whatever it is: the decoder agrees with the reference, and what leaves is
/// well-formed.
namespace webhookd::event {

class DecodeHarness {
public:
    explicit DecodeHarness(const std::string& published_document)
        : document_(nlohmann::json::parse(std::ifstream(published_document))),
          redactor_(
              Redactor::make(std::vector<std::string>{"keys", "personal", "/data/*/feature", "/flags/0"}).value()) {}

    /// What is wrong, or nothing.
    std::string complaint(std::string_view body) {
        for (const auto profile : {Profile::flagsmith, Profile::asyncapi})
            for (const auto kind :
                 {EndpointKind::environment, EndpointKind::organisation, EndpointKind::identity, EndpointKind::any}) {
                auto problem = check(body, {.kind = kind, .profile = profile, .endpoint = "fuzz", .path = "/fuzz"});
                if (!problem.empty()) return problem;
            }
        return compare(body);
    }

private:
    const Decoded& decode(std::string_view body, const EndpointRules& rules, char padding) {
        padded_.assign(body).append(body_padding, padding);
        return decoder_.decode(std::string_view(padded_).substr(0, body.size()), rules);
    }

    std::string check(std::string_view body, const EndpointRules& rules) {
        const auto first = decode(body, rules, '"').verdict;
        const auto& decoded = decode(body, rules, '\x80');
        if (decoded.verdict != first) return "what stands behind the body matters";
        if ((first == Decoded::Verdict::valid) != decoded.violations.empty())
            return "violations do not fit the verdict";
        if (decoded.unique && first != Decoded::Verdict::valid) return "an invalid body is unique";
        int last = 0;
        for (const auto& [attribute, value] : decoded.attributes) {
            if (static_cast<int>(attribute) <= last) return "attributes are not in order";
            last = static_cast<int>(attribute);
            if (!is_utf8(value)) return "an attribute is not UTF-8";
        }
        for (const auto& violation : decoded.violations)
            if (!is_utf8(violation.pointer) || escape(violation.detail) != violation.detail) return "unsafe violation";
        if (first == Decoded::Verdict::unreadable) return {};

        attributes_ = decoded.attributes.bytes();
        auto problem = check_output({.attributes = AttributeView(attributes_), .body = body});
        if (!problem.empty()) return problem;
        std::string left, left_attributes;
        if (redactor_.redact({.attributes = AttributeView(attributes_), .body = body}, left, left_attributes))
            problem = check_output({.attributes = AttributeView(left_attributes), .body = left});
        return problem.empty() ? problem : problem + " after redaction";
    }

    std::string check_output(const Event& event) {
        for (const auto format : {Format::cloudevents, Format::logfmt, Format::text}) {
            line_.clear();
            append_event(line_, event, format);
            if (line_.find_first_of("\n\r") != std::string::npos) return "a line has a line break";
            if (format != Format::cloudevents) continue;
            const auto reading = reference::read(line_, max_depth + 1, Document::max_values + 100);
            if (reading && !reading->acceptable) return "the envelope is no JSON";
        }
        return {};
    }

    std::string compare(std::string_view body) {
        const auto expected = reference::read(body, max_depth, Document::max_values);
        if (!expected) return {};
        const auto verdict = [&](EndpointKind kind) {
            return decode(body, {.kind = kind, .profile = Profile::asyncapi}, '\0').verdict;
        };
        const bool readable = verdict(EndpointKind::environment) != Decoded::Verdict::unreadable;
        if (readable != expected->acceptable) return readable ? "reads what is no JSON" : "does not read what is JSON";
        if (!readable || !expected->comparable) return {};
        const auto value = nlohmann::json::parse(body);
        if (reference::longest_text(value) > 200) return {};
        for (const auto& [kind, name] : {std::pair{EndpointKind::environment, "EnvironmentWebhookPayload"},
                                         std::pair{EndpointKind::organisation, "OrganisationWebhookPayload"}})
            if ((verdict(kind) == Decoded::Verdict::valid) != document_.accepts(name, value))
                return std::string("judges otherwise than the published ") + name;
        return {};
    }

    reference::PublishedDocument document_;
    Decoder decoder_;
    Redactor redactor_;
    std::string padded_, attributes_, line_;
};

} // namespace webhookd::event
