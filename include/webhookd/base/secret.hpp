#pragma once

#include <string>
#include <string_view>

namespace webhookd {

/// Bytes that must not be seen: wiped when freed, never printed (there is no operator<< and no conversion to
/// std::string).
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string bytes) noexcept : bytes_(std::move(bytes)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    std::string_view reveal() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_.empty(); }
    std::size_t size() const noexcept { return bytes_.size(); }

private:
    void wipe() noexcept;
    std::string bytes_;
};

/// What stands in output wherever a secret would.
inline constexpr std::string_view masked = "********";

} // namespace webhookd
