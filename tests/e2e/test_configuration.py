"""Mistakes in the configuration, all of them at once."""
import pytest

MISTAKES = """\
[listen]
adress = "127.0.0.1:8443"
tls = false
idle_timeout = "75 parsecs"

[endpoint.environment]
path = "environment-webhook"
kind = "enviroment"
secrets = [ { name = "2026", file = "no-such.secret" } ]

[store]
directory = "store"
"""
EXPECTED = [  # line, column, key, part of the suggestion
    (2, 1, "listen.adress", "address"),
    (4, 16, "listen.idle_timeout", '"10s"'),
    (7, 8, "endpoint.environment.path", '"/environment-webhook"'),
    (8, 8, "endpoint.environment.kind", '"environment"'),
    (9, None, "endpoint.environment.secrets", "no-such.secret"),
]


@pytest.fixture
def refused(make_daemon):
    daemon = make_daemon(tls=False)
    daemon.config.write_text(MISTAKES)
    return daemon


@pytest.mark.parametrize("command", ["check", "serve"])
def test_five_mistakes_are_named_with_place_and_suggestion(refused, command):
    result = refused.command(command, check=False)
    assert result.returncode == 78
    lines = result.stderr.splitlines()
    assert len(lines) == len(EXPECTED), result.stderr
    for line, (row, column, key, suggestion) in zip(sorted(lines, key=lambda text: int(text.split("config.toml:")[1].split(":")[0])), EXPECTED):
        place, rest = line.split(f" {key}", 1)
        assert place.startswith(f"{refused.config}:{row}:" + (f"{column}" if column else "")), line
        assert suggestion in rest, line


def test_a_syntax_error_is_named_with_its_place(make_daemon):
    daemon = make_daemon()
    daemon.config.write_text('[listen]\naddress = "127.0.0.1:8443\n')
    result = daemon.command("check", check=False)
    assert result.returncode == 78 and f"{daemon.config}:2:" in result.stderr


def test_a_good_configuration_is_accepted(make_daemon):
    assert make_daemon().command("check").returncode == 0


def test_the_example_is_accepted(make_daemon, home, authority):
    daemon = make_daemon()
    daemon.config.write_text(daemon.command("config", "example").stdout)
    result = daemon.command("check", check=False)
    # What it misses are the files that only its owner has.
    assert all("No such file" in line or line.startswith("warning:") for line in result.stderr.splitlines()), result.stderr


def test_secrets_are_masked_when_shown(make_daemon):
    shown = make_daemon().command("config", "show").stdout
    assert "c4nary" not in shown and "secrets = [" in shown


def test_wrong_usage_exits_2(make_daemon):
    assert make_daemon().command("serve", "--no-such-option", check=False).returncode == 2
