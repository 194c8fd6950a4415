"""Secrets of the tests carry a mark, which must not be found in anything the program wrote or answered."""
import pathlib

CANARY = "c4nary-f1nch"
# Where the tests themselves put them.
GIVEN = {".secret", ".key"}


def marks_in(content: bytes):
    return [mark for mark in (CANARY.encode(), CANARY.encode().hex().encode()) if mark in content]


def leaks(folder: pathlib.Path):
    """Files under `folder` that hold a secret and were not made to; private keys count as secrets too."""
    keys = [line for file in folder.rglob("*.key") for line in file.read_bytes().splitlines()[1:-1] if len(line) == 64]
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.is_symlink() or file.suffix in GIVEN:
            continue
        content = file.read_bytes()
        if marks_in(content) or any(line in content for line in keys):
            yield file
