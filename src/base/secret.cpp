#include "webhookd/base/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace webhookd {

// Swapping leaves the source empty; moving a short std::string would leave its bytes behind.
Secret::Secret(Secret&& other) noexcept {
    bytes_.swap(other.bytes_);
}

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) {
        wipe();
        bytes_ = other.bytes_;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        bytes_.swap(other.bytes_);
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

void Secret::wipe() noexcept {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
}

} // namespace webhookd
