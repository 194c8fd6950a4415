#pragma once

#include "webhookd/base/file.hpp"

#include <filesystem>
#include <string>

namespace webhookd::admin {

/// The socket in the store directory over which commands talk to the running daemon: HTTP/1.1 with JSON, mode 0600.
inline constexpr const char* control_socket_name = "control.sock";

/// The path of the control socket in a form that fits into a socket address (107 bytes), however long the directory's
/// is: then it leads through a descriptor of the directory, which must stay open while the path is used.
class ControlSocketPath {
public:
    explicit ControlSocketPath(const std::filesystem::path& store_directory);
    const std::string& string() const noexcept { return path_; }

private:
    FileDescriptor directory_;
    std::string path_;
};

} // namespace webhookd::admin
