#include "sinks/exec/exec_sink.hpp"

#include "sinks/exec/modes.hpp"
#include "sinks/exec/settings.hpp"

namespace webhookd::sinks {
namespace exec {

void check(const Settings& settings, TableReader& table) {
    if (table.has("command") && (settings.command.empty() || settings.command.front().empty()))
        table.problem("command", "names no program", "[\"/usr/local/bin/on-flag-change\"]");
    if (settings.mode == Settings::Mode::stream && settings.concurrency != 1)
        table.problem("concurrency", "does not go with mode = \"stream\": there is one command");
}

namespace {

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> own, sink::Environment environment) {
    const auto& settings = *static_cast<const Settings*>(own.get());
    return settings.mode == Settings::Mode::stream ? make_stream_sink(settings, environment)
                                                   : make_run_sink(settings, environment);
}

} // namespace
} // namespace exec

constinit const sink::SinkType exec_sink{
    config::sink_kind<exec::Settings>("exec", "starts a command for each event, or feeds one that stays"), &exec::make};

} // namespace webhookd::sinks
