#pragma once

#include "sinks/file/settings.hpp"
#include "webhookd/base/time.hpp"

#include <thread>

namespace webhookd::sinks::file {

/// Decides when a file is full or old, and moves closed files along: path → path.1 → path.2 …
class Rotation {
public:
    Rotation(std::filesystem::path path, std::optional<Rotate> settings);
    ~Rotation();

    /// Whether `more` bytes belong into a new file, given the size of the present one and when it was last written to.
    bool is_due(std::uint64_t size, std::size_t more, Time last_write, Time now) const noexcept;
    /// Renames the present file and its predecessors; the oldest goes. Compresses in the background, where asked for.
    Result<> rotate();

private:
    std::filesystem::path numbered(std::uint32_t number, bool compressed) const;
    void wait_for_compression();

    std::filesystem::path path_;
    std::optional<Rotate> settings_;
    std::thread compression_;
};

} // namespace webhookd::sinks::file
