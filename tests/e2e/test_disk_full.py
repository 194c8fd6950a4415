"""A full disk: nothing is acknowledged, the connection closes without an answer, and room coming back is enough."""
import os
import subprocess
import threading
import time

import pytest
import requests

from harness import flagsmith
from harness.waiting import eventually

SUDO = [] if os.geteuid() == 0 else ["sudo"]


@pytest.fixture
def small_disk(home):
    """The store directory on a file system of its own, of 8 MiB."""
    store = home / "store"
    store.mkdir()
    subprocess.run([*SUDO, "mount", "-t", "tmpfs", "-o", f"size=8m,uid={os.geteuid()},mode=700", "tmpfs", store], check=True)
    yield store
    subprocess.run([*SUDO, "umount", "--lazy", store], check=True)


def fill(disk):
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"\0" * 65536)
        except OSError:
            pass


def test_nothing_is_acknowledged_while_full_and_all_is_well_afterwards(make_daemon, small_disk):
    daemon = make_daemon(listen={"unavailable": {"wait": "500ms", "answer": "disconnect"}}).start()
    before = daemon.post(flagsmith.flag_updated()).json()["id"]
    fill(small_disk)
    lost = 0
    while lost < 3:  # there may be room left in what was allocated already
        try:
            assert daemon.post(flagsmith.flag_updated(flag="x" * 2000)).status_code == 200
        except requests.ConnectionError:
            lost += 1
    eventually(lambda: daemon.get("/healthz").status_code == 503, 5, "failing health")
    assert daemon.command("health", check=False).returncode == 1

    (small_disk / "ballast").unlink()
    eventually(lambda: daemon.get("/healthz").status_code == 200, 10, "health after room came back")
    after = daemon.post(flagsmith.flag_updated()).json()["id"]
    events = eventually(lambda: (found := [event["id"] for event in daemon.delivered()]) and after in found and found, 10, "delivery")
    assert before in events
    assert daemon.json("store", "info")["events"] == len(events)
    assert daemon.stop() == 0


def test_503_where_a_balancer_can_try_another_receiver(make_daemon, small_disk):
    daemon = make_daemon(listen={"unavailable": {"wait": "200ms", "answer": "503"}}).start()
    fill(small_disk)
    # In a list: requests takes an answer with an error status for false.
    [answer] = eventually(lambda: (answer := daemon.post(flagsmith.flag_updated(flag="x" * 2000))).status_code != 200 and [answer], 10)
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0


def test_an_event_waits_for_room(make_daemon, small_disk):
    """Flagsmith waits ten seconds; room that comes back within `wait` costs nobody anything."""
    daemon = make_daemon(listen={"unavailable": {"wait": "8s", "answer": "disconnect"}}).start()
    fill(small_disk)
    threading.Timer(1, (small_disk / "ballast").unlink).start()

    def waited():  # the first may find room in what was allocated already
        begin = time.monotonic()
        assert daemon.post(flagsmith.flag_updated(flag="x" * 2000)).status_code == 200
        return time.monotonic() - begin > 0.3

    eventually(waited, 5, "an event that had to wait")
