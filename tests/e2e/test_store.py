"""Looking after the store while the daemon runs: damage is found and named, what is whole is served, what is erased is gone."""
import json
import random

import pytest

from harness import flagsmith
from harness.waiting import eventually

FRAME_HEADER = 64


def fill(daemon, count=12):
    """Flag changes and evaluations in turn; {sequence: (file, offset of the body, body)}."""
    bodies = []
    for number in range(count):
        if number % 3 == 2:
            body = flagsmith.sample("identity-integration").replace(b'"identity": "', b'"identity": "%d-' % number)
            assert daemon.post(body, "identity").status_code == 200
        else:
            body = flagsmith.flag_updated()
            assert daemon.post(body).status_code == 200
        bodies.append(body)
    places = {}
    for file in sorted((daemon.home / "store").glob("*.log")):
        content = file.read_bytes()
        for number, body in enumerate(bodies):
            at = content.find(body)
            if at >= 0:
                places[number + 1] = (file, at, body)
    assert len(places) == count
    return places


def flip(file, bit):
    with file.open("r+b") as handle:
        handle.seek(bit // 8)
        byte, = handle.read(1)
        handle.seek(bit // 8)
        handle.write(bytes([byte ^ 1 << bit % 8]))


def verify(daemon):
    result = daemon.command("store", "verify", "--format", "json", check=False)
    report = json.loads(result.stdout)
    assert result.returncode == (1 if report["damage"] else 0), result.stderr
    return report


def hurt(report):
    return {sequence for one in report["damage"] if one["first_sequence"]
            for sequence in range(one["first_sequence"], one["last_sequence"] + 1)}


def listed(daemon):
    return {event["sequence"] for event in daemon.json("events", "list")}


def test_any_flipped_bit_is_found_and_names_the_event_it_hurts(daemon):
    places = fill(daemon)
    assert verify(daemon) == {"events": 12, "erased": 0, "bytes": verify(daemon)["bytes"], "damage": []}
    choose = random.Random(5)
    for _ in range(40):
        sequence, (file, at, body) = choose.choice(sorted(places.items()))
        attributes = int.from_bytes(file.read_bytes()[frame_of(file, at, sequence) + 40:][:4], "little")
        begin = at - attributes - FRAME_HEADER
        bit = choose.randrange(begin * 8, (at + len(body)) * 8)
        flip(file, bit)
        report = verify(daemon)
        where = f"bit {bit % 8} of byte {bit // 8 - begin} of event {sequence}"
        assert hurt(report) == {sequence}, where
        assert {one["file"] for one in report["damage"]} == {file.name}, where
        flip(file, bit)
    assert verify(daemon)["damage"] == []


def frame_of(file, body_at, sequence):
    """Where the frame begins that has this body: found by its marker and its sequence."""
    content = file.read_bytes()
    at = content.rfind(b"FWE1", 0, body_at)
    while int.from_bytes(content[at + 8:at + 16], "little") != sequence:
        at = content.rfind(b"FWE1", 0, at)
        assert at >= 0
    return at


def test_a_flipped_bit_in_a_files_header_hurts_no_event(daemon):
    file, _, _ = fill(daemon)[1]
    flip(file, 17 * 8)
    report = verify(daemon)
    assert [one["what"] for one in report["damage"]] == ["the file's header is damaged; its events are not"]
    assert report["events"] == 12 and len(listed(daemon)) == 12


def test_the_daemon_serves_every_other_event_of_a_damaged_store(make_daemon):
    daemon = make_daemon().start()
    places = fill(daemon)
    assert daemon.stop() == 0
    for sequence in (2, 6):
        file, at, _ = places[sequence]
        flip(file, (at + 10) * 8)
    daemon.events_file.unlink()
    daemon.start()
    assert hurt(verify(daemon)) == {2, 6}
    whole = set(range(1, 13)) - {2, 6}
    assert listed(daemon) == whole
    assert daemon.post(flagsmith.flag_updated()).status_code == 200
    daemon.command("replay", "--sink", "file", "--since", "1h")
    again = eventually(lambda: len(found := [event for event in daemon.delivered() if event.get("redelivery")]) >= 11 and found, 10, "the replay")
    assert {event["id"] for event in again} == {event["id"] for event in daemon.json("events", "list")}
    # Also after another start.
    assert daemon.stop() == 0
    daemon.start()
    assert listed(daemon) == whole | {13}


@pytest.mark.parametrize("runs", [True, False], ids=["beside the daemon", "without a daemon"])
def test_erased_bytes_are_in_no_file_of_the_store(make_daemon, runs):
    daemon = make_daemon(endpoint={"identity": {"kind": "any"}}, sink={"file": {"type": "file", "path": "events.ndjson"}}).start()
    actor, person = "erase-me@example.com", "erase-this-user"
    kept = flagsmith.flag_updated(actor="keep-me@example.com")
    for _ in range(3):
        daemon.post(flagsmith.flag_updated(actor=actor, flag="flag-of-the-erased"))
    daemon.post(kept)
    evaluation = json.loads(flagsmith.sample("identity-integration"))
    evaluation["identity"] = person
    daemon.post(json.dumps(evaluation, sort_keys=True).encode(), "identity")
    wrong = json.loads(flagsmith.flag_updated(actor=actor, flag="flag-of-the-erased"))
    wrong["data"]["new_state"]["enabled"] = "perhaps"
    assert daemon.post(json.dumps(wrong, sort_keys=True).encode()).status_code == 422
    # A body of which nothing could be read, and that all the same holds the name.
    assert daemon.post(b'{"changed_by": "%s", ' % actor.encode()).status_code == 400
    # The index has them as well.
    eventually(lambda: (info := daemon.json("store", "info"))["indexed"] == info["last_sequence"] == 5, 5, "the index")
    daemon.await_delivered(5)
    marks = [actor, person, "flag-of-the-erased"]
    assert all(files_with(daemon, mark) for mark in marks)
    if not runs:
        assert daemon.stop() == 0

    said = daemon.command("events", "erase", "--actor", actor, "--identity", person).stdout
    assert "erased 4 events, 2 dead letters and quarantined messages" in said
    assert {mark: files_with(daemon, mark) for mark in marks} == {mark: [] for mark in marks}
    assert files_with(daemon, "keep-me@example.com")
    assert verify(daemon)["erased"] == 4
    if not runs:
        daemon.start()
    assert [event["actor"] for event in daemon.json("events", "list")] == ["keep-me@example.com"]
    assert daemon.json("quarantine", "list") == []


def files_with(daemon, text):
    return [file.name for file in (daemon.home / "store").iterdir() if file.is_file() and text.encode() in file.read_bytes()]
