#include "webhookd/verify/diagnose.hpp"

#include "verify/reencode.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace webhookd::verify {
namespace {

constexpr std::size_t digits = 2 * std::tuple_size_v<Tag>;

std::string what_is_malformed(std::string_view signature) {
    if (signature.find('=') != std::string_view::npos)
        return "there is a prefix such as \"sha256=\" before it, which Flagsmith does not send";
    if (signature.size() != digits)
        return "it has " + std::to_string(signature.size()) + " characters instead of " + std::to_string(digits);
    return "it holds characters that are no hexadecimal digits";
}

/// The first ring and secret that fit.
std::optional<std::pair<std::size_t, std::size_t>> find(std::string_view body, const Tag& tag,
                                                        std::span<const NamedRing> rings) {
    for (std::size_t i = 0; i < rings.size(); ++i)
        if (const auto secret = rings[i].secrets->verify(body, tag)) return std::pair{i, *secret};
    return {};
}

} // namespace

Diagnosis diagnose(std::string_view body, std::string_view signature, std::span<const NamedRing> rings) {
    using Cause = Diagnosis::Cause;
    if (signature.empty()) return {.cause = Cause::missing};
    const auto tag = parse_signature(signature);
    if (!tag) return {.cause = Cause::malformed, .detail = what_is_malformed(signature)};
    if (std::all_of(rings.begin(), rings.end(), [](const auto& ring) { return ring.secrets->empty(); }))
        return {.cause = Cause::no_secret};
    if (const auto found = find(body, *tag, rings)) return {Cause::fits, found->first, found->second, {}};
    for (const auto& form : earlier_forms(body))
        if (const auto found = find(form.text, *tag, rings))
            return {Cause::changed, found->first, found->second, std::string(form.change)};
    return {.cause = Cause::unexplained};
}

} // namespace webhookd::verify
