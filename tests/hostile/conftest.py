import copy
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from cases import SECRET
from harness.daemon import Daemon
from harness.fixtures import authority, workshop
from play import TIMEOUT

ENDPOINT = {"secrets": [{"name": "hostile", "value": SECRET}], "max_body": "1MiB"}
TIMES = {name: f"{TIMEOUT:g}s" for name in ("handshake_timeout", "header_timeout", "body_timeout", "idle_timeout")}


@pytest.fixture(scope="module")
def start_daemon(workshop, authority, request):
    """Starts daemons with short time limits that write each event's bytes to a file, and that are surely gone afterwards."""
    made = []

    def start(tls=False, listen=None, **changes):
        home = workshop / f"{re.sub(r'[^a-z]+', '-', request.module.__name__)}-{len(made)}"
        home.mkdir()
        daemon = Daemon(home, authority if tls else None, listen=TIMES | (listen or {}),
                        endpoint={kind: copy.deepcopy(ENDPOINT) for kind in ("environment", "organisation")},
                        log={"level": "error"}, sink={"file": {"format": "raw", "redact": []}})
        daemon.change(**changes)
        made.append(daemon)
        return daemon.start()

    yield start
    for daemon in made:
        daemon.kill()
