"""Waiting for what another process does: by looking, never by sleeping a guessed time."""
import time


def eventually(check, seconds=10.0, what="it"):
    """The first true answer of `check`, which is asked again and again."""
    end = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.01)
