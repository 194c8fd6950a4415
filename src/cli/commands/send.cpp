#include "cli/commands.hpp"

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/send/client.hpp"
#include "cli/send/kinds.hpp"
#include "cli/send/report.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/base/time.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <unistd.h>

namespace webhookd::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string what, to, secret_file, ca;
    std::uint64_t count = 1;
    std::uint64_t parallel = 1;
    std::uint64_t seed = std::random_device{}();
    double rate = 0; // events a second; 0: as fast as answers come
    bool insecure = false, keep_alive = false, list = false;
};

/// One run: senders take the next event in turn until all are sent.
struct Run {
    Run(Context& context_, const Options& options_) : context(context_), options(options_) {}

    Context& context;
    const Options& options;
    send::ClientOptions client;
    const send::Kind* kind = nullptr; // else the same body each time
    std::string body;
    send::Source source;
    std::uint64_t next = 0;
    Clock::time_point began = Clock::now();
    send::Report report;
    bool stopped = false;
    bool shows_progress = false;
    Clock::time_point next_progress{};

    std::string make_body() {
        if (kind == nullptr) return body;
        source.number = next;
        source.time = format_time(now());
        return kind->make(source);
    }
    void show_progress(bool last) {
        const auto at = Clock::now();
        if (!shows_progress || (!last && at < next_progress)) return;
        next_progress = at + std::chrono::milliseconds(200);
        context.err << "\r\x1b[K"
                    << (last ? "" : fmt::format("{} of {}: {}", report.count(), options.count, report.outcomes()))
                    << std::flush;
    }
};

Task<> send_events(Run& run, Executor executor) {
    send::Client client(executor, run.client);
    asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer(executor);
    while (run.next < run.options.count && !run.stopped) {
        const auto number = run.next;
        if (run.options.rate > 0) {
            timer.expires_at(run.began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
                                             static_cast<double>(number) / run.options.rate)));
        }
        const auto body = run.make_body();
        ++run.next;
        if (run.options.rate > 0) co_await timer.async_wait(use_task);
        if (run.stopped) break;
        const auto before = Clock::now();
        const auto answer = co_await client.post(body);
        const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - before);
        if (answer)
            run.report.answered(answer->status, latency);
        else
            run.report.failed(answer.error().message);
        if (answer && run.options.count == 1)
            run.context.out << answer->status << ' ' << escape(trim(answer->body)) << '\n';
        run.show_progress(false);
    }
}

void prepare(Run& run, const Options& options) {
    auto target = send::parse_target(options.to);
    if (!target) throw Failure(target.error().message, wrong_usage);
    run.client.target = std::move(*target);
    run.client.ca = options.ca;
    run.client.insecure = options.insecure;
    run.client.keep_alive = options.keep_alive;
    if (!options.secret_file.empty()) run.client.secret = read_secret(options.secret_file);
    run.kind = send::find_kind(options.what);
    run.source.random.seed(options.seed);
    if (run.kind != nullptr) return;
    std::error_code ignored;
    if (options.what == "-" || std::filesystem::exists(options.what, ignored)) {
        run.body = read_input(options.what);
        return;
    }
    std::vector<std::string_view> names;
    for (const auto& kind : send::kinds()) names.push_back(kind.name);
    const auto near = did_you_mean(options.what, names);
    throw Failure("\"" + options.what + "\" is neither a kind of event nor a file" +
                      (near ? "; did you mean \"" + std::string(*near) + "\"?" : " (`send --list` prints the kinds)"),
                  wrong_usage);
}

int send_all(Context& context, const Options& options) {
    Run run(context, options);
    prepare(run, options);
    run.shows_progress = options.count > 1 && ::isatty(STDERR_FILENO) == 1;
    asio::io_context io{1};
    asio::signal_set interrupted(io, SIGINT, SIGTERM);
    interrupted.async_wait([&](boost::system::error_code error, int) {
        if (error) return;
        run.stopped = true;
        io.stop();
    });
    std::exception_ptr broken;
    auto senders = std::min(options.parallel, options.count);
    run.began = Clock::now();
    for (auto left = senders; left > 0; --left)
        asio::co_spawn(io, send_events(run, io.get_executor()), [&](std::exception_ptr failure) {
            if (failure) broken = failure;
            if (--senders == 0) interrupted.cancel();
        });
    io.run();
    const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - run.began);
    run.show_progress(true);
    if (broken) std::rethrow_exception(broken);
    if (options.count > 1)
        context.out << run.report.text(elapsed);
    else if (run.report.good() == 0 && run.report.count() == 1)
        context.err << run.report.outcomes() << '\n';
    return run.report.good() == options.count ? done : failed;
}

int list(Context& context) {
    Listing listing({{"kind"}, {"endpoint"}, {"meaning"}});
    for (const auto& kind : send::kinds()) listing.add({kind.name, kind.endpoint, kind.meaning});
    listing.print(context);
    return done;
}

} // namespace

Action set_up_send(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("KIND|FILE", options->what,
                   "a kind of event (--list prints them), or a file with a body (- for standard input)")
        ->type_name("");
    app.add_flag("--list", options->list, "print the kinds");
    app.add_option("--to", options->to, "URL of the endpoint")->type_name("URL");
    app.add_option("--secret-file", options->secret_file, "file with the secret of the webhook; else unsigned")
        ->type_name("FILE");
    app.add_option("--count", options->count, "how many events, each different")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
        ->option_text("N (1)");
    app.add_option("--rate", options->rate, "events a second; else as fast as answers come")
        ->check(CLI::PositiveNumber)
        ->option_text("R");
    app.add_option("--parallel", options->parallel, "how many are under way at once")
        ->check(CLI::Range(1, 1000))
        ->option_text("N (1)");
    app.add_flag("--keep-alive", options->keep_alive, "many events over one connection, which Flagsmith does not do");
    app.add_option("--ca", options->ca, "PEM file with the authorities to trust; else the system's")->type_name("FILE");
    app.add_flag("--insecure", options->insecure, "trust any certificate");
    app.add_option("--seed", options->seed, "the same seed makes the same events, but for their times")
        ->option_text("N");
    return [options](Context& context) {
        if (options->list) return list(context);
        if (options->what.empty()) throw Failure("what to send? (`send --list` prints the kinds)", wrong_usage);
        if (options->to.empty()) throw Failure("where to? (--to URL)", wrong_usage);
        return send_all(context, *options);
    };
}

} // namespace webhookd::cli
