#pragma once

#include "webhookd/base/file.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace webhookd::journal {

/// One writing process per store: a lock on the file `lock`, which also says who has it.
class StoreLock {
public:
    /// Throws std::runtime_error naming the holder.
    explicit StoreLock(const std::filesystem::path& directory);

    /// Who has the store, "process 4711 on host web1"; nothing where nobody does. Takes no lock itself.
    static std::optional<std::string> holder(const std::filesystem::path& directory);

private:
    FileDescriptor file_;
};

/// Refuses a store that a newer program made, and marks a new one. Throws std::runtime_error.
void check_store_format(const std::filesystem::path& directory, bool may_create);

} // namespace webhookd::journal
