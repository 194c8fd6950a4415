"""Which core is whose, what /proc tells of a process, and what the machine can do at all."""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import time

SERVER_CORE, LOAD_CORE = "0", "1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree(pid):
    """The process and its children (nginx does its work in one)."""
    pids = [pid]
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                pids += tree(int(child))
    return pids


def cpu_seconds(pid):
    """Of the process, its children, and those of them that have ended (a command for each event is a child that ends)."""
    ticks = 0
    for each in tree(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile: its parent has it
            fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_kib(pid):
    """Of the process and its children."""
    return sum(int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{each}/status").read_text())[1]) for each in tree(pid))


def describe():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{model[1] if model else 'unknown CPU'}, {os.cpu_count()} cores, Linux {os.uname().release}"


def percentile(numbers, share):
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Syncs:
    """How long an append of 4 KiB and its fdatasync take on the disk that the servers write to: looked at again and again
    between the rounds, because a disk that others use too changes from minute to minute."""

    def __init__(self, folder):
        self.file, self.times = folder / "sync", []

    def look(self, count=300):
        descriptor = os.open(self.file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        try:
            for _ in range(count):
                os.write(descriptor, b"x" * 4096)
                begin = time.monotonic()
                os.fdatasync(descriptor)
                self.times.append((time.monotonic() - begin) * 1e6)
        finally:
            os.close(descriptor)

    def at(self, share):
        """Microseconds."""
        return percentile(self.times, share)


def _openssl(*arguments):
    return subprocess.run(["taskset", "-c", SERVER_CORE, "openssl", "speed", "-seconds", "1", *arguments], check=True, capture_output=True, text=True).stdout


def sha256_microseconds(size):
    kilobytes = re.search(r"sha256\s+([\d.]+)k", _openssl("-evp", "sha256", "-bytes", str(size)), re.IGNORECASE)
    return size / float(kilobytes[1]) * 1e3


def p256_sign_microseconds():
    signatures = re.search(r"nistp256\)\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)", _openssl("ecdsap256"))  # a second; the times have too few digits
    return 1e6 / float(signatures[1])
