#pragma once

#include "webhookd/event/decode.hpp"

#include <string>
#include <string_view>

/// The small language of the decoder's tests.
namespace webhookd::event {

/// A body with the bytes behind it that the decoder may read; their content must not matter.
struct Padded {
    explicit Padded(std::string_view body) : bytes(body), size(body.size()) { bytes.append(body_padding, '"'); }
    std::string_view body() const { return std::string_view(bytes).substr(0, size); }
    std::string bytes;
    std::size_t size;
};

/// A decoded body that owns what it shows.
struct Reading {
    Decoded::Verdict verdict;
    Type type;
    bool unique;
    bool is_evaluation;
    std::string bytes;
    std::vector<Violation> violations;

    std::string get(Attribute attribute) const {
        return std::string(AttributeView(bytes).get_or(attribute, "(absent)"));
    }
    /// "name=value", a line each, in order, without those that every event has.
    std::string attributes() const {
        std::string lines;
        for (const auto& [attribute, value] : AttributeView(bytes))
            if (attribute != Attribute::type && attribute != Attribute::source && attribute != Attribute::endpoint)
                lines.append(info(attribute).name).append("=").append(value).append("\n");
        return lines;
    }
    /// "pointer rule", a line each.
    std::string reasons() const {
        std::string lines;
        for (const auto& violation : violations) lines += violation.pointer + " " + violation.rule + "\n";
        return lines;
    }
    bool valid() const { return verdict == Decoded::Verdict::valid; }
    bool invalid() const { return verdict == Decoded::Verdict::invalid; }
    bool unreadable() const { return verdict == Decoded::Verdict::unreadable; }
};

inline Reading decode(std::string_view body, const EndpointRules& rules) {
    static Decoder decoder; // one for all, as in the daemon: what one body leaves behind must not touch the next
    const Padded padded(body);
    const auto& decoded = decoder.decode(padded.body(), rules);
    return {
        decoded.verdict,   decoded.type, decoded.unique, decoded.is_evaluation, std::string(decoded.attributes.bytes()),
        decoded.violations};
}

inline Reading decode(std::string_view body, EndpointKind kind = EndpointKind::any,
                      Profile profile = Profile::flagsmith) {
    return decode(body, {.kind = kind, .profile = profile, .endpoint = "hooks", .path = "/hooks"});
}

} // namespace webhookd::event
