"""Includes go down the rows of the house only, and private headers stay private."""
import re

from cpp_text import line_of

ROWS = {
    "base": 1,
    "fields": 2, "config": 2, "runtime": 2, "telemetry": 2, "net": 2,
    "http": 3, "verify": 3, "event": 3, "sink": 3, "journal": 3,
    "ingest": 4, "delivery": 4, "admin": 4, "sinks": 4,
    "app": 5, "cli": 5, "main": 5,
}
SIDEWAYS = {("config", "fields"), ("runtime", "telemetry"), ("net", "runtime"), ("sink", "event"), ("cli", "app"), ("main", "cli")}
# The one area that knows all the others builds the sinks from their own folders.
MAY_OPEN_PRIVATE = {("app", "sinks")}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def place(path):
    """(area, folder, whether it is public) of a path such as include/webhookd/http/message.hpp or src/sinks/file/x.cpp."""
    public = path.startswith("include/webhookd/") or path.startswith("webhookd/")
    parts = re.sub(r"^(include/)?webhookd/|^src/", "", path).split("/")
    area = "main" if parts == ["main.cpp"] else parts[0]
    folder = "/".join(parts[:2]) if area == "sinks" and len(parts) > 2 else area
    return area, folder, public


def check(path, text):
    area, folder, _ = place(path)
    if path == "src/precompiled.hpp":
        return
    if area not in ROWS:
        yield 1, f"no area is called {area}: a new one needs its row in tests/lint/include_directions.py"
        return
    for include in _INCLUDE.finditer(text):
        target = include[1]
        to_area, to_folder, public = place(target)
        where = line_of(text, include.start())
        if to_area not in ROWS:
            yield where, f"{target} is in no area; system headers are included with <>"
        elif to_folder == folder:
            continue
        elif not (ROWS[to_area] < ROWS[area] or (area, to_area) in SIDEWAYS):
            yield where, f"{folder} must not know {to_folder} (includes go down only)"
        elif not public and (area, to_area) not in MAY_OPEN_PRIVATE:
            yield where, f"{target} is private to {to_folder}"
