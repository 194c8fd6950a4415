#pragma once

#include "webhookd/base/attributes.hpp"
#include "webhookd/base/id.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What does it mean? From the bytes of a body to its kind, attributes and id, or to everything that is wrong with it.
namespace webhookd::event {

/// Which messages an endpoint takes (contract: section 4).
enum class EndpointKind : std::uint8_t { environment, organisation, identity, any };

/// Against what a body is checked.
enum class Profile : std::uint8_t {
    flagsmith, // what real servers send, and the document's payloads
    asyncapi,  // valid exactly when the published document says so
};

/// The event types of the contract, in the order of its table.
enum class Type : std::uint8_t {
    flag_created,
    flag_updated,
    flag_deleted,
    version_published,
    audit_log_created,
    identity_evaluated,
    flags_evaluated,
    unknown,
};
std::string_view type_name(Type type) noexcept; // "com.flagsmith.flag.created"

/// One thing that is wrong with a body.
struct Violation {
    std::string pointer; // JSON pointer (RFC 6901) to the value, "" for the whole body
    std::string
        rule; // the JSON Schema keyword that failed (type, required, enum, …), or: json, depth, duplicate-key, shape
    std::string detail; // one sentence; names of members and types, never secrets; made safe for output
};

/// What an endpoint says about its messages.
struct EndpointRules {
    EndpointKind kind = EndpointKind::any;
    Profile profile = Profile::flagsmith;
    std::string_view endpoint;    // its name
    std::string_view path;        // becomes `source`
    std::string_view environment; // fills the attribute where the message names none
    std::string_view project;
};

/// The result of decoding. Views in it live as long as the Decoder and the body, until the Decoder's next call.
struct Decoded {
    enum class Verdict : std::uint8_t {
        valid,
        invalid,    // JSON, but not a message this endpoint takes: `violations` (422)
        unreadable, // not JSON, or beyond a bound: `violations` has one entry (400)
    };
    Verdict verdict = Verdict::unreadable;
    Type type = Type::unknown;
    bool unique = false; // carries its own uniqueness: the id is derived from the content, repeats are duplicates
    bool is_evaluation = false; // belongs to the family that is kept briefly
    AttributeView attributes;   // also for invalid bodies, as far as they could be read
    std::vector<Violation> violations;
};

/// Bounds on what is decoded; beyond them a body is unreadable.
inline constexpr int max_depth = 64;
inline constexpr std::size_t max_violations = 16; // more are cut

/// Bytes that must be readable behind the end of a body (their content does not matter): simdjson reads ahead.
inline constexpr std::size_t body_padding = 64;

/// Decodes one body at a time; keep one per thread, its buffers are reused.
class Decoder {
public:
    Decoder();
    ~Decoder();
    Decoder(Decoder&&) noexcept;

    /// `body` must be followed by body_padding readable bytes.
    const Decoded& decode(std::string_view body, const EndpointRules& rules);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace webhookd::event
