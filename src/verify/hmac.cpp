#include "verify/hmac.hpp"

#include <openssl/crypto.h>

#include <array>
#include <cstring>

// The SHA256_* functions are marked deprecated in favour of EVP; hmac.hpp says why they are used, and only here.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace webhookd::verify {
namespace {

constexpr std::size_t block_bytes = SHA256_CBLOCK;
using Block = std::array<unsigned char, block_bytes>;

SHA256_CTX begin(Block block, unsigned char pad) noexcept {
    for (auto& byte : block) byte ^= pad;
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
    return state;
}

} // namespace

HmacKey::HmacKey(std::string_view key) noexcept {
    Block block{};
    if (key.size() > block.size())
        SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), block.data());
    else if (!key.empty())
        std::memcpy(block.data(), key.data(), key.size());
    inner_ = begin(block, 0x36);
    outer_ = begin(block, 0x5c);
    OPENSSL_cleanse(block.data(), block.size());
}

HmacKey::~HmacKey() {
    OPENSSL_cleanse(&inner_, sizeof inner_);
    OPENSSL_cleanse(&outer_, sizeof outer_);
}

Tag HmacKey::tag(std::string_view body) const noexcept {
    Tag tag;
    SHA256_CTX state = inner_;
    SHA256_Update(&state, body.data(), body.size());
    SHA256_Final(tag.data(), &state);
    state = outer_;
    SHA256_Update(&state, tag.data(), tag.size());
    SHA256_Final(tag.data(), &state); // wipes the state
    return tag;
}

} // namespace webhookd::verify
