#pragma once

#include "webhookd/base/file.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace webhookd::http {

/// A bound, listening socket, not blocking. A unix socket's file is removed with it.
class ListeningSocket {
public:
    static ListeningSocket tcp(FileDescriptor fd) { return ListeningSocket(std::move(fd), {}, false); }
    static ListeningSocket unix_file(FileDescriptor fd, std::filesystem::path path) {
        return ListeningSocket(std::move(fd), std::move(path), false);
    }
    static ListeningSocket inherited(FileDescriptor fd) { return ListeningSocket(std::move(fd), {}, true); }
    ListeningSocket(ListeningSocket&&) noexcept = default;
    ListeningSocket& operator=(ListeningSocket&&) noexcept = default;
    ~ListeningSocket();

    int fd() const noexcept { return fd_.get(); }
    /// From systemd, which goes on listening when we stop: what waits in its queue is for the next process.
    bool is_inherited() const noexcept { return is_inherited_; }
    /// 0 for unix sockets.
    std::uint16_t port() const noexcept;

private:
    ListeningSocket(FileDescriptor fd, std::filesystem::path path, bool is_inherited);

    FileDescriptor fd_;
    std::filesystem::path path_; // of a unix socket that is ours
    std::uint64_t inode_ = 0;    // of its file, as we made it
    bool is_inherited_;
};

/// Opens what an address of the configuration means: "host:port", "unix:PATH" or "systemd"; a host name may mean
/// several sockets. Throws std::runtime_error with a sentence for the operator.
std::vector<ListeningSocket> open_listening_sockets(const std::string& address, std::uint32_t socket_mode);

} // namespace webhookd::http
