import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.daemon import Daemon
from harness.fixtures import authority, home, workshop
from harness.servers import KINDS


@pytest.fixture
def servers():
    """One of each kind, running."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="webhookd-servers-"))
    made = {}
    try:
        for name, kind in KINDS.items():
            made[name] = kind(folder / name)
            made[name].start()
        yield made
    finally:
        for server in made.values():
            server.close()
        shutil.rmtree(folder)


@pytest.fixture
def daemon(home, authority, servers):
    """Not started yet; with a sink to each of the servers, named as its kind, and the file sink."""
    made = Daemon(home, authority)
    made.change(sink={name: server.settings(home) | {"retry": {"first": "50ms", "max": "1s"}} for name, server in servers.items()})
    yield made
    made.kill()
