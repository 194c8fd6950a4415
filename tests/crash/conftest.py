import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from crash.trial import Trial
from harness.fixtures import home, make_destination, workshop


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
