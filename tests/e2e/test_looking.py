"""Looking at what arrived: list, show, tail, export and history, beside a running daemon and without one."""
import json
import subprocess
import unicodedata

import pytest

from harness import flagsmith
from harness.waiting import eventually

HOSTILE = "new\nline\x1b[31m\u202eevil\u2028\u0085\x07"


@pytest.fixture(scope="module")
def filled(workshop):
    from harness.daemon import Daemon
    home = workshop / "looking"
    home.mkdir()
    daemon = Daemon(home, endpoint={"identity": {"set": {"environment": "Production"}}}).start()
    for flag, enabled, environment, actor in [
        ("checkout_v2", True, "Production", "jane@example.com"), ("checkout_v2", False, "Staging", "joe@example.com"),
        ("new_banner", True, "Production", "jane@example.com"), ("checkout_v2", False, "Production", "joe@example.com"),
    ]:
        assert daemon.post(flagsmith.flag_updated(flag, enabled, environment, actor=actor)).status_code == 200
    assert daemon.post(flagsmith.sample("environment-flag-updated-segment-override")).status_code == 200
    assert daemon.post(flagsmith.sample("environment-flag-deleted")).status_code == 200
    assert daemon.post(flagsmith.sample("organisation-audit-log-created"), "organisation").status_code == 200
    for name in ("identity-integration", "identity-integration-empty"):
        assert daemon.post(flagsmith.sample(name), "identity").status_code == 200
    yield daemon
    assert daemon.stop() == 0
    daemon.kill()


def ids(daemon, *arguments):
    return [event["sequence"] for event in daemon.json("events", "list", *arguments)]


@pytest.mark.parametrize("filters, expected", [
    ([], [9, 8, 7, 6, 5, 4, 3, 2, 1]),
    (["--limit", "2"], [9, 8]),
    (["--flag", "checkout_v2", "--until", "2999-01-01"], None),
    (["--flag", "checkout_*", "--environment", "Production", "--actor", "j*@example.com", "--type", "flag.updated"], [4, 1]),
    (["--actor", "jane@example.com", "--changed", "enabled", "--since", "7d"], [3, 1]),
    (["--type", "identity.evaluated"], [9, 8]),
    (["--type", "identity.*", "--type", "audit_log.created"], [9, 8, 7]),
    (["--endpoint", "organisation"], [7]),
    (["--scope", "segment"], [5]),
    (["--flag", "no_such_flag"], []),
    (["--since", "2999-01-01"], []),
    (["--until", "1h"], []),
])
def test_filters(filled, filters, expected):
    found = ids(filled, *filters)
    assert found == expected if expected is not None else {1, 2, 4} <= set(found)


def test_a_wrong_time_is_wrong_usage(filled):
    result = filled.command("events", "list", "--since", "yesterday", check=False)
    assert result.returncode == 2 and "--since" in result.stderr and result.stdout == ""


def test_show_raw_is_the_received_bytes(filled):
    body = flagsmith.sample("organisation-audit-log-created")
    event, = filled.json("events", "list", "--endpoint", "organisation")
    assert filled.command("events", "show", "--raw", event["id"]).stdout.encode() == body
    assert filled.json("events", "show", event["id"])["data"] == json.loads(body)


def test_export_has_every_event_in_full_the_oldest_first(filled):
    lines = filled.command("events", "export").stdout.splitlines()
    assert len(lines) == 9
    envelopes = [json.loads(line) for line in lines]
    assert envelopes[0]["data"]["data"]["new_state"]["feature"]["name"] == "checkout_v2"
    assert envelopes[-1]["data"] == json.loads(flagsmith.sample("identity-integration-empty"))
    assert all(envelope["specversion"] == "1.0" for envelope in envelopes)


def test_history_tells_the_states_of_a_flag_with_who_and_when(filled):
    states = [(row["environment"], row["state"], row["actor"]) for row in filled.json("history", "checkout_v2") if row["scope"] == "environment"]
    assert states[:3] == [("Production", "on", "jane@example.com"), ("Staging", "off", "joe@example.com"), ("Production", "off", "joe@example.com")]
    narrowed = filled.json("history", "checkout_v2", "--environment", "Staging")
    assert {row["environment"] for row in narrowed} == {"Staging"}
    text = filled.command("history", "new_banner").stdout
    assert "jane@example.com" in text and "on" in text and "checkout" not in text
    assert filled.command("history", "nothing").stderr.strip() == "nothing is known of a flag of this name"


def test_history_takes_a_name_for_a_name_and_not_for_a_pattern(filled):
    assert filled.json("history", "*") == []


def test_tail_follows_a_running_daemon(make_daemon):
    daemon = make_daemon().start()
    daemon.post(flagsmith.flag_updated(flag="before"))
    tail = subprocess.Popen([daemon.binary, "events", "tail", "-f", "--flag", "*e*", "--config", daemon.config], stdout=subprocess.PIPE, text=True)
    try:
        assert "before" in tail.stdout.readline()
        daemon.post(flagsmith.flag_updated(flag="not"))
        daemon.post(flagsmith.flag_updated(flag="one"))
        daemon.post(flagsmith.flag_updated(flag="three"))
        assert "one" in tail.stdout.readline()
        assert "three" in tail.stdout.readline()
        # It goes on through a restart.
        assert daemon.stop() == 0
        daemon.start()
        daemon.post(flagsmith.flag_updated(flag="again"))
        daemon.post(flagsmith.flag_updated(flag="here"))
        assert "here" in tail.stdout.readline()
    finally:
        tail.kill()
        tail.wait()


def test_what_a_sender_wrote_never_reaches_a_terminal_unescaped(make_daemon):
    daemon = make_daemon().start()
    body = flagsmith.flag_updated(flag=HOSTILE, environment=HOSTILE, actor=HOSTILE)
    assert daemon.post(body).status_code == 200
    wrong = json.loads(body)
    wrong["data"][HOSTILE] = wrong["data"].pop("new_state")
    wrong["data"]["timestamp"] = {HOSTILE: 1}
    assert daemon.post(json.dumps(wrong).encode()).status_code == 422
    event, = daemon.json("events", "list")
    entry, = daemon.json("quarantine", "list")
    daemon.await_delivered(1)
    for arguments in (["events", "list"], ["events", "tail"], ["events", "show", event["id"]], ["history", HOSTILE], ["events", "export"],
                      ["quarantine", "list"], ["quarantine", "show", entry["id"]]):
        for form in ([], ["--format", "json"]) if arguments[:2] != ["events", "export"] else ([],):
            out = daemon.command(*arguments, *form).stdout
            bad = {character for character in out if character != "\n" and
                   (unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"))}
            assert not bad, (arguments, form, bad)
    assert len(daemon.command("events", "tail").stdout.splitlines()) == 1


def test_everything_is_found_without_a_daemon_too(make_daemon):
    daemon = make_daemon().start()
    for flag in ("a", "b", "c"):
        daemon.post(flagsmith.flag_updated(flag=flag))
    seen = daemon.json("events", "list")
    eventually(lambda: (info := daemon.json("store", "info"))["indexed"] == info["last_sequence"], 5, "the index")
    assert daemon.stop() == 0
    assert daemon.json("events", "list") == seen
    assert len(daemon.json("history", "b")) == 1
    for file in (daemon.home / "store").glob("index.db*"):
        file.unlink()
    assert daemon.json("events", "list") == seen
    assert len(daemon.json("history", "b")) == 1
