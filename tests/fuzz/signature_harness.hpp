#pragma once

#include "fuzz/bytes.hpp"
#include "webhookd/verify/diagnose.hpp"
#include "webhookd/verify/verify.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

/// What must hold for any body and any value of the signature header.
namespace webhookd::verify {

/// A second opinion, which shares no code with the verifier: OpenSSL's HMAC in one call, printed, compared as texts.
class ReferenceVerifier {
public:
    static std::string sign(std::string_view key, std::string_view body) {
        unsigned char tag[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(body.data()), body.size(), tag, &size);
        std::string text;
        for (unsigned i = 0; i < size; ++i) {
            char digits[3];
            std::snprintf(digits, sizeof digits, "%02x", tag[i]);
            text += digits;
        }
        return text;
    }
    /// Whether `header` is the signature, in any mixture of upper and lower case.
    static bool is_signature(std::string_view header, const std::string& signature) {
        std::string lower(header);
        for (char& c : lower)
            if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        return lower == signature;
    }
};

/// The input: two secrets, what is done to a good signature to make the header of it, and the body.
class SignatureCase {
public:
    explicit SignatureCase(std::string_view input) {
        Bytes bytes(input);
        for (auto& secret : secrets_) secret = bytes.take(bytes.below(140));
        const auto signer = bytes.below(3);
        auto steps = bytes.below(6);
        const auto literal = bytes.take(signer == 2 ? bytes.below(80) : 0);
        std::string edits;
        for (; steps > 0; --steps) edits += bytes.take(3);
        body_ = bytes.rest();
        header_ = signer == 2 ? std::string(literal) : ReferenceVerifier::sign(secrets_[signer], body_);
        Bytes to_do(edits);
        while (!to_do.empty()) edit(to_do);
    }

    std::string complaint() const {
        std::vector<NamedSecret> named;
        std::vector<std::string> good;
        for (const auto& secret : secrets_) {
            named.push_back({std::to_string(named.size()), Secret(secret)});
            if (!secret.empty()) good.push_back(ReferenceVerifier::sign(secret, body_));
        }
        const SecretRing ring(std::move(named));
        bool should_fit = false;
        for (const auto& one : good) should_fit = should_fit || ReferenceVerifier::is_signature(header_, one);

        const auto tag = parse_signature(header_);
        const bool fits = tag && ring.verify(body_, *tag);
        if (fits != should_fit) return fits ? "takes a signature that is none" : "refuses a good signature";
        if (tag && header_.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return "reads no digits";
        for (const auto& one : good) {
            if (!parse_signature(one)) return "its own signature has no form";
            if (sign(body_, Secret(secrets_[good.size() == 1 && secrets_[0].empty() ? 1 : 0])) != good.front())
                return "signs otherwise";
            for (std::size_t cut = 0; cut < one.size(); ++cut)
                if (parse_signature(std::string_view(one).substr(0, cut)) ||
                    parse_signature(one + one.substr(0, cut + 1)))
                    return "a part of a signature, or more than one, has the form of one";
        }
        const std::array rings{NamedRing{"endpoint", &ring}};
        const auto diagnosis = diagnose(body_, header_, rings);
        if ((diagnosis.cause == Diagnosis::Cause::fits) != should_fit) return "the diagnosis judges otherwise";
        return {};
    }

private:
    void edit(Bytes& how) {
        const auto kind = how.below(7);
        const auto at = header_.empty() ? 0 : how.below(header_.size());
        const auto what = static_cast<char>(how.byte());
        if (kind == 1) header_.insert(at, 1, what);
        if (kind == 2) header_.resize(at);
        if (kind == 3) header_.insert(0, "sha256=");
        if (header_.empty()) return;
        if (kind == 0) header_[at] = what;
        if (kind == 4) header_.erase(at, 1);
        if (kind == 5) header_[at] = static_cast<char>(header_[at] ^ 0x20); // the other case of a letter
        if (kind == 6) header_ += header_.substr(at);
    }

    std::array<std::string, 2> secrets_;
    std::string header_;
    std::string body_;
};

/// What is wrong with how a signature is judged, or nothing.
inline std::string signature_complaint(std::string_view input) {
    return SignatureCase(input).complaint();
}

} // namespace webhookd::verify
