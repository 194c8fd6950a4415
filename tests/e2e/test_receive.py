"""From Flagsmith's post to the file sink, over verified TLS."""
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import flagsmith

TYPES = {  # what each sample is; (endpoint, type)
    "browser-test-environment": ("environment", "flag.updated"),
    "environment-flag-deleted": ("environment", "flag.deleted"),
    "environment-flag-updated": ("environment", "flag.updated"),
    "environment-flag-updated-before-2.214": ("environment", "flag.updated"),
    "environment-flag-updated-created": ("environment", "flag.created"),
    "environment-flag-updated-edge-identity": ("environment", "flag.updated"),
    "environment-flag-updated-empty-timestamp": ("environment", "flag.created"),
    "environment-flag-updated-identity-override": ("environment", "flag.updated"),
    "environment-flag-updated-multivariate": ("environment", "flag.updated"),
    "environment-flag-updated-segment-override": ("environment", "flag.updated"),
    "environment-flag-updated-unicode": ("environment", "flag.updated"),
    "environment-new-version-published": ("environment", "version.published"),
    "environment-new-version-published-api-key": ("environment", "version.published"),
    "identity-integration": ("identity", "identity.evaluated"),
    "identity-integration-before-2.130": ("identity", "identity.evaluated"),
    "identity-integration-empty": ("identity", "identity.evaluated"),
    "identity-integration-transient": ("identity", "identity.evaluated"),
    "legacy-2020-environment-flag-updated": ("environment", "flag.updated"),
    "organisation-audit-log-created": ("organisation", "audit_log.created"),
    "organisation-audit-log-created-before-2.28": ("organisation", "audit_log.created"),
    "organisation-audit-log-created-ef-version": ("organisation", "audit_log.created"),
    "organisation-audit-log-created-segment-deleted-by-api-key": ("organisation", "audit_log.created"),
    "organisation-audit-log-created-system-event": ("organisation", "audit_log.created"),
    "organisation-flag-deleted": ("organisation", "flag.deleted"),
    "organisation-flag-updated": ("organisation", "flag.updated"),
    "spec-only-environment-flag-updated": ("environment", "flags.evaluated"),
    "spec-only-organisation-audit-log-created": ("organisation", "audit_log.created"),
    "test-button-environment": ("environment", "flag.updated"),
    "test-button-organisation": ("organisation", "audit_log.created"),
}


def test_every_sample_arrives_once_and_byte_for_byte(make_daemon):
    daemon = make_daemon(sink={"file": {"redact": []}}).start()
    sent = {}
    for name in flagsmith.sample_names():
        kind, _ = TYPES[name]
        answer = daemon.post(flagsmith.sample(name), kind)
        assert answer.status_code == 200, (name, answer.text)
        assert answer.json()["status"] == "accepted", name
        sent[answer.json()["id"], kind] = name
    assert len(sent) == len(TYPES)

    daemon.await_delivered(len(sent))
    assert daemon.stop() == 0
    lines = daemon.events_file.read_bytes().splitlines()
    received = {}
    for line in lines:
        event = json.loads(line)
        name = sent[event["id"], event["endpoint"]]
        assert event["type"] == f"com.flagsmith.{TYPES[name][1]}"
        assert event["source"] == f"/{TYPES[name][0]}-webhook"
        assert b'"data":' + flagsmith.sample(name) in line, name
        received[name] = event
    assert len(lines) == len(received) == len(sent)


def test_keys_are_redacted_unless_declined(daemon):
    assert daemon.post(flagsmith.sample("organisation-audit-log-created"), "organisation").status_code == 200
    event, = daemon.await_delivered(1)
    assert event["data"]["data"]["environment"]["api_key"] == "[redacted]"


def test_the_same_event_again_is_a_duplicate(daemon):
    body = flagsmith.flag_updated()
    first, second = daemon.post(body), daemon.post(body)
    assert (first.json()["status"], second.json()["status"]) == ("accepted", "duplicate")
    assert second.status_code == 200 and first.json()["id"] == second.json()["id"]
    daemon.post(flagsmith.flag_updated())
    assert [event["id"] for event in daemon.await_delivered(2)].count(first.json()["id"]) == 1


def test_of_the_same_event_twice_at_once_one_is_the_duplicate(daemon):
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            answers = [answer.json() for answer in pool.map(daemon.post, [flagsmith.flag_updated()] * 2)]
            answers[1]["id"], = {answer["id"] for answer in answers}
            assert sorted(answer["status"] for answer in answers) == ["accepted", "duplicate"]


def test_the_same_event_on_another_endpoint_is_another(daemon):
    body = flagsmith.flag_updated()
    answers = [daemon.post(body, kind).json() for kind in ("environment", "organisation")]
    assert [answer["status"] for answer in answers] == ["accepted", "accepted"]
    assert answers[0]["id"] == answers[1]["id"]


def test_the_test_button_works_twice(daemon):
    body = flagsmith.sample("test-button-environment")
    ids = {daemon.post(body).json()["id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(event["test"] is True for event in daemon.await_delivered(2))


def test_duplicates_are_known_after_a_restart(daemon):
    body = flagsmith.flag_updated()
    first = daemon.post(body).json()
    assert daemon.stop() == 0
    daemon.start()
    assert daemon.post(body).json() == {"id": first["id"], "status": "duplicate"}


def test_events_keep_their_order(daemon):
    ids = [daemon.post(flagsmith.flag_updated()).json()["id"] for _ in range(30)]
    assert [event["id"] for event in daemon.await_delivered(30)] == ids


@pytest.mark.parametrize("secret", ["first", "second"])
def test_any_of_several_secrets_fits(make_daemon, home, secret):
    for name in ("first", "second"):
        (home / f"{name}.secret").write_text(f"c4nary-f1nch-{name}-of-two\n")
    daemon = make_daemon(endpoint={"environment": {"secrets": [{"name": name, "file": f"{name}.secret"} for name in ("first", "second")]}}).start()
    assert daemon.post(flagsmith.flag_updated(), secret=f"c4nary-f1nch-{secret}-of-two").status_code == 200


def test_unsigned_events_are_taken_only_where_allowed(make_daemon):
    daemon = make_daemon(endpoint={"environment": {"secrets": [], "allow_unsigned": True}}).start()
    assert daemon.post(flagsmith.flag_updated(), secret=None).status_code == 200
    assert daemon.post(flagsmith.sample("organisation-audit-log-created"), "organisation", secret=None).status_code == 401


def test_plain_http_works_behind_a_proxy_that_ends_tls(make_daemon):
    daemon = make_daemon(tls=False).start()
    assert daemon.post(flagsmith.flag_updated()).status_code == 200
