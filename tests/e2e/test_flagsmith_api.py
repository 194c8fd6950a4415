"""`register` and `backfill`, beside a stand-in for Flagsmith's REST API."""
import json
import stat
import subprocess

import pytest

from harness.canaries import CANARY
from harness.daemon import BINARY
from harness.flagsmith_api import FlagsmithApi

KEY = "prefix.organisation-key"


@pytest.fixture
def api():
    api = FlagsmithApi(f"Api-Key {KEY}")
    yield api
    api.close()


@pytest.fixture
def run(home, api):
    (home / "token").write_text(KEY + "\n")

    def run(*arguments, ok=True):
        done = subprocess.run([BINARY, *map(str, arguments), "--api", api.url, "--token-file", home / "token"], capture_output=True,
                              text=True, timeout=30)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        assert KEY not in done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


URL = "https://hooks.example.com/environment-webhook"


@pytest.fixture
def rotating(make_daemon, home):
    """A daemon that takes every secret of a folder."""
    (home / "secrets").mkdir()
    (home / "secrets" / "2026.secret").write_text(CANARY + "-rotated-secret\n")
    return make_daemon(endpoint={"environment": {"secrets": [{"directory": "secrets"}]}}).start()


def test_register_makes_a_secret_and_gives_it_to_flagsmith_when_it_is_taken(run, api, home, rotating):
    secret = home / "secrets" / "2027.secret"
    taken = []
    api.before_write = lambda body: taken.append(rotating.post(b"{}", secret=body["secret"]).status_code != 401)
    out = run("register", "--config", rotating.config, "--environment", "a key/1", "--url", URL, "--secret-file", secret, "--test")
    assert taken == [True, True]  # the webhook, and the test
    assert "registered" in out and secret.read_text().strip() not in out
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and len(secret.read_text().strip()) == 64
    assert api.webhooks == {"environments/a%20key%2F1": [{"id": 1, "url": URL, "enabled": True, "secret": secret.read_text().strip()}]}
    assert api.requests[-1][1:3] == ("/api/v1/webhooks/test/", {"webhook_url": URL, "secret": secret.read_text().strip(),
                                                                "scope": {"type": "environment", "id": "a key/1"}})


def test_register_tells_flagsmith_nothing_of_a_secret_that_no_endpoint_takes(run, api, daemon, home):
    stopped = daemon.stop() == 0  # without a daemon the configuration counts, and there is nothing to wait for
    out = run("register", "--config", daemon.config, "--organisation", 3, "--url", URL, "--secret-file", home / "unknown", ok=False)
    assert stopped and "no endpoint takes the secret" in out and "--unchecked" in out and not any(api.webhooks.values())


def test_register_again_changes_nothing_and_a_new_secret_replaces_the_old(run, api, home):
    first, second = home / "first.secret", home / "second.secret"
    run("register", "--organisation", 3, "--url", URL, "--unchecked", "--secret-file", first)
    before = len(api.requests)
    assert "already" in run("register", "--organisation", 3, "--url", URL, "--unchecked", "--secret-file", first)
    assert [request[0] for request in api.requests[before:]] == ["GET"]
    assert "replaced" in run("register", "--organisation", 3, "--url", URL, "--unchecked", "--secret-file", second)
    assert [hook["secret"] for hook in api.webhooks["organisations/3"]] == [second.read_text().strip()]


def test_register_tells_what_flagsmith_refuses(run, api, home):
    api.refusal = (400, {"url": ["URL must not be a private address."]})
    out = run("register", "--organisation", 3, "--url", "https://10.0.0.1/x", "--unchecked", "--secret-file", home / "s", ok=False)
    assert "400" in out and "private address" in out
    (home / "token").write_text("0123456789abcdef")
    out = run("register", "--organisation", 3, "--url", URL, "--unchecked", "--secret-file", home / "s", ok=False)
    assert "401" in out and "token" in out


def test_register_dry_run_changes_nothing(run, api, home):
    assert "would" in run("register", "--organisation", 3, "--url", URL, "--secret-file", home / "s", "--dry-run")
    assert not (home / "s").exists() and not any(api.webhooks.values())


def entry(number, day):
    return {"id": number, "created_date": f"2026-11-{day:02}T10:00:00.000001Z", "log": f"entry {number}", "author": None,
            "environment": None, "project": {"id": 7, "name": "Webshop", "organisation": 3}, "related_object_id": number,
            "related_object_type": "FEATURE", "is_system_event": True}


def test_backfill_posts_what_was_never_received(run, api, daemon):
    api.entries = [entry(number, 1 + number // 10) for number in range(1, 251)]
    received = json.dumps({"data": api.entries[-1], "event_type": "AUDIT_LOG_CREATED"}, sort_keys=True).encode()
    assert daemon.post(received, "organisation").status_code == 200
    options = ["backfill", "--config", daemon.config, "--organisation", 3, "--since", "2026-11-10T00:00:00Z"]
    assert "the store begins at" in run(*options, "--dry-run", ok=False)
    options.append("--older")
    out = run(*options, "--dry-run")
    assert "161 entries" in out and "160 of them never received" in out and "entry 90" in out and "entry 89" not in out
    api.entries[99]["log"] = 7  # not understood, and no reason to leave out those behind it
    more = ["--to", daemon.url("/organisation-webhook"), "--secret-file", daemon.home / "organisation.secret", "--to-ca", daemon.trust]
    out = run(*options, *more, ok=False)
    assert "posted 159" in out and "entry 100 was not taken: 422" in out
    assert "1 of them never received" in run(*options, "--dry-run")
    assert [event["data"]["data"]["id"] for event in daemon.await_delivered(160)] == [250, *range(90, 100), *range(101, 250)]
