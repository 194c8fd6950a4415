import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from crash.trial import Trial
from harness.destination import Destination


@pytest.fixture
def home(request):
    """A folder on a real disk, kept when the test fails."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="webhookd-crash-"))
    failed = request.session.testsfailed
    yield folder
    if request.session.testsfailed == failed:
        shutil.rmtree(folder)
    else:
        print(f"\nfiles of this test are kept in {folder}")


@pytest.fixture
def make_trial(home):
    """Makes trials whose daemons are surely gone after the test."""
    made = []

    def make(folder=home, **options):
        folder.mkdir(exist_ok=True)
        made.append(Trial(folder, **options))
        return made[-1]

    yield make
    for trial in made:
        trial.daemon.kill()


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
