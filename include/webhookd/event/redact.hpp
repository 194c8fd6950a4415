#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/event/event.hpp"

#include <memory>
#include <span>
#include <string>

namespace webhookd::event {

/// What stands where something was hidden.
inline constexpr std::string_view redacted = "[redacted]";

/// Hides parts of events on their way to a sink (contract: section 2, `redact`). The store keeps the original.
///
/// Rules are "keys" (client keys of environments), "personal" (e-mail addresses, names, identifiers, trait values), or
/// JSON pointers into the body with * for any element or member. The first two go by the names of members wherever they
/// stand, so that messages of newer servers are covered too. Each value is cut out of the body and replaced by the text
/// [redacted]; every other byte stays as it was received. null and "" hide nothing and stay.
///
/// What was hidden is also looked for elsewhere: as a word of its own in other texts of the body (the `log` of an audit
/// entry that names its author) and in the attributes, which are read again from what is left.
///
/// One per thread: buffers are reused.
class Redactor {
public:
    /// The first rule that is none is the error.
    static Result<Redactor> make(std::span<const std::string> rules);
    Redactor(Redactor&&) noexcept;
    Redactor& operator=(Redactor&&) noexcept;
    ~Redactor();

    /// Puts the event's body and attributes (in their stored form) without what is to be hidden into `body` and
    /// `attributes`. False: there is nothing to hide, and they are left alone.
    bool redact(const Event& event, std::string& body, std::string& attributes);

private:
    struct Impl;
    explicit Redactor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace webhookd::event
