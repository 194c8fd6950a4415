#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace webhookd::app {

/// Notices that secrets, certificates or tokens were replaced, by looking at them now and then. Looking works where
/// inotify does not: on network file systems, and for Kubernetes secrets, where a symbolic link two levels up changes.
class FileWatch {
public:
    /// Remembers how the files are now.
    void watch(const std::vector<std::filesystem::path>& files);
    /// Whether any of them differs from what was remembered; remembers the new state.
    bool has_changed();

private:
    static std::string state_of(const std::filesystem::path& file);
    std::map<std::filesystem::path, std::string> states_;
};

} // namespace webhookd::app
