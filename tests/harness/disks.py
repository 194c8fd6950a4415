"""Small file systems of a test's own."""
import contextlib
import os
import pathlib
import subprocess

SUDO = [] if os.geteuid() == 0 else ["sudo"]


def run(*words, **options):
    return subprocess.run([*SUDO, *map(str, words)], check=True, capture_output=True, text=True, **options).stdout.strip()


@contextlib.contextmanager
def memory_disk(folder: pathlib.Path, size="8m"):
    folder.mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size},uid={os.geteuid()},mode=700", "tmpfs", folder)
    try:
        yield folder
    finally:
        run("umount", "--lazy", folder)


def fill(disk):
    """Until there is no room for another byte."""
    with open(disk / "ballast", "ab", buffering=0) as ballast:
        for piece in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    ballast.write(b"\0" * piece)


def empty(disk):
    (disk / "ballast").unlink()


class Ext4:
    """A real file system on a file, which turns read-only when it finds itself damaged, as most are mounted."""

    def __init__(self, folder: pathlib.Path, size="64M"):
        self.folder, self.image = folder, folder.with_suffix(".img")
        folder.mkdir()
        subprocess.run(["truncate", "-s", size, self.image], check=True)
        run("/sbin/mkfs.ext4", "-q", "-F", "-E", f"root_owner={os.geteuid()}:{os.getegid()}", self.image)

    def mount(self):
        run("mount", "-o", "loop,errors=remount-ro", self.image, self.folder)

    def find_damage(self):
        """What the kernel does when it meets a broken structure: it is read-only at once, under everybody's hands."""
        device = pathlib.Path(run("findmnt", "-no", "SOURCE", self.folder)).name
        run("tee", f"/sys/fs/ext4/{device}/trigger_fs_error", input="test")

    def unmount(self):
        run("umount", self.folder)

    def __enter__(self):
        self.mount()
        return self

    def __exit__(self, *_):
        subprocess.run([*SUDO, "umount", "--lazy", str(self.folder)], capture_output=True)
