#pragma once

#include "journal/file_system.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace webhookd::journal {

/// Removes files without making commits late: a name is gone at once, its room is given back bit by bit. ext4 frees a
/// file in one transaction, and a sync that needs a transaction waits for the one before it.
class Remover {
public:
    explicit Remover(FileSystem& files);
    /// What is still held is given back in one go.
    ~Remover();
    Remover(const Remover&) = delete;
    Remover& operator=(const Remover&) = delete;

    /// From every thread.
    Io<> remove(const std::string& name);
    /// Whose room is still to be given back.
    std::uint64_t waiting_bytes();

private:
    struct Removed {
        std::unique_ptr<File> file;
        std::uint64_t size;
    };
    void work();

    FileSystem& files_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Removed> waiting_;
    std::uint64_t waiting_bytes_ = 0; // of these, and of the one that is worked on
    bool is_stopping_ = false;
    std::thread thread_; // last: it uses the others
};

} // namespace webhookd::journal
