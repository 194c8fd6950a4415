#include "app/file_watch.hpp"

#include <sys/stat.h>

namespace webhookd::app {

std::string FileWatch::state_of(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return "absent";
    std::string state;
    for (const long long part : {static_cast<long long>(status.st_dev), static_cast<long long>(status.st_ino),
                                 static_cast<long long>(status.st_size), static_cast<long long>(status.st_mtim.tv_sec),
                                 static_cast<long long>(status.st_mtim.tv_nsec)})
        state.append(std::to_string(part)).append(" ");
    return state;
}

void FileWatch::watch(const std::vector<std::filesystem::path>& files) {
    states_.clear();
    for (const auto& file : files) states_[file] = state_of(file);
}

bool FileWatch::has_changed() {
    bool changed = false;
    for (auto& [file, state] : states_) {
        auto current = state_of(file);
        if (current == state) continue;
        state = std::move(current);
        changed = true;
    }
    return changed;
}

} // namespace webhookd::app
