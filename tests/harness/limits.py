"""Limits of a process that runs."""
import subprocess


def limit(process, resource, soft, hard=""):
    """As `prlimit` has them: a number or "unlimited"; without `hard` that stays as it is."""
    subprocess.run(["prlimit", f"--pid={process.pid}", f"--{resource}={soft}:{hard}"], check=True)
