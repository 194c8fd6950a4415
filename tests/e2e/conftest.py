import pathlib
import re
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.authority import Authority
from harness.canaries import leaks
from harness.daemon import Daemon
from harness.destination import Destination


@pytest.fixture(scope="session")
def workshop(request):
    """Where everything of this run is kept. At its end no file in it may hold a secret."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="webhookd-e2e-"))
    yield folder
    leaked = list(leaks(folder))
    if leaked or request.session.testsfailed:
        print(f"\nfiles of this run are kept in {folder}")
    else:
        shutil.rmtree(folder)
    assert not leaked, f"secrets in {leaked}"


@pytest.fixture(scope="session")
def authority(workshop):
    folder = workshop / "authority"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def home(workshop, request):
    """A folder of the test's own; its path is short, because sockets are made in it."""
    name = re.sub(r"\W+", "-", request.node.name)[:24]
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=workshop))


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


@pytest.fixture
def make_destination():
    """Makes HTTP servers for events to be delivered to."""
    made = []

    def make(*arguments, **options):
        made.append(Destination(*arguments, **options))
        return made[-1]

    yield make
    for destination in made:
        destination.close()
