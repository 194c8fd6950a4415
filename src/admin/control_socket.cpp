#include "webhookd/admin/control_socket.hpp"

#include <fcntl.h>
#include <sys/un.h>

namespace webhookd::admin {

ControlSocketPath::ControlSocketPath(const std::filesystem::path& store_directory)
    : path_((store_directory / control_socket_name).string()) {
    if (path_.size() < sizeof(sockaddr_un::sun_path)) return;
    directory_ = FileDescriptor(::open(store_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (directory_) path_ = "/proc/self/fd/" + std::to_string(directory_.get()) + "/" + control_socket_name;
}

} // namespace webhookd::admin
