"""Fixtures that several suites share: their conftest.py imports what it wants."""
import pathlib
import re
import shutil
import tempfile

import pytest

from harness.authority import Authority
from harness.canaries import leaks
from harness.destination import Destination


def check_and_remove(folder, keep):
    """At the end no file may hold a secret; where anything went wrong, they are left to be looked at."""
    leaked = list(leaks(folder))
    if leaked or keep:
        print(f"\nfiles are kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)  # a program that a sink ran may still write its last
    assert not leaked, f"secrets in {leaked}"


@pytest.fixture(scope="session")
def workshop(request):
    """Where everything of this run is kept, on a real disk."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="webhookd-"))
    yield folder
    check_and_remove(folder, keep=request.session.testsfailed)


@pytest.fixture(scope="session")
def authority(workshop):
    folder = workshop / "authority"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def home(workshop, request):
    """A folder of the test's own; its path is short, because sockets are made in it."""
    name = re.sub(r"\W+", "-", request.node.name)[:24]
    failed = request.session.testsfailed
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=workshop))
    yield folder
    check_and_remove(folder, keep=request.session.testsfailed > failed)


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
