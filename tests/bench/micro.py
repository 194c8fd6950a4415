"""Single parts alone, as build/tests/micro_bench measures them: the store, the checks, and their limits."""
import json
import os
import subprocess

from load import Spread
from machine import SERVER_CORE

PARTS = "verify_and_decode/|simdjson_tree/|store/|append_and_sync/"


def measure(program, directory, repetitions, seconds):
    """{name: what Google Benchmark says of it, as Spreads}. The store lies in `directory`, like that of the daemon."""
    out = subprocess.run(["taskset", "-c", SERVER_CORE, program, f"--benchmark_filter={PARTS}", "--benchmark_format=json",
                          f"--benchmark_repetitions={repetitions}", f"--benchmark_min_time={seconds}"],
                         env=dict(os.environ, BENCH_DIRECTORY=str(directory)), check=True, capture_output=True, text=True).stdout
    runs = {}
    for run in json.loads(out)["benchmarks"]:
        if run.get("error_occurred"):
            raise RuntimeError(f"{run['name']}: {run['error_message']}")
        if run["run_type"] != "iteration":
            continue
        name = run["run_name"].removesuffix("/real_time").removesuffix("/process_time")
        runs.setdefault(name, []).append(run)
    results = {}
    for name, all_runs in runs.items():
        result = {}
        if "bytes_per_second" in all_runs[0]:
            result["MB/s"] = Spread([run["bytes_per_second"] / 1e6 for run in all_runs])
        if "items_per_second" in all_runs[0]:
            result["rate"] = Spread([run["items_per_second"] for run in all_runs])
            # Items a second are of real time; so is what the CPU time of an iteration is divided by.
            result["cost"] = Spread([run["cpu_time"] / run["real_time"] / run["items_per_second"] * 1e6 for run in all_runs])
            result["batch"] = Spread([run["events/commit"] for run in all_runs])
        results[name] = result
    return results
