#!/usr/bin/env python3
"""Posts genuine events at a steady rate, each on a connection of its own as Flagsmith does, in a process of its own:

    probe.py PORT RATE SECONDS [SIZE]

Prints JSON: how often there was which answer, and the times from when an event was due until its answer was there (so that
an event that had to wait for the one before it counts as late), in seconds."""
import asyncio
import collections
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from cases import event, request

PATIENCE = 10  # Flagsmith's


class Probe:
    """One that runs beside the test."""

    def __init__(self, port, rate, seconds, padding=0):
        self.process = subprocess.Popen([sys.executable, __file__, *map(str, (port, rate, seconds, padding))], stdout=subprocess.PIPE, text=True)

    def result(self):
        output, _ = self.process.communicate()
        assert self.process.returncode == 0
        result = json.loads(output)
        result["times"].sort()
        return result

    def kill(self):
        self.process.kill()
        self.process.wait()


def percentile(times, share):
    return times[min(int(len(times) * share), len(times) - 1)]


async def post(port, padding):
    body = event()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request(b"{" + b" " * padding + body[1:]))
        answer = await reader.readuntil(b"\r\n")
        return answer.split(b" ")[1].decode()
    finally:
        writer.close()


async def main(port, rate, seconds, padding):
    answers, times, tasks = collections.Counter(), [], set()

    async def timed(due):
        try:
            answers[await asyncio.wait_for(post(port, padding), PATIENCE)] += 1
        except (OSError, asyncio.IncompleteReadError) as error:
            answers[type(error).__name__] += 1
        except asyncio.TimeoutError:
            answers["none"] += 1
        times.append(time.monotonic() - due)

    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        await asyncio.sleep(max(0, due - time.monotonic()))
        task = asyncio.create_task(timed(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    print(json.dumps({"answers": answers, "times": times}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 0))
