import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))


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
