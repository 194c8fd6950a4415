#pragma once

#include "webhookd/journal/journal.hpp"

#include <string>

/// A deliberately broken build (WEBHOOKD_FAULTY_ACK) that answers 200 before the commit. The crash tests run against it
/// once, to show that they would notice. Never part of a normal build.
namespace webhookd::ingest {

#ifdef WEBHOOKD_FAULTY_ACK
inline constexpr bool faulty_ack = true;
#else
inline constexpr bool faulty_ack = false;
#endif

/// Queues a copy of the append and claims that it is stored.
inline journal::AppendStatus answer_before_commit(journal::Journal& journal, const journal::Append& append) {
    struct Copy final : journal::Append {
        std::string kept_attributes, kept_body, kept_endpoint, kept_reasons;
        explicit Copy(const journal::Append& from)
            : Append(from), kept_attributes(from.attributes), kept_body(from.body), kept_endpoint(from.endpoint),
              kept_reasons(from.quarantine_reasons) {
            attributes = kept_attributes;
            body = kept_body;
            endpoint = kept_endpoint;
            quarantine_reasons = kept_reasons;
            complete = [](Append& done) noexcept { delete static_cast<Copy*>(&done); };
        }
    };
    journal.append(*new Copy(append));
    return journal::AppendStatus::stored;
}

} // namespace webhookd::ingest
