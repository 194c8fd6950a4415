"""Each rule finds what it is for, and leaves alone what only looks like it."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import coroutines
import hygiene
import include_directions


def found(check, path, text):
    return [line for line, _ in check(path, text)]


@pytest.mark.parametrize("path, include", [
    ("src/base/id.cpp", "webhookd/telemetry/log.hpp"),  # up
    ("src/http/listener.cpp", "webhookd/verify/verify.hpp"),  # sideways
    ("include/webhookd/event/event.hpp", "webhookd/sink/sink.hpp"),  # the one sideways pair, turned round
    ("src/ingest/pipeline.cpp", "webhookd/delivery/lane.hpp"),
    ("src/sinks/file/file_sink.cpp", "sinks/http/pool.hpp"),  # one sink knows another
    ("src/app/daemon.cpp", "webhookd/cli/run.hpp"),
    ("src/delivery/lane.cpp", "journal/segment.hpp"),  # down, but private
    ("src/base/id.cpp", "boost/asio.hpp"),  # not one of ours
    ("src/newarea/x.cpp", "webhookd/base/id.hpp"),  # a folder nobody placed
])
def test_a_wrong_include_is_found(path, include):
    assert found(include_directions.check, path, f'#pragma once\n#include "{include}"\n')


@pytest.mark.parametrize("path, include", [
    ("src/base/id.cpp", "webhookd/base/id.hpp"),
    ("src/http/listener.cpp", "http/connection.hpp"),
    ("src/sink/x.cpp", "webhookd/event/event.hpp"),
    ("src/sinks/file/file_sink.cpp", "sinks/file/rotation.hpp"),
    ("src/sinks/file/file_sink.cpp", "webhookd/sink/sink.hpp"),
    ("src/app/builtin_sinks.cpp", "sinks/file/file_sink.hpp"),
    ("src/main.cpp", "webhookd/cli/run.hpp"),
])
def test_a_right_include_passes(path, include):
    assert not found(include_directions.check, path, f'#include "{include}"\n')


@pytest.mark.parametrize("code", [
    "auto f = [this]() -> Task<> { co_return; };",
    "auto f = [&](int n) -> asio::awaitable<int, Executor> { co_return n; };",
    "spawn([self = shared_from_this()] { return [self]() mutable -> Task<void> { co_await work(); }(); });",
    "run([x](auto y) {\n co_await y(x);\n});",
])
def test_a_capturing_coroutine_is_found(code):
    assert found(coroutines.capturing_coroutine, "src/x.cpp", code)


@pytest.mark.parametrize("code", [
    "auto f = []() -> Task<> { co_return; };",
    "auto f = [this] { return run(); };",
    "co_return values[index];",
    "// [this]() -> Task<> { co_return; }\n",
    'auto text = "[x]() { co_await y; }";',
    "auto [first, second] = pair; co_await first;",
    "[[nodiscard]] Task<> run() { co_return; }",
    "post([x] { start([]() -> Task<> { co_await forever(); }); });",
])
def test_what_only_looks_like_one_passes(code):
    assert not found(coroutines.capturing_coroutine, "src/x.cpp", code)


def test_a_lambda_inside_co_await_is_found():
    assert found(coroutines.lambda_in_co_await, "src/x.cpp", "x();\nco_await async_run(\n  [&] { return 1; });") == [3]


def test_a_lambda_before_co_await_passes():
    assert not found(coroutines.lambda_in_co_await, "src/x.cpp", "auto f = [&] { return 1; };\nco_await run(f);\nauto g = [] {};")


@pytest.mark.parametrize("code", [
    "if (!co_await more()) co_return;", "while (co_await more()) {}", "if (x && !co_await more()) {}", "do {} while (co_await more());",
    "switch (co_await next()) {}", "if (auto x = f(); co_await g(x)) {}",
])
def test_a_condition_that_waits_is_found(code):
    assert found(coroutines.condition, "src/x.cpp", code) == [1]


@pytest.mark.parametrize("code", [
    "if (auto x = co_await more(); !x) co_return;", "const bool more = co_await next();\nif (!more) co_return;", "if (x) co_await f();",
    "for (int i = 0; i < 3; ++i) co_await f();",
])
def test_a_condition_that_does_not_wait_passes(code):
    assert not found(coroutines.condition, "src/x.cpp", code)


def test_a_detached_coroutine_is_found():
    assert found(coroutines.detached, "src/x.cpp", "asio::co_spawn(context, run(), asio::detached);") == [1]


@pytest.mark.parametrize("check, text", [
    (hygiene.pragma_once, "#ifndef X\n"),
    (hygiene.length, "\n" * 451),
    (hygiene.machine_path, 'read("/home/someone/file");\n'),
    (hygiene.unfinished, "// TODO later\n"),
    (hygiene.skipped, "GTEST_SKIP();\n"),
    (hygiene.trailing_space, "int x; \n"),
])
def test_untidiness_is_found(check, text):
    assert found(check, "src/x.hpp", text)
