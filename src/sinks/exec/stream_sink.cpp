#include "sinks/exec/child.hpp"
#include "sinks/exec/modes.hpp"
#include "sinks/exec/output.hpp"
#include "sinks/exec/surroundings.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace webhookd::sinks::exec {
namespace {

using event::Event;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;

constexpr std::size_t most_line = 4096;
/// After its input was closed the command may finish for so long.
constexpr Duration farewell = std::chrono::seconds(1);

/// A command that runs, and the pipes to and from it.
struct Running {
    Running(Executor executor, Child started, FileDescriptor input, FileDescriptor output, FileDescriptor errors,
            const std::string& sink)
        : child(std::move(started)), to(executor, input.release()), from(executor, output.release()),
          said(executor, std::move(errors), sink) {}
    /// First of all nobody writes any more: what is left in the pipes is read then.
    ~Running() { child.kill_group(); }

    Child child;
    asio::posix::basic_stream_descriptor<Executor> to;
    asio::posix::basic_stream_descriptor<Executor> from;
    Output said;
    std::string answers; // read, not looked at yet
};

class StreamSink final : public sink::Sink {
public:
    StreamSink(const Settings& settings, const sink::Environment& environment)
        : settings_(settings), environment_(environment) {}

    sink::Capacity capacity() const override { return {.batch_events = 1000, .timeout = settings_.timeout}; }

    Task<Result<void, Away>> open() override {
        end();
        auto input = make_pipe(), output = make_pipe(), errors = make_pipe();
        for (const auto* pipe : {&input, &output, &errors})
            if (!*pipe) co_return Away{pipe->error().message, {}};
        auto child = Child::start(environment_.executor, settings_.command, environment_of(environment_.name, nullptr),
                                  input->first.get(), output->second.get(), errors->second.get());
        if (!child) co_return Away{child.error().message, {}};
        running_ = std::make_shared<Running>(environment_.executor, std::move(*child), std::move(input->second),
                                             std::move(output->first), std::move(errors->first), environment_.name);
        co_return Result<void, Away>{};
    }

    Task<Result<Outcomes, Away>> deliver(std::span<const Event> batch) override {
        if (broken_) co_return *broken_;
        const auto lines = std::make_shared<std::string>();
        Waiting waiting;
        Outcomes outcomes(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            event::append_event(*lines, batch[i], environment_.format);
            *lines += '\n';
            waiting.emplace(batch[i].id, i);
        }
        // Written while answers are read: neither side ever waits for the other with both pipes full.
        // It may go on after this task was cancelled, so it holds on to what it needs.
        asio::async_write(running_->to, asio::buffer(*lines),
                          [lines, running = running_](boost::system::error_code, std::size_t) {});
        while (!waiting.empty()) {
            const auto [error, length] = co_await asio::async_read_until(
                running_->from, asio::dynamic_buffer(running_->answers, most_line), '\n', use_result);
            if (error) co_return break_off(gone(error), waiting, std::move(outcomes));
            const auto answer = parse_acknowledgement(std::string_view(running_->answers).substr(0, length));
            running_->answers.erase(0, length);
            if (!answer)
                co_return break_off(gone_wrong("answered with a line that names no event"), waiting,
                                    std::move(outcomes));
            settle(*answer, waiting, outcomes);
        }
        co_return outcomes;
    }

    Task<> close() override {
        if (!running_) co_return;
        boost::system::error_code ignored;
        running_->to.close(ignored); // the command sees the end of its input
        Timer limit(environment_.executor, farewell);
        limit.async_wait([running = running_](boost::system::error_code error) {
            if (!error) running->child.kill_group();
        });
        co_await running_->child.wait();
        end();
    }

private:
    /// Events without an answer yet; the same id may be in a batch more than once.
    using Waiting = std::unordered_multimap<EventId, std::size_t>;

    void end() noexcept {
        broken_.reset();
        if (!running_) return;
        running_->child.kill_group();
        boost::system::error_code ignored;
        running_->to.close(ignored); // a write that is under way ends, and lets go
        running_.reset();
    }

    /// The command is of no use any more. What it has answered up to the first gap counts all the same: else a batch
    /// that never comes to its end would be given to it for ever.
    Result<Outcomes, Away> break_off(Away why, const Waiting& waiting, Outcomes outcomes) {
        std::size_t answered = outcomes.size();
        for (const auto& [id, index] : waiting) answered = std::min(answered, index);
        if (answered == 0) return why;
        broken_ = std::move(why);
        outcomes.resize(answered);
        return outcomes;
    }

    /// An event that does not wait for an answer, one of a batch that was given up for instance, changes nothing.
    static void settle(const Acknowledgement& answer, Waiting& waiting, Outcomes& outcomes) {
        const auto event = waiting.find(answer.id);
        if (event == waiting.end()) return;
        if (answer.kind == Acknowledgement::Kind::retry)
            outcomes[event->second] = Outcome::retry("the command answered retry");
        else if (answer.kind == Acknowledgement::Kind::reject)
            outcomes[event->second] = Outcome::reject("the command answered reject");
        waiting.erase(event);
    }

    static Away gone(const boost::system::error_code& error) {
        if (error == asio::error::not_found) return gone_wrong("answered with a line that is too long");
        if (error == asio::error::eof) return gone_wrong("closed its output");
        return {"reading from the command: " + error.message(), {}};
    }
    static Away gone_wrong(std::string_view what) { return {"the command " + std::string(what), {}}; }

    const Settings settings_;
    const sink::Environment environment_;
    std::shared_ptr<Running> running_; // shared with the timer of close(), and with what is still being written
    std::optional<Away> broken_;       // why it must be started anew
};

} // namespace

std::unique_ptr<sink::Sink> make_stream_sink(const Settings& settings, const sink::Environment& environment) {
    return std::make_unique<StreamSink>(settings, environment);
}

} // namespace webhookd::sinks::exec
