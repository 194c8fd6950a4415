"""Hostile JSON through the whole daemon, signed: what is JSON is judged by its shape, what is none is kept as it came.

tests/data/json_cases.jsonl: a character of `body` is a byte, `times` repeats it; `why` stands where RFC 8259 leaves it
to the reader, and docs/events.md tells what was chosen.
"""
import http.client
import json

import pytest

from harness import flagsmith
from harness.daemon import ROOT

LINES = (ROOT / "tests" / "data" / "json_cases.jsonl").read_text().splitlines()
CASES = [(case["name"], case["expect"] == "accept", case["body"].encode("latin-1") * case.get("times", 1)) for case in map(json.loads, LINES)]


@pytest.fixture(scope="module")
def listening(workshop):
    from harness.daemon import Daemon
    home = workshop / "json"
    home.mkdir()
    daemon = Daemon(home, endpoint={"environment": {"kind": "any"}}).start()
    yield daemon
    assert daemon.stop() == 0
    daemon.kill()


def post_all(daemon, bodies):
    """One connection after the other is kept alive: (status, answer) of each."""
    connection = http.client.HTTPConnection("localhost", daemon.port, timeout=10)
    for body in bodies:
        connection.request("POST", "/environment-webhook", body, {
            "content-type": "application/json", "X-Flagsmith-Signature": flagsmith.sign(body, daemon.secrets["environment"])})
        answer = connection.getresponse()
        yield answer.status, json.loads(answer.read())
    connection.close()


def wrong(daemon, cases, expected):
    """Those cases that were answered otherwise, and what is in quarantine, by id."""
    answers = list(post_all(daemon, [body for _, _, body in cases]))
    found = [(name, status) for (name, accepted, body), (status, _) in zip(cases, answers) if status != expected(accepted, body)]
    return found, [answer.get("id") for _, answer in answers]


def test_every_case_is_answered_as_listed_and_what_is_no_message_is_kept(listening):
    assert len(CASES) > 300
    found, ids = wrong(listening, CASES, lambda accepted, _: 422 if accepted else 400)
    assert found == []
    kept = {entry["id"]: entry["status"] for entry in listening.json("quarantine", "list")}
    assert [(name, kept.get(id)) for (name, accepted, _), id in zip(CASES, ids) if kept.get(id) != (422 if accepted else 400)] == []
    # Byte for byte, whatever they are: the last of each kind stands for all.
    for status in (400, 422):
        index = max(i for i, id in enumerate(ids) if kept[id] == status and len(CASES[i][2]) < 1000)
        shown = listening.command("quarantine", "show", "--raw", ids[index]).stdout
        assert shown.encode("utf-8", "surrogateescape") == CASES[index][2]


def test_every_case_inside_a_message_is_delivered_or_refused_with_it(listening):
    inside = [(name, accepted, b'{"data": {"x": ' + body + b'}, "event_type": "FLAG_STALE"}') for name, accepted, body in CASES
              if body.strip(b" \t\r\n") and name != "structure nested 64 levels"]
    before = len(listening.delivered())
    found, ids = wrong(listening, inside, lambda accepted, _: 200 if accepted else 400)
    assert found == []
    accepted = [id for (_, fits, _), id in zip(inside, ids) if fits]
    events = listening.await_delivered(before + len(accepted))[before:]
    assert [event["id"] for event in events] == accepted
    assert {event["type"] for event in events} == {"com.flagsmith.unknown"}


def test_the_page_on_events_names_every_choice():
    page = (ROOT / "docs" / "events.md").read_text()
    choices = {case["why"] for case in map(json.loads, LINES) if "why" in case}
    assert len(choices) >= 5
    assert [choice for choice in choices if choice not in page] == []
