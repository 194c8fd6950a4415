#include "webhookd/app/preflight.hpp"

#include "webhookd/app/builtin_sinks.hpp"
#include "webhookd/config/forms.hpp"
#include "webhookd/http/listener.hpp"
#include "webhookd/sink/type.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <stdexcept>

namespace webhookd::app {
namespace {

constexpr auto probe_patience = std::chrono::seconds(10);

config::Problem about(const config::Settings& settings, std::string key, std::string what, std::string hint = {}) {
    return {settings.file.empty() ? "configuration" : settings.file.string(),
            0,
            0,
            std::move(key),
            std::move(what),
            std::move(hint)};
}

std::filesystem::path nearest_existing(std::filesystem::path path) {
    std::error_code error;
    path = std::filesystem::absolute(path, error);
    while (!std::filesystem::exists(path, error) && path != path.parent_path()) path = path.parent_path();
    return path;
}

void check_store(const config::Settings& settings, Preflight& found) {
    const auto existing = nearest_existing(settings.store.directory);
    const std::string key = "store.directory";
    if (!std::filesystem::is_directory(existing)) {
        found.problems.push_back(about(settings, key, existing.string() + " is not a directory"));
        return;
    }
    if (::access(existing.c_str(), W_OK | X_OK) != 0)
        found.problems.push_back(about(settings, key, existing.string() + " cannot be written by this user",
                                       "the user of the service must own it"));
    struct statfs system {};
    if (::statfs(existing.c_str(), &system) != 0) return;
    if (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC)
        found.warnings.push_back(about(settings, key, "is in memory: events are gone after a restart of the machine",
                                       "a directory on a disk"));
    if (system.f_type == OVERLAYFS_SUPER_MAGIC)
        found.warnings.push_back(
            about(settings, key, "is in the container's own layer: events are gone with the container", "a volume"));
}

void check_certificate(const config::Settings& settings, Preflight& found) {
    const auto intake = http::Settings::from(settings.listen);
    if (!intake.tls) return;
    std::error_code ignored;
    const auto permissions = std::filesystem::status(intake.tls->key, ignored).permissions();
    if (!ignored && (permissions & std::filesystem::perms::others_read) != std::filesystem::perms::none)
        found.warnings.push_back(about(settings, "listen.tls.key", "can be read by everybody", "chmod o-r would do"));
    try {
        http::check_tls(*intake.tls);
    } catch (const std::exception& error) {
        found.problems.push_back(about(settings, "listen.tls", error.what()));
    }
}

void check_socket(const config::Settings& settings, const std::string& key, const std::string& address,
                  Preflight& found) {
    const auto parsed = config::parse_address(address);
    if (!parsed || parsed->kind != config::ListenAddress::Kind::unix_) return;
    const auto folder = std::filesystem::absolute(parsed->host).parent_path();
    if (::access(folder.c_str(), W_OK | X_OK) != 0)
        found.problems.push_back(about(settings, key, "no socket can be made in " + folder.string()));
}

const sink::SinkType* type_of(const config::Sink& sink) {
    for (const auto& type : builtin_sinks())
        if (type.kind.type == sink.type) return &type;
    return nullptr;
}

std::unique_ptr<sink::Sink> make(const config::Sink& sink, asio::io_context& context) {
    const auto* type = type_of(sink);
    if (type == nullptr) throw std::runtime_error("there is no type \"" + sink.type + "\"");
    return type->make(sink.own, {sink.name, static_cast<event::Format>(sink.format), context.get_executor()});
}

void check_sinks(const config::Settings& settings, Preflight& found) {
    for (const auto& sink : settings.sinks) {
        try {
            asio::io_context context{1};
            make(sink, context);
        } catch (const std::exception& error) {
            found.problems.push_back(about(settings, "sink." + sink.name, error.what()));
        }
    }
}

Task<std::string> open_and_close(sink::Sink& sink) {
    const auto opened = co_await sink.open();
    if (!opened) co_return opened.error().why;
    co_await sink.close();
    co_return "";
}

std::string probe(const config::Sink& sink) {
    asio::io_context context{1};
    std::string answer = "does not answer within 10 s";
    bool gave_up = false;
    try {
        const auto made = make(sink, context);
        asio::cancellation_signal give_up;
        asio::steady_timer timer(context, probe_patience);
        timer.async_wait([&](boost::system::error_code error) {
            if (error) return;
            gave_up = true;
            give_up.emit(asio::cancellation_type::terminal);
        });
        asio::co_spawn(context, open_and_close(*made),
                       asio::bind_cancellation_slot(give_up.slot(), [&](std::exception_ptr failure, std::string found) {
                           timer.cancel();
                           if (!failure && !gave_up) answer = std::move(found);
                       }));
        context.run();
    } catch (const std::exception& error) {
        answer = error.what();
    }
    return answer;
}

} // namespace

Preflight preflight(const config::Settings& settings) {
    Preflight found;
    check_certificate(settings, found);
    check_store(settings, found);
    check_socket(settings, "listen.address", settings.listen.address, found);
    check_socket(settings, "admin.address", settings.admin.address, found);
    check_sinks(settings, found);
    return found;
}

std::vector<Probe> probe_sinks(const config::Settings& settings) {
    std::vector<Probe> probes;
    for (const auto& sink : settings.sinks) probes.push_back({sink.name, probe(sink)});
    return probes;
}

} // namespace webhookd::app
