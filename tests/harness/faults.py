"""System calls that fail: strace puts the error in the place of what the kernel would have done."""
import contextlib
import os
import pathlib
import re
import subprocess

from harness.waiting import eventually

SUDO = [] if os.geteuid() == 0 else ["sudo"]
INJECTED = re.compile(r"^(?P<call>\w+)\((?:\d+<(?P<file>[^>]*)>|(?:AT_FDCWD(?:<[^>]*>)?, )?\"(?P<path>[^\"]*)\")?.*\(INJECTED\)")


class Fault:
    """`calls` fail with `error`: the n-th of each thread (`when="7"`), all from the n-th on ("7+"), every n-th ("7+7").

    `files`: only calls that concern these. Either the daemon is started with `prefix`, or the fault is put on one that runs."""

    def __init__(self, folder: pathlib.Path, calls, error="EIO", when="1+", files=()):
        self.folder, self.tracer = folder, None
        folder.mkdir()
        self._options = ["-f", "-ff", "-I", "1", "-qq", "-y", "-o", str(folder / "calls"), "-e", "signal=none",
                         "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={when}",
                         *(word for file in files for word in ("-P", str(file)))]
        # In the background: so the daemon, not strace, is what was started. The filter keeps other calls fast.
        self.prefix = ["strace", "-D", "--seccomp-bpf", *self._options]

    def put_on(self, process):
        self.tracer = subprocess.Popen([*SUDO, "strace", *self._options, "-p", str(process.pid)], stdin=subprocess.DEVNULL)

        def is_on():
            if process.poll() is not None:
                return True  # it was, and the process has ended of it
            with contextlib.suppress(OSError):  # a thread that has just ended
                return all(re.search(r"^TracerPid:\s*[1-9]", status.read_text(), re.MULTILINE)
                           for status in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status"))

        eventually(is_on, 10, "strace's grip on every thread")
        return self

    def lift(self):
        if self.tracer:
            self.tracer.terminate()
            self.tracer.wait(10)
            self.tracer = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lift()

    def hits(self):
        """(call, name of the file) of each call that failed by our doing."""
        found = []
        for log in sorted(self.folder.glob("calls.*")):
            for line in log.read_text(errors="replace").splitlines():
                if match := INJECTED.match(line):
                    found.append((match["call"], pathlib.PurePath(match["file"] or match["path"] or "").name))
        return found
