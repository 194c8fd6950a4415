#include "webhookd/verify/verify.hpp"

#include "verify/hmac.hpp"
#include "webhookd/base/text.hpp"

#include <openssl/crypto.h>

namespace webhookd::verify {
namespace {

constexpr unsigned char no_digit = 0xff;

/// The value of every hex digit. A table, because of half random letters and digits no branch is foretold; signatures
/// are public, so this need not be constant in time.
constexpr auto hex_values = [] {
    std::array<unsigned char, 256> values{};
    values.fill(no_digit);
    for (unsigned char i = 0; i < 10; ++i) values['0' + i] = i;
    for (unsigned char i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = static_cast<unsigned char>(10 + i);
    return values;
}();

} // namespace

std::optional<Tag> parse_signature(std::string_view text) noexcept {
    Tag tag;
    if (text.size() != 2 * tag.size()) return {};
    unsigned seen = 0;
    for (std::size_t i = 0; i < tag.size(); ++i) {
        const unsigned high = hex_values[static_cast<unsigned char>(text[2 * i])];
        const unsigned low = hex_values[static_cast<unsigned char>(text[2 * i + 1])];
        seen |= high | low;
        tag[i] = static_cast<unsigned char>(high << 4 | low);
    }
    if (seen > 0xf) return {};
    return tag;
}

struct SecretRing::Impl {
    struct Entry {
        std::string name;
        HmacKey key;
    };
    std::vector<Entry> entries;
};

SecretRing::SecretRing(std::vector<NamedSecret> secrets) : impl_(std::make_unique<Impl>()) {
    impl_->entries.reserve(secrets.size());
    for (auto& secret : secrets) {
        if (secret.value.empty()) continue; // fails closed: anybody can sign with an empty key
        impl_->entries.push_back({std::move(secret.name), HmacKey(secret.value.reveal())});
    }
}
SecretRing::~SecretRing() = default;
SecretRing::SecretRing(SecretRing&&) noexcept = default;
SecretRing& SecretRing::operator=(SecretRing&&) noexcept = default;

std::size_t SecretRing::size() const noexcept {
    return impl_->entries.size();
}

std::string_view SecretRing::name(std::size_t index) const noexcept {
    return impl_->entries[index].name;
}

Result<std::size_t, Refusal> SecretRing::verify(std::string_view body, const Tag& tag) const noexcept {
    const auto& entries = impl_->entries;
    std::size_t fitting = entries.size();
    for (std::size_t i = 0; i < entries.size(); ++i) { // to the end, whichever fits: time tells nothing about secrets
        const Tag expected = entries[i].key.tag(body);
        if (CRYPTO_memcmp(expected.data(), tag.data(), tag.size()) == 0) fitting = i;
    }
    if (fitting == entries.size()) return Refusal::mismatch;
    return fitting;
}

std::string sign(std::string_view body, const Secret& secret) {
    const Tag tag = HmacKey(secret.reveal()).tag(body);
    return to_hex({reinterpret_cast<const char*>(tag.data()), tag.size()});
}

} // namespace webhookd::verify
