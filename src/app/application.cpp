#include "webhookd/app/application.hpp"

#include "app/fatal.hpp"
#include "app/file_watch.hpp"
#include "app/journal_settings.hpp"
#include "app/metrics.hpp"
#include "app/process.hpp"
#include "app/retention_clock.hpp"
#include "app/service_manager.hpp"
#include "app/stop_signals.hpp"
#include "webhookd/admin/control_socket.hpp"
#include "webhookd/admin/handler.hpp"
#include "webhookd/app/builtin_sinks.hpp"
#include "webhookd/app/operations.hpp"
#include "webhookd/app/token.hpp"
#include "webhookd/delivery/delivery.hpp"
#include "webhookd/http/listener.hpp"
#include "webhookd/ingest/pipeline.hpp"
#include "webhookd/journal/journal.hpp"
#include "webhookd/telemetry/log.hpp"
#include "webhookd/verify/verify.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>

namespace webhookd::app {
namespace {

using namespace std::chrono_literals;

/// From the end of accepting to the end of the process (contract: section 6): most of it for requests in flight.
constexpr Duration drain_patience = 7s;
constexpr Duration delivery_patience = 2s;
constexpr auto watch_interval = 5s; // of secrets and certificates
constexpr auto retention_interval = 30s;

void set_up_log(const config::Log& log) {
    constexpr std::array levels{spdlog::level::trace, spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                spdlog::level::err};
    telemetry::set_up_log(levels[static_cast<std::size_t>(log.level)], log.format == config::Log::Format::json
                                                                           ? telemetry::LogFormat::json
                                                                           : telemetry::LogFormat::text);
}

http::Settings intake_settings(const config::Listen& listen) {
    auto settings = http::Settings::from(listen);
    settings.picked_header = verify::signature_header;
    settings.limits.max_connections = affordable_connections(listen.max_connections);
    if (settings.limits.max_connections < listen.max_connections)
        spdlog::warn(
            "only {} connections are taken at a time, not {} (listen.max_connections): the limit of open files "
            "allows no more",
            settings.limits.max_connections, listen.max_connections);
    return settings;
}

/// The private listeners: one thread, small numbers, generous times.
http::Settings private_settings(std::string name, std::string address) {
    http::Settings settings;
    settings.name = std::move(name);
    settings.address = std::move(address);
    settings.socket_mode = 0600;
    settings.limits.max_connections = 64;
    settings.limits.max_header = ByteSize{16u << 10};
    settings.limits.max_inflight = ByteSize{16u << 20};
    settings.limits.min_rate = ByteSize{1};
    settings.limits.handshake_timeout = settings.limits.header_timeout = settings.limits.body_timeout = 10s;
    settings.limits.idle_timeout = 75s;
    return settings;
}

} // namespace

struct Application::Impl {
    Impl(config::Loaded loaded, Load load_again);

    void wait_for_signal();
    void on_signal(int signal);
    void tick();
    void reload();
    void drain();
    std::string scrape();

    Load load;
    config::Loaded current;

    // In the order of their life; destroyed in reverse.
    asio::io_context main{1};
    ingest::Metrics ingest_metrics;
    telemetry::DurationHistogram commit_duration;
    std::unique_ptr<journal::Journal> journal;
    std::unique_ptr<delivery::Delivery> delivery;
    std::unique_ptr<ingest::Pipeline> pipeline;
    admin::Api api;
    admin::ControlSocketPath control_path;
    std::unique_ptr<admin::Handler> control_handler, admin_handler;
    std::unique_ptr<http::Listener> control, admin, intake;

    asio::signal_set signals{main, SIGTERM, SIGINT, SIGHUP};
    asio::steady_timer ticker{main}, shutdown_delay{main};
    FileWatch watch;
    RetentionClock retention_clock;
    SteadyTime next_watch{}, next_retention{};
    std::atomic<bool> reload_wanted{false};
};

Application::Impl::Impl(config::Loaded loaded, Load load_again)
    : load(std::move(load_again)), current(std::move(loaded)),
      journal(journal::Journal::open(
          journal_settings(current.settings), die,
          [this](const journal::CommitReport& report) { commit_duration.observe(report.took); })),
      control_path(current.settings.store.directory) {
    const auto& settings = current.settings;

    delivery = std::make_unique<delivery::Delivery>(*journal, builtin_sinks());
    delivery->apply(settings.sinks);

    pipeline = std::make_unique<ingest::Pipeline>(
        std::make_shared<const ingest::Routes>(settings, ingest_metrics), *journal, ingest_metrics,
        [this] { return delivery->refuses(); }, main.get_executor());

    add_operations(api, {*journal, delivery.get(), [this] { return pipeline->routes(); },
                         [this] { return pipeline->is_ready(); }});
    const admin::Views views{[this] { return pipeline->is_ready(); }, [this] { return scrape(); }};
    control_handler = std::make_unique<admin::Handler>(api, views, admin::Access{});
    control = std::make_unique<http::Listener>(private_settings("control", "unix:" + control_path.string()),
                                               *control_handler);
    if (!settings.admin.address.empty()) {
        admin_handler = std::make_unique<admin::Handler>(api, views, admin::Access{admin_token(settings), {}});
        admin = std::make_unique<http::Listener>(private_settings("admin", settings.admin.address), *admin_handler);
    }
    intake = std::make_unique<http::Listener>(intake_settings(settings.listen), *pipeline);

    control->start();
    if (admin) admin->start();
    intake->start();
    watch.watch(current.watched);
    service_manager::ready("serving");
}

void Application::Impl::wait_for_signal() {
    signals.async_wait([this](boost::system::error_code error, int signal) {
        if (!error) on_signal(signal);
    });
}

void Application::Impl::on_signal(int signal) {
    if (signal == SIGHUP) {
        reload();
        delivery->reopen();
        wait_for_signal();
        return;
    }
    spdlog::info("stopping: requests are still served for {}", format_duration(current.settings.listen.shutdown_delay));
    signals.clear();
    next_signal_ends_at_once();
    service_manager::stopping();
    pipeline->start_draining();
    intake->announce_end();
    shutdown_delay.expires_after(current.settings.listen.shutdown_delay);
    shutdown_delay.async_wait([this](boost::system::error_code) { drain(); });
}

/// Once a second: the watchdog, and what is due.
void Application::Impl::tick() {
    ticker.expires_after(1s);
    ticker.async_wait([this](boost::system::error_code error) {
        if (!error) tick();
    });
    service_manager::alive();
    const auto at = std::chrono::steady_clock::now();
    if (at >= next_watch) {
        next_watch = at + watch_interval;
        if (watch.has_changed()) {
            spdlog::info("a secret, certificate or token file has changed");
            reload();
        }
    }
    const bool is_due = at >= next_retention;
    if (!is_due && journal->can_store()) return;
    const auto time = retention_clock.at(now(), time_since_boot());
    const bool is_all = journal->apply_retention(time); // on a full disk at once: what may go makes room
    if (!is_due || !is_all) return;                     // the rest with the next tick
    next_retention = at + retention_interval;
    delivery->look_after_removed(time);
}

void Application::Impl::reload() {
    service_manager::reloading();
    auto loaded = load();
    if (!loaded) {
        for (const auto& problem : loaded.error()) spdlog::error("not reloaded: {}", problem.text());
        service_manager::ready("serving; the last reload was refused");
        return;
    }
    for (const auto& warning : loaded->warnings) spdlog::warn("{}", warning.text());
    try {
        intake->apply(intake_settings(loaded->settings.listen));
    } catch (const std::exception& error) {
        spdlog::error("not reloaded: {}", error.what());
        service_manager::ready("serving; the last reload was refused");
        return;
    }
    for (const auto& key : config::needs_restart(current.settings, loaded->settings))
        spdlog::warn("{} has changed: that needs a restart", key);
    set_up_log(loaded->settings.log);
    pipeline->replace(std::make_shared<const ingest::Routes>(loaded->settings, ingest_metrics));
    delivery->apply(loaded->settings.sinks);
    if (admin_handler) admin_handler->replace_token(admin_token(loaded->settings));
    watch.watch(loaded->watched);
    current = std::move(*loaded);
    spdlog::info("reloaded");
    service_manager::ready("serving");
}

void Application::Impl::drain() {
    if (!intake->drain(drain_patience))
        spdlog::warn("requests were still in flight after {}", format_duration(drain_patience));
    intake->stop();
    if (admin) admin->stop();
    control->stop();
    if (!delivery->stop(delivery_patience)) {
        spdlog::warn("a sink does not let go; its place is kept, the process ends without it");
        std::_Exit(0); // everything that was acknowledged is on stable storage
    }
    main.stop();
}

std::string Application::Impl::scrape() {
    telemetry::Exposition out;
    ingest_metrics.collect(out);
    pipeline->routes()->collect(out);
    collect(out, *intake);
    collect(out, *journal);
    delivery->collect(out);
    out.add(telemetry::Metric::commit_duration, {}, commit_duration.snapshot());
    collect_build_info(out);
    return out.text();
}

Application::Application(config::Loaded loaded, Load load) {
    set_up_log(loaded.settings.log);
    protect_process();
    raise_descriptor_limit();
    impl_ = std::make_unique<Impl>(std::move(loaded), std::move(load));
}

Application::~Application() = default;

int Application::run() {
    impl_->wait_for_signal();
    impl_->tick();
    spdlog::info("serving on {}", impl_->current.settings.listen.address);
    impl_->main.run();
    spdlog::info("stopped");
    return 0;
}

std::uint16_t Application::port() const {
    return impl_->intake->port();
}

} // namespace webhookd::app
