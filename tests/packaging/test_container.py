"""What can be said of the Dockerfile without building it."""
import re

from conftest import ROOT, run

DOCKERFILE = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())


def instructions(word):
    return re.findall(rf"^{word} +(.*)", DOCKERFILE, re.MULTILINE)


def final_stage():
    return DOCKERFILE[DOCKERFILE.rindex("\nFROM "):]


def test_runs_as_a_numeric_user_who_is_not_root():
    user, = instructions("USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)


def test_both_stages_have_the_same_base():
    assert {line.split()[0] for line in instructions("FROM")} == {"debian:12-slim"}


def test_what_is_copied_is_there():
    for line in instructions("COPY"):
        if not line.startswith("--from"):
            assert all((ROOT / source).exists() for source in line.split()[:-1]), line


def test_only_the_binary_reaches_the_image():
    copies = re.findall(r"^COPY +(.*)", final_stage(), re.MULTILINE)
    assert copies == ["--from=build /out/runtime-packages /tmp/", "--from=build /out/usr/bin/flagsmith-webhookd /usr/bin/"]


def test_health_is_asked_of_the_binary():
    health, = instructions("HEALTHCHECK")
    assert 'CMD ["flagsmith-webhookd", "health"]' in health


def test_the_store_is_a_volume():
    assert instructions("VOLUME") == ["/var/lib/flagsmith-webhookd"]


def test_runtime_packages_cover_every_library(installed):
    binary = installed / "usr/bin/flagsmith-webhookd"
    listed = run(ROOT / "dev", "runtime-packages", binary).stdout.split()
    assert {"libc6", "libssl3", "libsqlite3-0"} <= set(listed)
    assert not [name for name in listed if name.endswith("-dev")]
