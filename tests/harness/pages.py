"""Configurations as they stand in the documentation, to be tried out."""
import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"

# What the files hold that the examples name; any other gets a made-up key.
CONTENTS = {"slack.url": "https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXXXXXXXXXXXXX",
            "redis.url": "rediss://user:made-up-password@redis.internal:6380/2",
            "postgres.url": "postgresql://webhookd:made-up-password@db.internal/audit?sslmode=verify-full"}


def examples(page):
    """The TOML blocks of a page."""
    return re.findall(r"^```toml\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def make_named_files(text, folder, contents=CONTENTS):
    """Writes the files that a configuration names with a relative path, where they are not there yet."""
    for name in re.findall(r'file = "([^"/]+)"', text):
        file = folder / name
        if not file.exists():
            file.write_text(contents.get(name, f"made-up-{name}-0123456789") + "\n")
            file.chmod(0o600)
