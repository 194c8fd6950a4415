#include "webhookd/base/id.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstring>
#include <stdexcept>

namespace webhookd {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

void stamp(EventId& id, unsigned version) {
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | (version << 4));
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
}

/// A thread's supply of random bits: asking OpenSSL for eight bytes at a time would cost more than the rest of the id.
class RandomBits {
public:
    std::uint64_t take() {
        if (at_ == pool_.size()) {
            if (RAND_bytes(reinterpret_cast<unsigned char*>(pool_.data()), static_cast<int>(sizeof pool_)) != 1)
                throw std::runtime_error("the system has no random numbers");
            at_ = 0;
        }
        return pool_[at_++];
    }

private:
    std::array<std::uint64_t, 64> pool_{};
    std::size_t at_ = 64;
};

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool is_dash(std::size_t at) {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

} // namespace

EventId content_id(std::string_view content) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest);
    EventId id;
    std::memcpy(id.bytes.data(), digest, id.bytes.size());
    stamp(id, 8);
    return id;
}

EventId receipt_id(Time received) {
    thread_local RandomBits random;
    thread_local std::uint64_t last_millis = 0;
    thread_local std::uint16_t counter = 0;

    // RFC 9562, section 6.2, method 1: a counter in rand_a keeps the ids of one millisecond in order.
    const auto millis = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(received.time_since_epoch()).count());
    const std::uint64_t bits = random.take();
    if (millis > last_millis) {
        last_millis = millis;
        counter = static_cast<std::uint16_t>(bits >> 54); // ten bits: room to count up
    } else if (++counter > 0x0fff) {
        ++last_millis;
        counter = 0;
    }

    EventId id;
    for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(last_millis >> (40 - 8 * i));
    id.bytes[6] = static_cast<std::uint8_t>(counter >> 8);
    id.bytes[7] = static_cast<std::uint8_t>(counter);
    std::memcpy(id.bytes.data() + 8, &bits, 8);
    stamp(id, 7);
    return id;
}

void append_id(std::string& out, const EventId& id) {
    char text[36];
    std::size_t at = 0;
    for (const auto byte : id.bytes) {
        if (is_dash(at)) text[at++] = '-';
        text[at++] = hex_digits[byte >> 4];
        text[at++] = hex_digits[byte & 15];
    }
    out.append(text, sizeof text);
}

std::string to_string(const EventId& id) {
    std::string out;
    append_id(out, id);
    return out;
}

std::optional<EventId> parse_id(std::string_view text) {
    if (text.size() != 36) return {};
    EventId id;
    std::size_t byte = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (is_dash(at)) {
            if (text[at++] != '-') return {};
            continue;
        }
        const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
        if (high < 0 || low < 0) return {};
        id.bytes[byte++] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
    }
    return id;
}

} // namespace webhookd

std::size_t std::hash<webhookd::EventId>::operator()(const webhookd::EventId& id) const noexcept {
    std::size_t value = 0; // the last eight bytes are hash or random bits in both versions
    std::memcpy(&value, id.bytes.data() + 8, sizeof value);
    return value;
}
