"""Where threads take their memory from."""

from __future__ import annotations

import subprocess
import sys

ARENAS = """
import ctypes, re, threading
from app.memory import share_memory_among_threads
{call}
held, come, go = [], threading.Barrier(9), threading.Event()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def take():
    held.append(libc.malloc(60_000))
    come.wait()
    go.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
[thread.start() for thread in threads]
come.wait()
libc.malloc_stats()
go.set()
"""


def arenas(call: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", ARENAS.format(call=call)], capture_output=True, text=True, check=True, timeout=240
    )
    return sum(line.startswith("Arena") for line in done.stderr.splitlines())


def test_many_threads_take_their_memory_from_two_places() -> None:
    assert arenas("share_memory_among_threads()") == 2 < arenas("")


KEPT = """
import re, threading
from app.memory import share_memory_among_threads
from app.store.hashing import hasher
{call}
hash_one = hasher().hash
def resident_kb():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1])
before = resident_kb()
for _ in range(4):
    threads = [threading.Thread(target=hash_one, args=("とても長い試験用の合言葉",)) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
print(resident_kb() - before)
"""


def kept_mb(call: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", KEPT.format(call=call)], capture_output=True, text=True, check=True, timeout=240
    )
    return int(done.stdout) / 1024


def test_what_a_log_in_took_goes_back() -> None:
    assert kept_mb("share_memory_among_threads()") < 10 < kept_mb("")
