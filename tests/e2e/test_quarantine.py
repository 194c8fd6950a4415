"""What was signed but not understood, or not even signed rightly: kept, shown, and accepted once the reason is mended."""
import json

from harness import flagsmith
from harness.canaries import CANARY
from harness.waiting import eventually

UNKNOWN_SHAPE = b'{"data": {"new_state": "switched on", "changed_by": 7}, "event_type": "FLAG_UPDATED"}'


def quarantine(daemon):
    return daemon.json("quarantine", "list")


def test_an_unknown_shape_is_kept_with_its_violation_and_delivered_when_the_rules_are_widened(daemon):
    answer = daemon.post(UNKNOWN_SHAPE)
    assert answer.status_code == 422
    entry, = quarantine(daemon)
    assert (entry["id"], entry["endpoint"], entry["status"]) == (answer.json()["id"], "environment", 422)
    shown = daemon.json("quarantine", "show", entry["id"])
    assert {error["pointer"] for error in shown["errors"]} >= {"/data/new_state", "/data/changed_by"}
    assert daemon.command("quarantine", "show", "--raw", entry["id"]).stdout.encode() == UNKNOWN_SHAPE
    assert daemon.delivered() == []

    refused = daemon.command("quarantine", "retry", entry["id"], check=False)
    assert refused.returncode == 1 and "accepted 0 of 1" in refused.stdout
    assert len(quarantine(daemon)) == 1

    daemon.change(endpoint={"environment": {"on_invalid": "accept"}})
    daemon.reload()
    assert "accepted 1 of 1" in daemon.command("quarantine", "retry", entry["id"]).stdout
    event, = daemon.await_delivered(1)
    assert event["id"] == entry["id"] and event["invalid"] is True
    assert event["data"] == json.loads(UNKNOWN_SHAPE)
    assert quarantine(daemon) == []


def test_a_message_of_another_kind_is_delivered_when_the_endpoint_takes_that_kind(daemon):
    body = flagsmith.sample("identity-integration")
    answer = daemon.post(body, "organisation")
    assert answer.status_code == 422
    daemon.change(endpoint={"organisation": {"kind": "any"}})
    daemon.reload()
    assert "accepted 1 of 1" in daemon.command("quarantine", "retry", "--all").stdout
    event, = daemon.await_delivered(1)
    assert event["type"] == "com.flagsmith.identity.evaluated" and event["endpoint"] == "organisation"
    assert "invalid" not in event


def test_what_the_document_refuses_is_delivered_when_real_messages_are_taken(make_daemon):
    daemon = make_daemon(endpoint={"environment": {"profile": "asyncapi"}}).start()
    body = flagsmith.flag_updated()
    assert daemon.post(body).status_code == 422
    daemon.change(endpoint={"environment": {"profile": "flagsmith"}})
    daemon.reload()
    daemon.command("quarantine", "retry", "--all")
    event, = daemon.await_delivered(1)
    assert event["flag"] == "checkout_v2"
    # It is the event it would have been: the same message again is a duplicate of it.
    assert daemon.post(body).json() == {"id": event["id"], "status": "duplicate"}


def test_an_empty_body_may_be_the_first_that_a_daemon_reads(daemon):
    assert daemon.post(b"").status_code == 400
    assert daemon.post(flagsmith.flag_updated()).status_code == 200
    entry, = quarantine(daemon)
    assert entry["status"] == 400 and "the body is empty" in entry["why"]


def test_dropped_messages_are_gone(daemon):
    for _ in range(3):
        daemon.post(UNKNOWN_SHAPE)
    first, *_ = quarantine(daemon)
    assert "dropped 1" in daemon.command("quarantine", "drop", first["id"]).stdout
    assert len(quarantine(daemon)) == 2
    assert "dropped 2" in daemon.command("quarantine", "drop", "--all").stdout
    assert quarantine(daemon) == []


# --- bodies that no secret fits ---------------------------------------------------------------------------------------

MISTYPED = f"{CANARY}-as-it-was-typed-in-flagsmith"
KEEPING = {"listen": {"allow": ["127.0.0.0/8", "::1"]}, "endpoint": {"environment": {"keep_unverified": "64KiB"}}}


def kept(daemon, count):
    return eventually(lambda: len(found := quarantine(daemon)) == count and found, 5, f"{count} kept bodies")


def test_bodies_with_a_mistyped_secret_are_delivered_once_it_is_mended(make_daemon, home):
    daemon = make_daemon(**KEEPING).start()
    bodies = [flagsmith.flag_updated() for _ in range(3)]
    for body in bodies:
        answer = daemon.post(body, secret=MISTYPED)
        assert answer.status_code == 401 and "id" not in answer.json()
    entries = kept(daemon, 3)
    assert {(entry["status"], entry["why"].strip()) for entry in entries} == {(401, "it fits no secret of the configuration")}
    shown = daemon.json("quarantine", "show", entries[0]["id"])
    assert shown["errors"][0]["rule"] == "signature" and shown["data"] == json.loads(bodies[0])
    assert "refused bodies are kept in quarantine" in daemon.log_text()
    metrics = daemon.metrics()
    assert metrics['flagsmith_webhookd_unverified_total{endpoint="environment",result="kept"}'] == 3
    assert metrics["flagsmith_webhookd_quarantined"] == 3
    assert daemon.json("store", "info")["events"] == 0

    failed = daemon.command("quarantine", "retry", "--all", check=False)
    assert failed.returncode == 1 and "still fits none of the endpoint's secrets" in failed.stderr
    assert daemon.delivered() == []

    (home / "environment.secret").write_text(MISTYPED + "\n")
    daemon.reload()
    assert "accepted 3 of 3" in daemon.command("quarantine", "retry", "--all").stdout
    assert [event["data"] for event in daemon.await_delivered(3)] == [json.loads(body) for body in bodies]
    assert quarantine(daemon) == []
    assert daemon.post(bodies[0], secret=MISTYPED).json()["status"] == "duplicate"


def test_the_ring_holds_so_many_bytes_and_the_oldest_go(make_daemon):
    daemon = make_daemon(**KEEPING).start()
    bodies = [json.dumps({"number": number, "filler": "x" * 6000}).encode() for number in range(20)]
    for body in bodies:
        assert daemon.post(body, secret=MISTYPED).status_code == 401

    def the_newest_is_there():
        found = quarantine(daemon)
        if not found or len(found) == 20:
            return None
        last = daemon.command("quarantine", "show", "--raw", found[-1]["id"], check=False)  # it may be pushed out just now
        return found if last.returncode == 0 and json.loads(last.stdout)["number"] == 19 else None

    newest = eventually(the_newest_is_there, 5, "the newest body")
    numbers = [json.loads(daemon.command("quarantine", "show", "--raw", entry["id"]).stdout)["number"] for entry in newest]
    assert numbers == list(range(20 - len(numbers), 20)) and 8 <= len(numbers) <= 10
    # One that is larger than the ring pushes nothing out.
    assert daemon.post(b'"' + b"y" * 70_000 + b'"', secret=MISTYPED).status_code == 401
    eventually(lambda: daemon.metrics().get('flagsmith_webhookd_unverified_total{endpoint="environment",result="lost"}') == 1, 5, "a lost body")
    assert len(quarantine(daemon)) == len(numbers)


def test_bodies_of_the_last_moment_are_kept_too_and_found_after_a_restart(make_daemon):
    daemon = make_daemon(**KEEPING).start()
    body = flagsmith.flag_updated()
    daemon.post(body, secret=MISTYPED)
    assert daemon.stop() == 0
    entry, = quarantine(daemon)
    daemon.start()
    assert daemon.command("quarantine", "show", "--raw", entry["id"]).stdout.encode() == body


def test_the_secret_may_be_mended_and_tried_again_while_no_daemon_runs(make_daemon, home):
    daemon = make_daemon(**KEEPING).start()
    body = flagsmith.flag_updated()
    daemon.post(body, secret=MISTYPED)
    assert daemon.stop() == 0
    assert daemon.command("quarantine", "retry", "--all", check=False).returncode == 1
    (home / "environment.secret").write_text(MISTYPED + "\n")
    assert "accepted 1 of 1" in daemon.command("quarantine", "retry", "--all").stdout
    daemon.start()
    event, = daemon.await_delivered(1)
    assert event["data"] == json.loads(body)


def test_nothing_is_kept_where_it_was_not_asked_for(make_daemon):
    daemon = make_daemon(**KEEPING).start()
    assert daemon.post(flagsmith.sample("organisation-audit-log-created"), "organisation", secret=MISTYPED).status_code == 401
    # The header shows it: the body is not read.
    assert daemon.post(flagsmith.flag_updated(), secret=None, signature="zz").status_code == 401
    assert daemon.post(flagsmith.flag_updated(), secret=MISTYPED).status_code == 401
    entry, = kept(daemon, 1)
    assert entry["endpoint"] == "environment"


def test_keeping_needs_to_know_who_may_post(make_daemon):
    daemon = make_daemon(endpoint={"environment": {"keep_unverified": "16MiB"}})
    refused = daemon.command("check", check=False)
    assert refused.returncode == 78 and "endpoint.environment.keep_unverified: needs listen.allow" in refused.stderr + refused.stdout
