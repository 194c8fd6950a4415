#include "sinks/exec/child.hpp"

#include <csignal>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace webhookd::sinks::exec {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

struct FileActions {
    posix_spawn_file_actions_t value{};
    FileActions() { ::posix_spawn_file_actions_init(&value); }
    ~FileActions() { ::posix_spawn_file_actions_destroy(&value); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
};

struct Attributes {
    posix_spawnattr_t value{};
    Attributes() { ::posix_spawnattr_init(&value); }
    ~Attributes() { ::posix_spawnattr_destroy(&value); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
};

} // namespace

Child::Child(Executor executor, pid_t process, int descriptor) : process_(process), ended_(executor, descriptor) {}

Child::Child(Child&& other) noexcept : process_(std::exchange(other.process_, -1)), ended_(std::move(other.ended_)) {}

Child::~Child() {
    if (process_ < 0) return;
    kill_group();
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED) < 0 && errno == EINTR) {
    }
}

Result<Child> Child::start(Executor executor, const std::vector<std::string>& command,
                           const std::vector<std::string>& environment, int input, int output, int errors) {
    FileActions actions;
    ::posix_spawn_file_actions_adddup2(&actions.value, input, 0);
    ::posix_spawn_file_actions_adddup2(&actions.value, output, 1);
    ::posix_spawn_file_actions_adddup2(&actions.value, errors, 2);
    ::posix_spawn_file_actions_addclosefrom_np(&actions.value, 3);
    Attributes attributes;
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes.value, &none);
    ::posix_spawnattr_setsigdefault(&attributes.value, &all);
    ::posix_spawnattr_setpgroup(&attributes.value, 0);
    ::posix_spawnattr_setflags(&attributes.value,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t process = -1;
    const int error = ::posix_spawnp(&process, command.front().c_str(), &actions.value, &attributes.value,
                                     pointers_to(command).data(), pointers_to(environment).data());
    if (error != 0) {
        errno = error;
        return system_error("starting " + command.front());
    }
    const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    if (descriptor < 0) {
        const auto failure = system_error("watching " + command.front());
        ::kill(-process, SIGKILL);
        ::waitpid(process, nullptr, 0);
        return failure;
    }
    return Child(executor, process, descriptor);
}

void Child::kill_group() const noexcept {
    if (process_ > 0) ::kill(-process_, SIGKILL);
}

Task<Child::End> Child::wait() {
    co_await ended_.async_wait(asio::posix::descriptor_base::wait_read, use_task);
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED) < 0 && errno == EINTR) {
    }
    process_ = -1;
    co_return End{info.si_code != CLD_EXITED, info.si_status};
}

std::string describe(const Child::End& end) {
    return (end.was_killed ? "killed by signal " : "exit status ") + std::to_string(end.status);
}

} // namespace webhookd::sinks::exec
