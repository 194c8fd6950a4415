"""docs/replace-your-webhook-script.md: each configuration, taken from the page, does what the page says."""
import json
import re

import pytest

from harness import flagsmith, pages
from harness.destination import Answer
from harness.waiting import eventually

PAGE = "replace-your-webhook-script.md"


def configuration_from_page(name, daemon, home, destination):
    """What a user would paste for [sink.NAME], with addresses and folders of this test."""
    common, *parts = pages.examples(PAGE)
    part = next(part for part in parts if part.startswith(f"[sink.{name}]"))
    text = common.replace("[::]:8443", f"127.0.0.1:{daemon.port}").replace("/var/lib/flagsmith-webhookd", "store")
    text += "\n" + re.sub(r"https?://[^/\"]+", f"http://127.0.0.1:{destination.port}", part)
    if name == "script":
        text = text.replace("/usr/local/bin/on-flag-change", str(home / "on-flag-change"))
    return text + '\n[admin]\naddress = ""\n'


@pytest.fixture
def paste(make_daemon, make_destination, home):
    """Starts a daemon with a configuration of the page."""

    def make(name, behave=lambda request: 200):
        destination = make_destination(behave)
        daemon = make_daemon()
        daemon.config.write_text(configuration_from_page(name, daemon, home, destination))
        pages.make_named_files(daemon.config.read_text(), home, {"slack.url": destination.url("/services/T000/B000/XXXX"),
                                                                 "splunk.token": "Splunk 12345678-1234-1234-1234-123456789012"})
        checked = daemon.command("check")
        assert "error" not in checked.stderr
        return daemon.start(), destination

    return make


def send(daemon, *events):
    """Their ids."""
    answers = [daemon.post(body, kind) for body, kind in events]
    assert [answer.status_code for answer in answers] == [200] * len(events)
    return [answer.json()["id"] for answer in answers]


AUDIT = flagsmith.sample("organisation-audit-log-created")


def test_the_cache_is_told_to_delete_what_changed(paste):
    daemon, destination = paste("cache", lambda request: 404)
    change = flagsmith.flag_updated("price/list 2")
    send(daemon, (change, "environment"), (change, "organisation"), (AUDIT, "organisation"), (flagsmith.flag_updated("search"), "environment"))
    eventually(lambda: len(destination.requests) == 2, 5, "both deletions")
    assert sorted((request.method, request.path, request.body) for request in destination.requests) == [
        ("DELETE", "/flags/price%2Flist%202", b""), ("DELETE", "/flags/search", b"")]
    assert daemon.json("dead-letters", "list") == []  # 404: nothing to delete


def test_slack_is_told_in_one_message(paste):
    daemon, destination = paste("slack")
    change = flagsmith.flag_updated("checkout_v2")
    send(daemon, (change, "environment"), (change, "organisation"), (flagsmith.flag_updated("<b>", actor="eve@example.com"), "environment"),
         (flagsmith.flag_updated(actor="ci@example.com"), "environment"), (flagsmith.flag_updated(environment="Staging"), "environment"))
    message, = eventually(lambda: destination.requests, 5, "the message")
    assert (message.method, message.path) == ("POST", "/services/T000/B000/XXXX")
    first, second = json.loads(message.body)["text"].splitlines()
    assert first == "*checkout_v2* enabled off → on in *Production* by jane@example.com"
    assert second.startswith("*&lt;b&gt;* enabled off → on")


def test_splunk_gets_the_objects_of_its_event_collector(paste):
    daemon, destination = paste("splunk", lambda request: Answer(body=b'{"text":"Success","code":0}'))
    sent = send(daemon, (AUDIT, "organisation"), (flagsmith.flag_updated(), "environment"))
    eventually(lambda: sum(request.body.count(b'"sourcetype"') for request in destination.requests) == 2, 5, "both events")
    text, events = b"".join(request.body for request in destination.requests).decode(), []
    while text.strip():  # objects behind each other
        event, end = json.JSONDecoder().raw_decode(text.lstrip())
        events.append(event)
        text = text.lstrip()[end:]
    request = destination.requests[0]
    assert (request.path, request.headers["authorization"]) == ("/services/collector/event", "Splunk 12345678-1234-1234-1234-123456789012")
    for event in events:
        assert set(event) <= {"time", "host", "source", "sourcetype", "index", "event", "fields"}
        assert isinstance(event["time"], float) and abs(event["time"] - 1e9) > 0 and len(str(int(event["time"]))) == 10
        assert all(isinstance(value, str) and value for value in event["fields"].values())
    assert [event["event"]["id"] for event in events] == [event["fields"]["id"] for event in events] == sent
    assert [event["sourcetype"] for event in events] == ["com.flagsmith.audit_log.created", "com.flagsmith.flag.updated"]


def test_elasticsearch_creates_documents_and_a_repeat_changes_nothing(paste):
    documents, refused = {}, []

    def bulk(request):
        assert request.body.endswith(b"\n") and request.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in request.body.splitlines()]
        items = []
        for action, document in zip(lines[::2], lines[1::2]):
            (operation, meta), = action.items()
            assert operation == "create" and document["@timestamp"].endswith("Z")
            if document.get("flag") == "unmappable":
                status = 400
                refused.append(meta["_id"])
            else:
                status = 409 if meta["_id"] in documents else 201
                documents.setdefault(meta["_id"], document)
            items.append({"create": {"_index": "flagsmith-audit", "_id": meta["_id"], "status": status}})
        answer = {"took": 1, "errors": any(item["create"]["status"] >= 300 for item in items), "items": items}
        return Answer(body=json.dumps(answer).encode())

    daemon, destination = paste("elasticsearch", bulk)
    sent = send(daemon, (AUDIT, "organisation"), (flagsmith.flag_updated("unmappable"), "environment"), (flagsmith.flag_updated(), "environment"))
    eventually(lambda: len(documents) == 2, 5, "the documents")
    assert destination.requests[0].path == "/flagsmith-audit/_bulk" and list(documents) == [sent[0], sent[2]] and refused == [sent[1]]
    letter, = eventually(lambda: daemon.json("dead-letters", "list"), 5, "the dead letter")
    assert letter["id"] == sent[1]
    daemon.command("replay", "--sink", "elasticsearch", "--id", sent[0])
    eventually(lambda: sum(sent[0].encode() in request.body for request in destination.requests) == 2, 5, "the repeat")
    assert len(daemon.json("dead-letters", "list")) == 1 and len(documents) == 2


def test_loki_gets_streams_with_few_labels(paste):
    daemon, destination = paste("loki", lambda request: 204)
    sent = send(daemon, (AUDIT, "organisation"), (flagsmith.flag_updated(), "environment"), (flagsmith.flag_updated(), "environment"))
    eventually(lambda: sum(request.body.count(b"specversion") for request in destination.requests) == 3, 5, "all events")
    streams = [stream for request in destination.requests for stream in json.loads(request.body)["streams"]]
    assert destination.requests[0].path == "/loki/api/v1/push" and destination.requests[0].headers["content-type"] == "application/json"
    assert destination.requests[0].headers["x-scope-orgid"] == "flagsmith"
    received = {}
    for stream in streams:
        assert set(stream["stream"]) <= {"service_name", "type", "environment"}
        for nanoseconds, line in stream["values"]:
            assert re.fullmatch(r"\d{19}", nanoseconds)
            received[json.loads(line)["id"]] = stream["stream"]["type"]
    assert received == {sent[0]: "com.flagsmith.audit_log.created", sent[1]: "com.flagsmith.flag.updated", sent[2]: "com.flagsmith.flag.updated"}


def test_a_script_is_run_for_each_change(paste, home):
    script = home / "on-flag-change"
    script.write_text('#!/bin/sh\n[ "$FLAGSMITH_FLAG" = busy ] && [ ! -e tried ] && touch tried && exit 75\n'
                      '[ "$FLAGSMITH_FLAG" = broken ] && exit 1\necho "$FLAGSMITH_FLAG $FLAGSMITH_ENABLED" >>ran\n')
    script.chmod(0o755)
    daemon, _ = paste("script")
    sent = send(daemon, *((flagsmith.flag_updated(flag), "environment") for flag in ("one", "busy", "broken", "two")))
    eventually(lambda: (home / "ran").exists() and len((home / "ran").read_text().splitlines()) == 3, 10, "three runs")
    assert (home / "ran").read_text().splitlines() == ["one true", "busy true", "two true"]
    letter, = daemon.json("dead-letters", "list")
    assert letter["id"] == sent[2]
