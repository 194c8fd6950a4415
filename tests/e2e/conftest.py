import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.daemon import Daemon
from harness.fixtures import authority, home, make_destination, workshop


@pytest.fixture
def make_daemon(home, authority):
    """Makes daemons that are surely gone after the test. `tls=False` for plain HTTP."""
    made = []

    def make(folder=home, tls=True, **changes):
        folder.mkdir(exist_ok=True)
        made.append(Daemon(folder, authority if tls else None, **changes))
        return made[-1]

    yield make
    for daemon in made:
        daemon.kill()


@pytest.fixture
def daemon(make_daemon):
    return make_daemon().start()
