#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webhookd {

/// What is known about an event beside its body. Values are text; an event simply lacks what does not apply to it.
/// The numbers are on disk: never renumber, never reuse.
enum class Attribute : std::uint8_t {
    type = 1,    // com.flagsmith.…
    source,      // path of the endpoint it came in on
    subject,     // flag name, else TYPE/ID of the related object, else the identity
    statetime,   // the message's own time
    endpoint,    // name of the endpoint in the configuration
    eventtype,   // the word on the wire: FLAG_UPDATED
    flag,        // name of the flag
    environment, // name of the environment
    project,     // name of the project
    actor,       // who changed it
    scope,       // environment, segment, identity
    changed,     // comma list of enabled, value, variants, created, deleted
    enabled,     // "true" or "false", after the change
    wasenabled,  // before it
    test,        // "true": sent by the dashboard's test button
    invalid,     // "true": did not pass the check, accepted all the same
    segment,     // name of the segment of an override
    identity,    // identifier of the identity of an override or evaluation
    log,         // the sentence of an entry of the audit log
};

/// One row for each attribute; formats, filters, the index and the documentation are made from this table.
struct AttributeInfo {
    Attribute attribute;
    std::string_view name; // in CloudEvents, logfmt, filters and templates
    bool is_public;        // appears in envelopes; the others serve texts and filters only
    bool is_boolean;       // a JSON boolean in envelopes
    bool is_personal;      // redacted by redact = ["personal"]
    std::string_view meaning;
};

inline constexpr std::array attribute_table{
    AttributeInfo{Attribute::type, "type", true, false, false, "what kind of event this is"},
    AttributeInfo{Attribute::source, "source", true, false, false, "path of the endpoint that received it"},
    AttributeInfo{Attribute::subject, "subject", true, false, false,
                  "what it is about: the flag, else TYPE/ID of the related object, else the identity"},
    AttributeInfo{Attribute::statetime, "statetime", true, false, false,
                  "the message's own time; for a deletion it may be months old"},
    AttributeInfo{Attribute::endpoint, "endpoint", true, false, false, "name of the endpoint in the configuration"},
    AttributeInfo{Attribute::eventtype, "eventtype", true, false, false, "event_type as Flagsmith wrote it"},
    AttributeInfo{Attribute::flag, "flag", true, false, false, "name of the flag"},
    AttributeInfo{Attribute::environment, "environment", true, false, false, "name of the environment"},
    AttributeInfo{Attribute::project, "project", true, false, false, "name of the project"},
    AttributeInfo{Attribute::actor, "actor", true, false, true,
                  "who made the change: an e-mail address or the name of an API key"},
    AttributeInfo{Attribute::scope, "scope", true, false, false,
                  "what the state applies to: environment, segment or identity"},
    AttributeInfo{Attribute::changed, "changed", true, false, false,
                  "what differs from the state before: enabled, value, variants, created, deleted"},
    AttributeInfo{Attribute::enabled, "enabled", true, true, false, "whether the flag is on after the change"},
    AttributeInfo{Attribute::wasenabled, "wasenabled", true, true, false, "whether it was on before"},
    AttributeInfo{Attribute::test, "test", true, true, false, "sent by the test button of the dashboard"},
    AttributeInfo{Attribute::invalid, "invalid", true, true, false,
                  "did not pass the check and was accepted all the same"},
    AttributeInfo{Attribute::segment, "segment", false, false, false, "name of the segment of an override"},
    AttributeInfo{Attribute::identity, "identity", false, false, true,
                  "identifier of the identity of an override or evaluation"},
    AttributeInfo{Attribute::log, "log", false, false, false, "what happened, as the audit log has it"},
};

constexpr const AttributeInfo& info(Attribute attribute) {
    return attribute_table[static_cast<std::size_t>(attribute) - 1];
}
std::optional<Attribute> find_attribute(std::string_view name) noexcept;

/// Longer values are cut at a character boundary: an attribute is for finding and reading, the body has the whole.
inline constexpr std::size_t max_attribute_bytes = 8 * 1024;

/// A view of attributes in their stored form: (tag: 1 byte, length: 4 bytes little-endian, text)*, in the order of
/// their tags. Does not own; safe on damaged bytes (a length that runs over the end ends the view).
class AttributeView {
public:
    struct Item {
        Attribute attribute;
        std::string_view value;
    };
    class Iterator {
    public:
        Iterator(const char* at, const char* end) noexcept : at_(at), end_(end) { read(); }
        const Item& operator*() const noexcept { return item_; }
        const Item* operator->() const noexcept { return &item_; }
        Iterator& operator++() noexcept;
        bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }

    private:
        void read() noexcept;
        const char* at_;
        const char* end_;
        Item item_{};
    };

    AttributeView() = default;
    explicit AttributeView(std::string_view bytes) noexcept : bytes_(bytes) {}

    std::optional<std::string_view> get(Attribute attribute) const noexcept;
    std::string_view get_or(Attribute attribute, std::string_view otherwise) const noexcept;
    bool is_true(Attribute attribute) const noexcept { return get_or(attribute, "") == "true"; }

    Iterator begin() const noexcept { return {bytes_.data(), bytes_.data() + bytes_.size()}; }
    Iterator end() const noexcept { return {bytes_.data() + bytes_.size(), bytes_.data() + bytes_.size()}; }
    std::string_view bytes() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_.empty(); }

private:
    std::string_view bytes_;
};

/// Builds the stored form. Attributes must be added in rising order of their tags; reuse one per thread to save
/// allocations.
class AttributeWriter {
public:
    void clear() noexcept { bytes_.clear(); }
    void add(Attribute attribute, std::string_view value);
    /// "true" or "false"; a template, so that a string literal is not taken for a truth value.
    template <std::same_as<bool> Truth>
    void add(Attribute attribute, Truth value) {
        add(attribute, value ? std::string_view("true") : std::string_view("false"));
    }
    AttributeView view() const noexcept { return AttributeView(bytes_); }
    std::string_view bytes() const noexcept { return bytes_; }

private:
    std::string bytes_;
};

} // namespace webhookd
