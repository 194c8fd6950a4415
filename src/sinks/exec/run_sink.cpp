#include "sinks/exec/child.hpp"
#include "sinks/exec/modes.hpp"
#include "sinks/exec/output.hpp"
#include "sinks/exec/surroundings.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace webhookd::sinks::exec {
namespace {

using event::Event;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;

/// sysexits.h, EX_TEMPFAIL.
constexpr int try_again = 75;

Outcome outcome_of(const Child::End& end) {
    if (end.was_killed || end.status == try_again) return Outcome::retry("the command ended: " + describe(end));
    return end.status == 0 ? Outcome::delivered() : Outcome::reject("the command ended: " + describe(end));
}

/// A file in memory: the command reads it without our having to feed it.
Result<FileDescriptor> input_of(std::string_view content) {
    FileDescriptor file(::memfd_create("event", MFD_CLOEXEC));
    if (!file) return system_error("making the input");
    if (auto written = write_all(file.get(), content); !written) return written.error();
    if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_error("rewinding the input");
    return file;
}

class RunSink final : public sink::Sink {
public:
    RunSink(const Settings& settings, const sink::Environment& environment)
        : settings_(settings), environment_(environment) {}

    sink::Capacity capacity() const override {
        return {.batch_events = 1, .concurrency = settings_.concurrency}; // the time limit is ours: it costs an attempt
    }
    Task<Result<void, Away>> open() override { co_return Result<void, Away>{}; }

    Task<Result<Outcomes, Away>> deliver(std::span<const Event> batch) override {
        std::string content;
        event::append_event(content, batch.front(), environment_.format);
        content += '\n';
        auto input = input_of(content);
        auto pipe = make_pipe();
        if (!input || !pipe) co_return Away{(input ? pipe.error() : input.error()).message, {}};
        auto started =
            Child::start(environment_.executor, settings_.command, environment_of(environment_.name, &batch.front()),
                         input->get(), pipe->second.get(), pipe->second.get());
        if (!started) co_return Away{started.error().message, {}};
        const auto run = std::make_shared<Run>(std::move(*started));
        pipe->second.reset();
        const Output output(environment_.executor, std::move(pipe->first), environment_.name);

        Timer limit(environment_.executor, settings_.timeout);
        limit.async_wait([run](boost::system::error_code error) {
            if (error) return;
            run->is_late = true;
            run->child.kill_group(); // which ends the wait
        });
        const auto end = co_await run->child.wait();
        if (run->is_late)
            co_return Outcomes{Outcome::retry("the command was killed after " + format_duration(settings_.timeout))};
        co_return Outcomes{outcome_of(end)};
    }

    Task<> close() override { co_return; }

private:
    /// Shared with the timer, whose handler may come late.
    struct Run {
        explicit Run(Child started) : child(std::move(started)) {}
        Child child;
        bool is_late = false;
    };

    const Settings settings_;
    const sink::Environment environment_;
};

} // namespace

std::unique_ptr<sink::Sink> make_run_sink(const Settings& settings, const sink::Environment& environment) {
    return std::make_unique<RunSink>(settings, environment);
}

} // namespace webhookd::sinks::exec
