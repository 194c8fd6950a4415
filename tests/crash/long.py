"""How much is done: in `./dev test`, and in `./dev torture`."""
import os

IS_LONG = bool(os.environ.get("WEBHOOKD_TORTURE"))


def rounds(short, long):
    return long if IS_LONG else short
