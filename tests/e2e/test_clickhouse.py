"""A real ClickHouse, filled by the configuration of docs/replace-your-webhook-script.md, and away for a while."""
import re
import subprocess
import threading

import pytest

from harness import pages
from harness.clickhouse import ClickHouse
from harness.waiting import eventually

PAGE = "replace-your-webhook-script.md"
KEY = "clickhouse-of-the-tests"


@pytest.fixture
def clickhouse(home):
    server = ClickHouse(home / "clickhouse", "flagsmith", KEY).start()
    yield server
    server.kill()


def send(daemon, count, rate):
    result = subprocess.run([str(daemon.binary), "send", "flag-updated", "--to", daemon.url("/environment-webhook"), "--secret-file",
                             str(daemon.home / "environment.secret"), "--count", str(count), "--rate", str(rate), "--keep-alive", "--parallel", "8"],
                            capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr  # nothing but 200


def test_every_event_is_in_clickhouse_though_it_was_away_under_load(make_daemon, clickhouse, home):
    example = next(example for example in pages.examples(PAGE) if example.startswith("[sink.clickhouse]"))
    table = re.search(r"^```sql\n(.*?)^```", (pages.DOCS / PAGE).read_text(), re.MULTILINE | re.DOTALL)[1]
    clickhouse.query(table)

    daemon = make_daemon(tls=False)
    (home / "clickhouse.key").write_text(KEY + "\n")
    (home / "clickhouse.key").chmod(0o600)
    daemon.config.write_text(daemon.config.read_text() + example.replace("https://clickhouse.example.com:8443/", f"http://127.0.0.1:{clickhouse.port}/"))
    daemon.start()

    def there():
        return int(clickhouse.query("SELECT uniqExact(id) FROM flagsmith"))

    failures = []

    def keep_sending():
        try:
            send(daemon, 5000, 1000)
        except BaseException as failure:
            failures.append(failure)

    sender = threading.Thread(target=keep_sending)
    sender.start()
    eventually(lambda: there() > 500, 10, "the first events in ClickHouse")
    clickhouse.kill()
    eventually(lambda: next(sink for sink in daemon.json("sinks", "list") if sink["name"] == "clickhouse")["state"] == "failing", 10, "the sink's trouble")
    sender.join()
    assert not failures, failures
    assert len(daemon.await_delivered(5000, 2)) == 5000  # the file is current
    clickhouse.start()
    eventually(lambda: there() == 5000, 40, "the arrival of everything")
    rows = [line.split("\t") for line in clickhouse.query("SELECT DISTINCT id, type, flag FROM flagsmith").splitlines()]
    assert sorted(rows) == sorted([event["id"], event["type"], event["flag"]] for event in daemon.delivered())
    assert daemon.json("dead-letters", "list") == []
